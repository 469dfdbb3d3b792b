"""The HTTP API: names, authentication, errors. What the numbers mean is for stats."""

from playhead.api.app import build_api

__all__ = ["build_api"]
