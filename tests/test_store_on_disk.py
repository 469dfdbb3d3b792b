"""Rows are on disk when an insert returns, because the spool forgets them then."""

from pathlib import Path

from playhead.store import Batch, Sessions, Store
from storing import session_id, session_row
from support import now_ms

SYNCED = "SELECT event, value FROM system.events WHERE event IN ('FileSync', 'DirectorySync')"


def test_an_insert_returns_when_its_files_and_their_folder_are_on_disk(tmp_path: Path) -> None:
    store = Store.open(f"chdb://{tmp_path}/store")
    try:
        at = now_ms()
        row = session_row(
            account_id=1, media="m", session_ms=at, session=session_id(at, 1), version=1,
            started_ms=at, received_ms=at, visitor="v", played=True,
        )  # fmt: skip
        before = synced(store)
        Sessions(store).add(Batch([row]))
        after = synced(store)
        assert after["FileSync"] > before["FileSync"]
        assert after["DirectorySync"] > before["DirectorySync"]
    finally:
        store.close()


def synced(store: Store) -> dict[str, int]:
    """How often the engine has waited for the disk so far."""
    told = {row[0]: int(row[1]) for row in store.work(SYNCED, {})}
    return {"FileSync": 0, "DirectorySync": 0} | told
