"""Files that cannot be imported: which, where in them, what would help; and nothing was changed."""

import csv
import gzip
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from playhead.cli import main
from playhead.settings import Settings
from playhead.store import Store
from taking_along import Copied, content, exported, imported, lived_in

Row = dict[str, Any]

# The fifth row is one with two pieces.
WRONG_VALUES: dict[str, tuple[str, Any, str]] = {
    "a text for a number": ("duration", "long", "duration: is not a number"),
    "a negative number": ("stalls", -1, "stalls: is not a whole number from 0 to 4294967295"),
    "a word for yes": ("played", "perhaps", "played: is not true or false"),
    "no UUID": ("session", "nobody", "session: is not a UUID"),
    "another account": ("account", "stranger", "account: is not in accounts.ndjson"),
    "another time": ("session_ms", 5, "session_ms: is not the time in the session id"),
    "no hashed id": ("media", "a/b", "media: is not a hashed id"),
    "an empty visitor": ("visitor", "", "visitor: is not a visitor's key"),
    "a piece too few": ("piece_times", [1], "piece_times: is not as long as piece_starts"),
    "a piece of nothing": ("piece_times", [0, 1], "piece_times: a piece was watched 0 times"),
    "sums of other pieces": ("watched_seconds", 1e6, "watched_seconds: is not what the pieces"),
    "broken JSON": ("actions", "[{", "actions: is not JSON"),
    "a place off the globe": ("lat", 91.0, "lat: comes without lon"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    made = lived_in(tmp_path_factory.mktemp("home"))
    for form in ("csv", "ndjson"):
        exported(made.data, made.export.with_name(form), "--format", form)
    return made


def copy_of(home: Copied, tmp_path: Path, form: str = "export") -> Path:
    return Path(shutil.copytree(home.export.with_name(form), tmp_path / "files"))


def refused(folder: Path, data: Path, *options: str) -> str:
    """What an import says that goes wrong, in one line; afterwards nothing is there."""
    done = CliRunner().invoke(main, ["import", str(folder), "--data", str(data), *options])
    assert done.exit_code == 1, done.output
    said = done.stderr.strip()
    (line,) = [line for line in said.splitlines() if line.startswith("Error: ")]
    assert sessions_in(data) == 0
    return line


def sessions_in(data: Path) -> int:
    store = Store.open(Settings(data=data).store_dsn)
    try:
        ((count,),) = store.ask("SELECT count() FROM sessions", {})
        return int(count)
    finally:
        store.close()


def change_row(folder: Path, change: Row) -> None:
    """Change values of the fifth row of a folder of text files."""
    (path,) = folder.glob("sessions-*")
    if path.suffix == ".ndjson":
        lines = path.read_text("utf-8").splitlines()
        row = json.loads(lines[4])
        row |= change
        lines[4] = json.dumps(row)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))
    rows[4] |= change
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_every_wrong_value_is_found_with_its_line_and_column(
    home: Copied, tmp_path: Path, form: str
) -> None:
    for what, (column, value, message) in WRONG_VALUES.items():
        folder = copy_of(home, tmp_path / what, form)
        change_row(folder, {column: value})
        said = refused(folder, tmp_path / "data", "--changed")
        (path,) = folder.glob("sessions-*")
        place = "line 6" if form == "csv" else "line 5"
        assert said.startswith(f"Error: {path}, {place}, {message}"), said


def test_a_wrong_row_of_parquet_is_named(home: Copied, tmp_path: Path) -> None:
    folder = copy_of(home, tmp_path)
    (path,) = folder.glob("sessions-*")
    table = pq.read_table(path)
    visitors = table["visitor"].to_pylist()
    visitors[7] = "not a key"
    place = table.schema.get_field_index("visitor")
    pq.write_table(table.set_column(place, "visitor", pa.array(visitors)), path)
    said = refused(folder, tmp_path / "data", "--changed")
    assert said.startswith(f"Error: {path}, row 8, visitor: is not a visitor's key")


