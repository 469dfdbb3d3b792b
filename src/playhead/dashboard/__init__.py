"""The pages and scripts that browsers fetch: the tracker, the pages and the demo's page."""

from playhead.dashboard.demo import CLIP_FILE, DemoPage, demo_files
from playhead.dashboard.pages import ASSETS_PREFIX, PAGE_PREFIXES, Pages
from playhead.dashboard.tracker import STATIC, TrackerScript

__all__ = [
    "ASSETS_PREFIX",
    "CLIP_FILE",
    "PAGE_PREFIXES",
    "STATIC",
    "DemoPage",
    "Pages",
    "TrackerScript",
    "demo_files",
]
