"""The command line: help for newcomers, errors in one line, tokens beside a running server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from playhead.catalog import BadOriginError
from playhead.catalog.accounts import clean_origin
from support import Server
from tokens import bearer

ACCOUNT = "/v1/stats/account"


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PLAYHEAD_")}


def playhead(
    *arguments: str | Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; a hang is a failure."""
    return subprocess.run(
        [sys.executable, "-m", "playhead", *map(str, arguments)],
        capture_output=True,
        check=False,
        env=environment() | (env or {}),
        text=True,
        timeout=30,
    )


def printed(*arguments: str | Path, **more: Any) -> Any:
    """What a command prints with ``--json``, and nothing beside it."""
    done = playhead(*arguments, "--json", **more)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


_RUN_ALL = """
import json, sys
from click.testing import CliRunner
from playhead.cli import main
done = [CliRunner().invoke(main, command, prog_name="playhead") for command in json.load(sys.stdin)]
json.dump([(one.exit_code, one.stdout, one.stderr) for one in done], sys.stdout)
"""

HELP = {
    "": ["Playhead: video analytics on your own machine.", "serve", "account", "token"],
    "serve": [
        "Run the server: collect beacons, answer the API.",
        "--host",
        "--port",
        "--data",
        "PLAYHEAD_PORT",
        "PLAYHEAD_SPOOL_LIMIT",
    ],
    "account": ["create", "list", "change", "show"],
    "account change": ["KEY", "--cors-origin", "--no-cors", "--any-domain", "--data"],
    "account show": ["KEY", "--json"],
    "account create": ["NAME", "--timezone", "Europe/Berlin", "--json", "--data"],
    "token": ["create", "list", "revoke"],
    "token create": ["--account", "--scope", "read", "write", "admin"],
    "token list": ["--account"],
    "token revoke": ["ID", "for good"],
}
ERRORS = {
    "nonsense": "No such command 'nonsense'. (see 'playhead --help')",
    "serve --port x": "'x' is not a valid integer. (see 'playhead serve --help')",
    "serve --port -1": "--port: -1 is too small (least: 0)",
    "serve --port 99999": "--port: 99999 is too large (most: 65535)",
    "serve --nonsense 1": "No such option '--nonsense'.",
    "serve --log-level loud": "--log-level: 'loud' is not known (use debug, info, ",
    "serve --log-format xml": "--log-format: 'xml' is not known (use json or text)",
    "serve --spool-limit 0": "--spool-limit: 0 is too small (least: 1)",
    "serve --collect-limit -1": "--collect-limit: -1 is too small (least: 0)",
    "serve --collect-path collect": "--collect-path: 'collect' is not a path",
    "serve --trusted-proxies me": "--trusted-proxies: 'me' does not appear to be",
    "serve --host nowhere.invalid": "cannot listen on nowhere.invalid:8000: ",
    "serve --port 0 --catalog nonsense": "cannot open the catalog: ",
    "account create": "Missing argument 'NAME'. (see 'playhead account create --help')",
    "account create X --timezone Mars/Olympus": "--timezone: 'Mars/Olympus' is not an IANA ",
    "account create X --timezone ../etc/passwd": "--timezone: '../etc/passwd' is not an IANA ",
    "account create X --addresses some": "'some' is not one of 'whole', 'truncated', 'none'.",
    "account create X --cors-origin example.com": "--cors-origin: 'example.com' is not an origin "
    "(use scheme and host like https://app.example.com, or * for all)",
    "account change": "Missing argument 'KEY'. (see 'playhead account change --help')",
    "account change nobody": "KEY: no account has the key 'nobody' (see 'playhead account list')",
    "account change nobody --no-cors --cors-origin *": "--cors-origin and --no-cors exclude ",
    "account change nobody --any-domain --allowed-domain x": "--allowed-domain and --any-domain ",
    "account show nobody": "KEY: no account has the key 'nobody' (see 'playhead account list')",
    "token create": "Missing option '--account'.",
    "token create --account nobody": "--account: no account has the key 'nobody' (see ",
    "token create --account nobody --scope all": "'all' is not one of 'read', 'write', ",
    "token list --account nobody": "--account: no account has the key 'nobody' (see ",
    "token revoke 99": "ID: there is no token 99 in use (see 'playhead token list')",
    "token revoke x": "'x' is not a valid integer.",
}
Answers = dict[str, tuple[int, str, str]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Exit code, output and errors of many short commands, run one after the other."""
    commands = [*(f"{command} --help".strip() for command in HELP), *ERRORS]
    # In one process, since most of a short command's time is starting Python.
    done = subprocess.run(
        [sys.executable, "-c", _RUN_ALL],
        check=True,
        cwd=tmp_path_factory.mktemp("commands"),
        env=environment(),
        input=json.dumps([command.split() for command in commands]),
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    return dict(zip(commands, map(tuple, json.loads(done.stdout)), strict=True))


@pytest.mark.parametrize("command", HELP)
def test_help_says_what_a_command_does(answers: Answers, command: str) -> None:
    code, out, errors = answers[f"{command} --help".strip()]
    assert (code, errors) == (0, "")
    assert out.startswith(f"Usage: playhead {command}".rstrip())
    for part in HELP[command]:
        assert part in out


@pytest.mark.parametrize("command", ERRORS)
def test_what_cannot_be_done_is_said_in_one_line(answers: Answers, command: str) -> None:
    code, out, errors = answers[command]
    assert code != 0
    assert out == ""
    # What a server that came up halfway had to log is not part of the error.
    said = [line for line in errors.splitlines() if not line.startswith("{")]
    assert len(said) == 1
    assert said[0].startswith("Error: ")
    assert ERRORS[command] in said[0]


def test_a_port_that_is_taken_is_said_in_one_line(server: Server, tmp_path: Path) -> None:
    done = playhead("serve", "--port", str(server.port), "--data", tmp_path / "data")
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: cannot listen on 127.0.0.1:{server.port}: Address already in use "
        "(choose another with --port)\n"
    )
    assert not (tmp_path / "data").exists()


def test_a_second_server_on_a_data_folder_names_the_first(server: Server) -> None:
    done = playhead("serve", "--port", "0", "--data", server.data)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"Error: data: {server.data} is in use by another Playhead (process {server.pid}); "
        "stop it or choose another folder with --data"
    )
    assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    done = playhead("serve", "--port", "0", "--data", in_the_way / "data")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"Error: data: cannot use {in_the_way / 'data'}: Not a directory"
    )


def test_a_new_account_is_one_json_object_and_usable(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = printed("account", "create", "School", "--timezone", "Asia/Kathmandu", "--data", data)
    assert set(made) == {"account_key", "token"}
    (listed,) = printed("account", "list", "--data", data)
    assert len(listed.pop("public_token")) >= 24
    assert listed == {
        "id": 1,
        "key": made["account_key"],
        "name": "School",
        "timezone": "Asia/Kathmandu",
        "address_mode": "truncated",
        "registers_medias": True,
        "allowed_domains": [],
        "cors_origins": [],
        "keep_days": 0,
        "signed_beacons": False,
    }
    (token,) = printed("token", "list", "--account", made["account_key"], "--data", data)
    assert token["scopes"] == ["read", "write", "admin"]
    assert token["revoked_ms"] is None
    # The secret is shown once: nothing that is kept holds it.
    everything = b"".join(path.read_bytes() for path in data.iterdir() if path.is_file())
    assert made["account_key"].encode() in everything
    assert made["token"].encode() not in everything


def test_an_account_for_people_to_read(tmp_path: Path) -> None:
    done = playhead("account", "create", "School", "--data", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "account key" in done.stdout
    assert "API token" in done.stdout
    done = playhead("account", "list", "--data", tmp_path)
    assert done.stdout.rstrip().endswith("School")


def test_changing_an_account_changes_what_is_given_and_nothing_else(tmp_path: Path) -> None:
    where = ("--data", tmp_path)
    key = printed("account", "create", "School", "--cors-origin", "HTTPS://A.example:443", *where)[
        "account_key"
    ]
    before = printed("account", "show", key, *where)
    assert before["cors_origins"] == ["https://a.example"]
    changes: list[tuple[list[str], dict[str, Any]]] = [
        ([], {}),
        (["--name", "University"], {"name": "University"}),
        (["--timezone", "Europe/Berlin"], {"timezone": "Europe/Berlin"}),
        (["--addresses", "none"], {"address_mode": "none"}),
        (["--no-register-medias"], {"registers_medias": False}),
        (["--register-medias"], {"registers_medias": True}),
        (
            ["--allowed-domain", "*.Example.com", "--allowed-domain", "b.example"],
            {"allowed_domains": ["*.example.com", "b.example"]},
        ),
        (["--allowed-domain", "c.example"], {"allowed_domains": ["c.example"]}),
        (["--any-domain"], {"allowed_domains": []}),
        (
            ["--cors-origin", "http://localhost:3000", "--cors-origin", "*"],
            {"cors_origins": ["http://localhost:3000", "*"]},
        ),
        (["--no-cors"], {"cors_origins": []}),
    ]
    for options, effect in changes:
        before |= effect
        assert printed("account", "change", key, *options, *where) == before
    assert printed("account", "show", key, *where) == before
    shown = playhead("account", "show", key, *where).stdout
    assert before["public_token"] in shown
    done = playhead("account", "change", key, "--timezone", "Mars", "--name", "Mars", *where)
    assert done.returncode == 1
    assert printed("account", "show", key, *where) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://localhost:80", "http://localhost"),
        ("*", "*"),
        ("https://app.example.com/", None),
        ("https://app.example.com:port", None),
        ("https://user@app.example.com", None),
        ("https://*.example.com", None),
        ("https://b\u00fccher.example", None),
        ("https://[::1", None),
        ("file:///etc/passwd", None),
        ("null", None),
        ("", None),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(given: str, kept: str | None) -> None:
    if kept is not None:
        assert clean_origin(given) == kept
        return
    with pytest.raises(BadOriginError, match="use scheme and host like "):
        clean_origin(given)


def test_accounts_and_tokens_are_made_and_revoked_while_the_server_runs(server: Server) -> None:
    where = ("--data", server.data)
    made = printed("account", "create", "School", *where)
    with httpx.Client(base_url=server.url) as http:
        assert http.get(ACCOUNT, headers=bearer(made["token"])).status_code == 200
        key = ("--account", made["account_key"])
        reader = printed("token", "create", *key, "--name", "report", *where)
        assert reader["scopes"] == ["read"]
        assert http.get(ACCOUNT, headers=bearer(reader["token"])).status_code == 200
        writer = printed("token", "create", *key, "--scope", "write", "--scope", "admin", *where)
        assert writer["scopes"] == ["write", "admin"]
        assert http.get(ACCOUNT, headers=bearer(writer["token"])).status_code == 403
        listed = printed("token", "list", *key, *where)
        assert [token["name"] for token in listed] == ["first token", "report", ""]
        done = playhead("token", "revoke", str(reader["id"]), *where)
        assert (done.returncode, done.stderr) == (0, "")
        assert http.get(ACCOUNT, headers=bearer(reader["token"])).status_code == 401
        assert http.get(ACCOUNT, headers=bearer(made["token"])).status_code == 200
    done = playhead("token", "list", *key, *where)
    assert ["revoked" in line for line in done.stdout.splitlines()] == [False, True, False]
    done = playhead("token", "revoke", str(reader["id"]), *where)
    assert done.returncode == 1


def test_settings_come_from_variables_and_options_go_before_them(
    server: Server, tmp_path: Path
) -> None:
    variables = {"PLAYHEAD_DATA": str(tmp_path / "data")}
    printed("account", "create", "School", env=variables)
    assert (tmp_path / "data" / "catalog.sqlite").exists()
    printed("account", "create", "Other", "--data", tmp_path / "other", env=variables)
    assert len(printed("account", "list", env=variables)) == 1
    taken = {"PLAYHEAD_PORT": str(server.port)} | variables
    done = playhead("serve", env=taken)
    assert f"cannot listen on 127.0.0.1:{server.port}" in done.stderr
    done = playhead("serve", env={"PLAYHEAD_SPOOL_LIMIT": "0"} | variables)
    assert done.stderr == "Error: --spool-limit: 0 is too small (least: 1)\n"
    done = playhead("serve", env={"PLAYHEAD_PORT": "many"} | variables)
    assert "PLAYHEAD_PORT" in done.stderr
    assert "'many' is not a valid integer." in done.stderr