def test_a_column_of_another_type_or_name_is_named(home: Copied, tmp_path: Path) -> None:
    folder = copy_of(home, tmp_path)
    (path,) = folder.glob("sessions-*")
    table = pq.read_table(path)
    place = table.schema.get_field_index("duration")
    texts = pa.array([str(value) for value in table["duration"].to_pylist()])
    for changed, message in (
        (table.set_column(place, "duration", texts), ", column duration: is string"),
        (table.drop_columns(["started_ms"]), ": column started_ms is missing"),
        (table.rename_columns([f"{n}s" if n == "city" else n for n in table.column_names]),
         ": there is no column 'citys' (did you mean city?)"),
    ):  # fmt: skip
        pq.write_table(changed, path)
        assert refused(folder, tmp_path / "data", "--changed").startswith(f"Error: {path}{message}")


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_column_that_text_files_lack_or_do_not_know_is_named(
    home: Copied, tmp_path: Path, form: str
) -> None:
    folder = copy_of(home, tmp_path, form)
    (path,) = folder.glob("sessions-*")
    text = path.read_text("utf-8")
    path.write_text(text.replace("started_ms", "startd_ms"), "utf-8")
    said = refused(folder, tmp_path / "data", "--changed")
    wanted = "line 1: there is no column 'startd_ms' (did you mean started_ms?)"
    assert said == f"Error: {path}, {wanted}"


@pytest.mark.parametrize("form", ["export", "csv", "ndjson"])
def test_a_torn_file_is_named_with_a_remedy(home: Copied, tmp_path: Path, form: str) -> None:
    folder = copy_of(home, tmp_path, form)
    (path,) = folder.glob("sessions-*")
    path.write_bytes(path.read_bytes()[:-300])
    said = refused(folder, tmp_path / "data")
    assert said.startswith(f"Error: {path}: has ")
    assert "copy it again" in said
    said = refused(folder, tmp_path / "data", "--changed")
    assert said.startswith(f"Error: {path}")


def test_a_changed_or_missing_file_is_named(home: Copied, tmp_path: Path) -> None:
    folder = copy_of(home, tmp_path)
    accounts = folder / "accounts.ndjson"
    accounts.write_bytes(accounts.read_bytes().replace(b'"Test"', b'"Tast"'))
    said = refused(folder, tmp_path / "data")
    assert said.startswith(f"Error: {accounts}: is not what was exported")
    accounts.unlink()
    assert refused(folder, tmp_path / "data").startswith(f"Error: {accounts}: is missing")


def test_a_torn_gzip_file_is_named(home: Copied, tmp_path: Path) -> None:
    exported(home.data, tmp_path / "files", "--format", "csv", "--gzip")
    (path,) = (tmp_path / "files").glob("sessions-*")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()))[:-20])
    said = refused(tmp_path / "files", tmp_path / "data", "--changed")
    assert said == f"Error: {path}: is not a whole file of gzip (copy it again)"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("accounts.ndjson", '"UTC"', '"Mars/Olympus"', "Mars/Olympus"),
        ("accounts.ndjson", '"name":"Test"', '"name":""', "accounts.ndjson, line 1: "),
        ("accounts.ndjson", '"name"', '"nom"', "accounts.ndjson, line 1: "),
        ("medias.ndjson", '"project":null', '"project":"elsewhere1"', "there is no project"),
        ("medias.ndjson", '"type":"Video"', '"type":"Film"', "medias.ndjson, line 1: "),
        ("manifest.json", '"playhead_export": 1', '"playhead_export": 9', "playhead_export is 9"),
        ("manifest.json", "{", "", "manifest.json: "),
    ],
)
def test_what_is_wrong_with_the_catalog_is_named(
    home: Copied, tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    path = copy_of(home, tmp_path) / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    assert message in refused(path.parent, tmp_path / "data", "--changed")


def test_a_folder_that_is_no_export_or_not_a_whole_one_is_refused(
    home: Copied, tmp_path: Path
) -> None:
    said = refused(tmp_path, tmp_path / "data")
    assert said.startswith(f"Error: {tmp_path}: has no manifest.json")
    folder = copy_of(home, tmp_path)
    (folder / "unfinished").touch()
    assert "was not finished" in refused(folder, tmp_path / "data")


def test_an_export_never_writes_over_other_files_and_begins_anew_after_a_kill(
    home: Copied, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", "utf-8")
    command = ["export", str(tmp_path / "mine"), "--data", str(home.data)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert "is not empty" in done.output
    folder = copy_of(home, tmp_path)
    (folder / "unfinished").touch()
    (folder / "manifest.json").unlink()
    (folder / "sessions-00009.csv").write_text("half a", "utf-8")
    exported(home.data, folder)
    assert content(folder) == content(home.export)
    imported(folder, tmp_path / "data")
    assert sessions_in(tmp_path / "data") == home.sessions
