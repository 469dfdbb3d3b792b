"""The pages and scripts that browsers fetch: the tracker and the demo page."""

from playhead.dashboard.demo import DemoPage, demo_files
from playhead.dashboard.tracker import TrackerScript

__all__ = ["DemoPage", "TrackerScript", "demo_files"]
