"""What people install by pip: everything that is built is inside, and nothing else is needed."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_wheel_carries_the_tracker_the_pages_the_demo_and_its_clip(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("playhead-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        trackers = [
            archive.read(f"playhead/static/{name}.js") for name in ("tracker", "tracker-more")
        ]
    assert all(b"__PLAYHEAD_COLLECT__" in tracker for tracker in trackers)
    assert {"playhead/static/demo/index.html", "playhead/static/dashboard/index.html"} <= set(names)
    assert any(name.startswith("playhead/static/dashboard/assets/index-") for name in names)
    assert "playhead/dashboard/media/clip.webm" in names
    assert {"playhead/api/reference.css", "playhead/api/heatmap.css"} <= set(names)
    assert "playhead/py.typed" in names
    assert "playhead/catalog/migrations/versions/0001_first_catalog.py" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "web/", "bench/"))]
