"""A web site of somebody else's, with players on its pages."""

import io
import mimetypes
import re
import threading
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

from playhead.dashboard.demo import MEDIA
from support import Server, TestAccount

# Names that the browser takes for this machine. They are different sites and not secure ones,
# as a school's page and a statistics server may be.
SITE: Final = "school.test"
STATS: Final = "stats.test"

CLIP_SECONDS: Final = 60
TONE_SECONDS: Final = 1.5
BLIP_SECONDS: Final = 0.5

_SAMPLE_RATE: Final = 8000
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)$")


def tag(server: Server, account: TestAccount, *attributes: str, path: str = "/tracker.js") -> str:
    """The script tag, as a page carries it."""
    src = f"http://{STATS}:{server.port}{path}"
    more = " ".join(attributes)
    return f'<script async src="{src}" data-account="{account.key}" {more}></script>'


def video(media: str, *attributes: str) -> str:
    more = " ".join(attributes)
    return f'<video src="/clip.webm" data-playhead-media="{media}" {more}></video>'


def audio(media: str, *attributes: str, sound: str = "tone") -> str:
    more = " ".join(attributes)
    return f'<audio src="/{sound}.wav" data-playhead-media="{media}" {more}></audio>'


class Site:
    """Serves pages, a clip of a minute and two short sounds, on an origin of its own."""

    def __init__(self) -> None:
        self._files = {
            "/clip.webm": (MEDIA / "clip.webm").read_bytes(),
            "/tone.wav": _sound(TONE_SECONDS),
            "/blip.wav": _sound(BLIP_SECONDS),
        }
        self._http = _HTTPServer(self._files)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self.url = f"http://{SITE}:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def publish(self, body: str) -> str:
        """Put a page with these contents on the site; its address."""
        path = f"/page-{len(self._files)}.html"
        self._files[path] = f"<!doctype html><title>Lesson</title>{body}".encode()
        return self.url + path


def _sound(seconds: float) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(_SAMPLE_RATE)
        out.writeframes(bytes(120 + i // 10 % 2 * 16 for i in range(int(_SAMPLE_RATE * seconds))))
    return made.getvalue()


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing to say: browsers let go of a media in the middle whenever they like."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTPServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        body = self.server.files.get(path)
        if body is None:
            self._answer(404, b"", {})
            return
        headers = {"content-type": mimetypes.guess_type(path)[0] or "application/octet-stream"}
        asked = _RANGE.match(self.headers.get("range", ""))
        if asked:
            first, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
            headers["content-range"] = f"bytes {first}-{last}/{len(body)}"
            self._answer(206, body[first : last + 1], headers)
        else:
            self._answer(200, body, headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "accept-ranges": "bytes"}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
