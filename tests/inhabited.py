"""A world brought to life on a real server, over HTTP only, and asked all there is to ask."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import httpx

from oracle import Answer, Oracle
from support import Server, TestAccount, deliver
from worlds import World

TWINS = {"loads": "load_count", "plays": "play_count", "data_date": "date"}
RELATIVE_ERROR = 1e-9


@dataclass
class Inhabited:
    """A world's account on a server; ``project_ids`` by the names that the world uses."""

    world: World
    account: TestAccount
    http: httpx.Client
    project_ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def settle_in(cls, world: World, server: Server, http: httpx.Client) -> "Inhabited":
        """Make the account and what its catalog has before the first beacon."""
        made = cls(world, server.account(world.timezone), http)
        for project in world.projects:
            answer = made._send("POST", "/v1/projects", {"name": project})
            made.project_ids[project] = answer["hashedId"]
        for media in world.medias:
            if media.in_catalog_first:
                body = {
                    "hashed_id": media.hashed_id,
                    "duration": media.duration_at_first,
                    "project_id": made._project_id(media.project_at_first),
                }
                made._send("POST", "/v1/medias", body)
        return made

    def deliver(self) -> None:
        """Let the beacons arrive, as they were received then; none of them may be refused."""
        for batch in self.world.batches:
            lines = [
                {
                    **delivery.beacon,
                    "account": self.account.key,
                    "received_at": delivery.received_ms,
                }
                for delivery in batch
            ]
            deliver(self.http, self.account, lines)

    def change_the_catalog(self) -> None:
        """What the world does to its medias after everything has arrived."""
        for media in self.world.medias:
            body: dict[str, Any] = {"project_id": self._project_id(media.project_now)}
            if media.duration_now is not None:
                body["duration"] = media.duration_now
            self._send("PUT", f"/v1/medias/{media.hashed_id}", body)

    def ask(self, path: str) -> Any:
        answer = self.http.get(f"/v1/stats/{path}", headers=self.account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def by_date(self, scope: str, first: date, last: date) -> Any:
        return self.ask(f"{scope}/by_date.json?start_date={first}&end_date={last}")

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        answer = self.http.request(method, path, json=body, headers=self.account.headers)
        assert answer.is_success, answer.text
        return answer.json()

    def _project_id(self, project: str | None) -> str | None:
        return None if project is None else self.project_ids[project]


def everything(place: Inhabited, oracle: Oracle) -> Iterator[tuple[str, Any, Any]]:
    """All seven endpoints for all that the world has: what was asked, the answer, the truth."""
    world = place.world
    ranges = [(world.first, world.last), (world.part_first, world.part_last)]
    yield "account", place.ask("account.json"), oracle.account()
    for first, last in ranges:
        yield (
            "account days",
            place.by_date("account", first, last),
            oracle.account_by_date(first, last),
        )
    for project, project_id in place.project_ids.items():
        scope = f"projects/{project_id}"
        yield project, place.ask(f"{scope}.json"), oracle.project(project)
        for first, last in ranges:
            truth = oracle.project_by_date(project, first, last)
            yield f"{project} days", place.by_date(scope, first, last), truth
    for media in world.medias:
        scope = f"medias/{media.hashed_id}"
        yield media.hashed_id, place.ask(f"{scope}.json"), oracle.media(media.hashed_id)
        graph = place.ask(f"{scope}/engagement.json")
        yield f"{media.hashed_id} graph", graph, oracle.engagement(media.hashed_id)
        for first, last in ranges:
            truth = oracle.media_by_date(media.hashed_id, first, last)
            yield f"{media.hashed_id} days", place.by_date(scope, first, last), truth


def assert_equal(asked: Iterable[tuple[str, Any, Any]]) -> None:
    """Counts to the last one, fractions to 1e-9 of themselves, both names of a number alike."""
    for what, answer, truth in asked:
        rows = [answer] if isinstance(answer, dict) else answer
        true_rows = [truth] if isinstance(truth, dict) else truth
        assert len(rows) == len(true_rows), what
        for row, true_row in zip(rows, true_rows, strict=True):
            _assert_row(what, row, true_row)


def _assert_row(what: str, row: Mapping[str, Any], truth: Answer) -> None:
    for name, expected in truth.items():
        if isinstance(expected, Fraction):
            error = abs(Fraction(row[name]) - expected)
            assert error <= RELATIVE_ERROR * expected, (what, name, row[name], float(expected))
        else:
            assert row[name] == expected, (what, name, row[name], expected)
        if name in TWINS:
            assert row[TWINS[name]] == row[name], (what, name)
