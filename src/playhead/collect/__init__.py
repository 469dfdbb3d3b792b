"""The collector: takes a beacon, checks it, puts it on disk, answers 204."""

from playhead.collect.app import Collector

__all__ = ["Collector"]
