"""Playhead: self-hosted video analytics with exact numbers."""

__version__ = "0.1.0"
