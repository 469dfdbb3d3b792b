"""playhead demo: an audience, a page, and calls that answer."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

SESSIONS = 60


@contextmanager
def demo(data: Path, *options: str) -> Iterator[str]:
    """A running demo; what it prints to whoever started it."""
    command = [sys.executable, "-m", "playhead", "demo", "--data", str(data), *options]
    command += ["--sessions", str(SESSIONS)] + ([] if "--live" in options else ["--no-live"])
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PLAYHEAD_")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean)
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        yield said
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def paste(said: str) -> list[object]:
    """The answers to the calls that it prints, read as a shell would read them."""
    answers = []
    for call in re.findall(r"  (curl (?:.|\n)*?\.json)", said):
        curl, silent, option, header, url = shlex.split(call.replace("\\\n", ""))
        assert (curl, silent, option) == ("curl", "-s", "-H")
        name, _, value = header.partition(": ")
        answers.append(httpx.get(url, headers={name: value}).json())
    return answers


def test_the_printed_calls_answer_for_the_audience_and_a_restart_keeps_it(tmp_path: Path) -> None:
    with demo(tmp_path / "demo", "--port", "0") as said:
        account, project, graph = paste(said)
        page = re.search(r"http://\S+/demo/", said)
        assert page is not None
        assert "demo-clip" in httpx.get(page.group()).text
    assert isinstance(account, dict)
    assert isinstance(project, dict)
    assert isinstance(graph, dict)
    assert (account["loads"], project["loads"], project["number_of_videos"]) == (60, 60, 6)
    assert len(graph["engagement_data"]) == len(graph["rewatch_data"])
    assert (tmp_path / "demo" / "demo.json").stat().st_mode & 0o077 == 0
    with demo(tmp_path / "demo", "--port", "0") as said:
        assert paste(said) == [account, project, graph]


def test_a_usual_port_that_is_taken_does_not_keep_a_newcomer_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8000))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which is as good
        with demo(tmp_path / "demo") as said:
            assert "127.0.0.1:8000" not in said
            assert paste(said)
