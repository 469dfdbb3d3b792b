"""A whole installation out of one place and into another.

Sessions go first, in pieces of which each is compared with its copy, then what is summed up is made
anew, and the catalog goes last, in one transaction; so a target that is not whole has no accounts.
Cut off at any instant, it is done by doing it again: pieces that are equal are left as they are.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from playhead.catalog import Catalog
from playhead.drain import Settler
from playhead.errors import OperatorError
from playhead.migrating.proof import Proof, Rooms
from playhead.store import Moving, Piece
from playhead.transfer.steps import Step, side_by_side

# Bots are kept for 30 days. Those of the last of them may be gone while they are looked at.
_BOTS_OF_S: Final = 29 * 86_400
_TRIES: Final = 2


class MigrationError(OperatorError):
    """An installation cannot be moved; says what is in the way and what would help."""


class Migrated(Struct, frozen=True):
    """What is at the target now, and what the proof has found."""

    accounts: int
    projects: int
    medias: int
    users: int
    sessions: int
    bot_sessions: int
    numbers: int
    differing: int
    differences: list[str]


class Migration:
    """One installation on its way. Nothing may wait in its spool, and nobody else may settle."""

    def __init__(self, source: Rooms, target: Rooms, settler: Settler) -> None:
        """Prepare.

        Args:
            source: is not changed.
            target: where it goes.
            settler: of the target's store and the source's catalog.
        """
        self._source = source
        self._target = target
        self._settler = settler
        self._from, self._to = Moving(source.store), Moving(target.store)
        self._from_catalog = source.catalog.copying
        self._to_catalog = target.catalog.copying
        self._since_s = int(time.time()) - _BOTS_OF_S

    def run(self) -> Iterator[Step | Migrated]:
        """Move everything and prove it; says how far it is, at last what is there.

        Raises:
            MigrationError: the target has something else, or did not take all.
            CopyRefusedError: the target's database does not take a row.
            StoreUnavailableError, CatalogUnavailableError: do it again.
        """
        if self._moves_store():
            yield from self._move_store()
        else:
            self._check_catalog(begun=False)
        if self._moves_catalog():
            yield from self._move_catalog()
        proof = Proof(self._source, self._target)
        yield from proof.run()
        if self._moves_store():
            self._conclude(differing=proof.found.differing > 0)
        rows = self._to_catalog.rows()
        yield Migrated(
            accounts=rows["accounts"],
            projects=rows["projects"],
            medias=rows["medias"],
            users=rows["users"],
            sessions=self._to.rows("sessions"),
            bot_sessions=self._to.rows("bot_sessions"),
            numbers=proof.found.numbers,
            differing=proof.found.differing,
            differences=proof.found.differences,
        )

    def _moves_store(self) -> bool:
        return self._source.store is not self._target.store

    def _moves_catalog(self) -> bool:
        return self._source.catalog is not self._target.catalog

    def _move_store(self) -> Iterator[Step]:
        begun = self._to.source()
        ours = _name_of(self._source.catalog)
        if begun is not None and begun != ours:
            raise MigrationError(
                "--to: another installation is being moved into this ClickHouse database (name"
                " another one, or drop it)"
            )
        self._check_catalog(begun=begun is not None)
        pieces = list(self._pieces())
        if begun is None and self._to.accounts():
            yield from self._see_that_it_is_there(pieces)
            return
        if begun is None:
            self._to.begin(ours)
        yield from self._work("moved", pieces, self._move)
        # An account that was moved in part may have been erased since.
        self._to.forget_others(self._from.accounts())
        yield from self._sum_up()

    def _conclude(self, *, differing: bool) -> None:
        if not differing:
            self._to.end()
        elif self._to.source() is None:
            # Its sessions are the same ones, so what is summed up may be made anew next time.
            self._to.begin(_name_of(self._source.catalog))

    def _pieces(self) -> Iterator[Piece]:
        for account in sorted({*self._from.accounts(), *self._to.accounts()}):
            yield from self._from.pieces(account, self._since_s)

    def _work(
        self, what: str, pieces: list[Piece], work: Callable[[Piece], None]
    ) -> Iterator[Step]:
        done, total = 0, sum(piece.rows for piece in pieces)
        yield Step(what, done, total)
        for piece, _ in side_by_side(work, pieces):
            done += piece.rows
            yield Step(what, done, total)

    def _move(self, piece: Piece) -> None:
        wanted = self._from.digest(piece)
        there = self._to.digest(piece)
        for _ in range(_TRIES):
            if there == wanted:
                return
            self._to.replace(piece, self._from.read(piece), emptied=there.rows > 0)
            there = self._to.digest(piece)
        if there != wanted:
            raise MigrationError(
                f"--to: of {wanted.rows:,} rows of {piece.table} that were written,"
                f" {there.rows:,} are there, or they say something else (is anybody else writing to"
                " one of the stores? run it again)"
            )

    def _see_that_it_is_there(self, pieces: list[Piece]) -> Iterator[Step]:
        """See that a store which nobody is moving into has been moved into before."""

        def see(piece: Piece) -> None:
            if self._from.digest(piece) != self._to.digest(piece):
                raise MigrationError(
                    "--to: the store has sessions already, and others than are to be moved (name"
                    " another database, or drop this one)"
                )

        yield from self._work("found there", pieces, see)

    def _sum_up(self) -> Iterator[Step]:
        for account in self._source.catalog.accounts.list():
            now_ms = time.time_ns() // 1_000_000
            for step in self._settler.rebuild(account.id, account.timezone, now_ms):
                yield Step(f"{account.name}, by {step.what}", step.done, step.total)

    def _check_catalog(self, *, begun: bool) -> None:
        """See that the target's catalog may be written.

        Args:
            begun: a part of this installation is there already.
        """
        if not self._moves_catalog() or self._to_catalog.is_empty():
            return
        if begun and _name_of(self._target.catalog) == _name_of(self._source.catalog):
            return
        other = self._other_table()
        if other is not None:
            raise MigrationError(
                f"--to: the catalog has accounts already, and its table {other} is another (name"
                " an empty database)"
            )

    def _move_catalog(self) -> Iterator[Step]:
        if self._other_table() is None:
            return
        for copied in self._to_catalog.replace_with(self._from_catalog):
            yield Step(copied.table, copied.done, copied.total, "rows")
        other = self._other_table()
        if other is not None:
            raise MigrationError(
                f"--to: table {other} of the catalog is not as it was (is anybody else writing to"
                " one of the databases? run it again)"
            )

    def _other_table(self) -> str | None:
        """The first table of the catalog that is not the same on both sides."""
        return next(self._to_catalog.differences(self._from_catalog), None)


def _name_of(catalog: Catalog) -> str:
    """What an installation is known by: the key of its oldest account."""
    return next((account.key for account in catalog.accounts.list()), "")
