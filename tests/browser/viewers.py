"""Somebody with a browser, and what was really played in it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page

from browser.pages import Site

_PLAYS_WITHIN_S: Final = 30
_LOOK_EVERY_MS: Final = 20
# A moment that is nearer than this to where a stretch begins or ends may belong to it or not.
_UNSURE: Final = 0.3

# Knows nothing of the tracker; writes down where the playhead was whenever something happened to
# it. Before the test itself makes the playhead jump, it notes "leave".
_WITNESS: Final = """(() => {
  const logs = new WeakMap();
  const note = (player, what) => {
    const { currentTime, duration, dataset } = player;
    if (!logs.has(player)) logs.set(player, []);
    logs.get(player).push([what, dataset.playheadMedia, currentTime, duration]);
  };
  for (const what of ["play", "pause", "seeking", "ended"])
    document.addEventListener(what, ({ target }) => note(target, what), true);
  const read = (player) => [...(logs.get(player) || []), ["read", "", player.currentTime, 0]];
  Object.defineProperty(window, "witness", { value: { note, read } });
})()"""

_Note = tuple[str, str, float, float]


@dataclass(frozen=True)
class Played:
    """Stretches of one media, as they were played one after the other."""

    pieces: list[tuple[float, float]]
    # How much may have been played after the last look, while the page was being closed.
    unseen: float = 0

    @property
    def seconds(self) -> float:
        return sum(end - start for start, end in self.pieces)

    def times(self, at: float) -> int:
        """How often this moment was played."""
        return sum(start <= at < end for start, end in self.pieces)

    def is_sure(self, at: float) -> bool:
        """Whether no stretch begins or ends near this moment."""
        return all(abs(at - border) > _UNSURE for piece in self.pieces for border in piece)

    def __add__(self, other: "Played") -> "Played":
        return Played(self.pieces + other.pieces, self.unseen + other.unseen)


class Player:
    """One player on a page, and a hand on its controls."""

    def __init__(self, page: Page, media: str) -> None:
        self.page = page
        self.media = media

    def do(self, script: str) -> Any:
        """Run a script that knows the ``player``; what it returns."""
        found = f"document.querySelector('[data-playhead-media=\"{self.media}\"]')"
        return self.page.evaluate(f"((player) => {{ {script} }})({found})")

    def play(self) -> None:
        # The event comes late: by then the playhead has moved.
        self.do("witness.note(player, 'play'); return player.play()")

    def pause(self) -> None:
        self.do("player.pause()")
        self._wait_for(lambda: any(what == "pause" for what, *_ in self._notes()[-2:]))

    def seek(self, to: float) -> None:
        self.do(f"witness.note(player, 'leave'); player.currentTime = {to}")
        self._wait_for(lambda: not self.do("return player.seeking"))

    def become(self, media: str, script: str) -> "Player":
        """Show another media, by a script that says how the ``player`` gets it."""
        self.do(f"witness.note(player, 'leave'); {script}")
        return Player(self.page, media)

    def at(self) -> float:
        return float(self.do("return player.currentTime"))

    def until(self, position: float) -> None:
        """Let it play until the playhead has come this far."""
        self._wait_for(lambda: self.at() >= position)

    def until_begun_again(self, times: int) -> None:
        """Let it play until it has gone back to the start by itself so many times."""
        self._wait_for(lambda: sum(what == "seeking" for what, *_ in self._notes()) >= times)

    def played(self, media: str = "") -> Played:
        """What this player has played of its media, or of one that it showed before."""
        pieces: list[tuple[float, float]] = []
        since: float | None = None
        moves = False
        for what, about, at, duration in self._notes():
            if about not in {media or self.media, ""}:
                continue
            if what == "play":
                moves = True
                since = at if since is None else since
                continue
            if since is not None:
                # By itself a player jumps only from the end to the start of what it repeats.
                pieces.append((since, duration if what == "seeking" else at))
            moves = moves and what not in {"pause", "ended"}
            since = at if moves and what != "leave" else None
        return Played([(start, end) for start, end in pieces if end > start])

    def played_until(self, the_end: Callable[[], object]) -> Played:
        """What it has played when, in the middle of playing, its page comes to this end."""
        rate = float(self.do("return player.playbackRate"))
        before = self.played()
        started = time.monotonic()
        the_end()
        return Played(before.pieces, unseen=(time.monotonic() - started) * rate)

    def _notes(self) -> list[_Note]:
        notes: list[_Note] = self.do("return witness.read(player)")
        return notes

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        # Asked from here and not in the page, whose timers sleep while it is hidden.
        deadline = time.monotonic() + _PLAYS_WITHIN_S
        while not condition():
            assert time.monotonic() < deadline, f"{self.media}: {self._notes()}"
            self.page.wait_for_timeout(_LOOK_EVERY_MS)


@dataclass
class Viewer:
    """A browser with a memory of its own, and what it was seen to do."""

    context: BrowserContext
    site: Site
    # Requests to anywhere but the site, as "POST http://…".
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(_WITNESS)
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.context.on("request", lambda request: self._note(request.method, request.url))

    def _note(self, method: str, url: str) -> None:
        if not url.startswith(self.site.url):
            self.requests.append(f"{method} {url}")

    def open(self, *body: str, query: str = "") -> Page:
        """Open a page with these contents, by a link that says something more."""
        page = self.context.new_page()
        page.goto(self.site.publish("".join(body)) + query)
        # Else the collector would leave out whatever happens here.
        assert page.evaluate("navigator.webdriver") is False
        return page

    def watch(self, media: str, *body: str, query: str = "") -> Player:
        """Open a page with these contents, to watch one of its medias."""
        return Player(self.open(*body, query=query), media)
