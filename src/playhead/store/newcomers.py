"""Whom the roll-up of a media has not counted yet, of the visitors of the last hours.

Two short questions tell it of one media, and take longer than all else of its sums. Whoever asks
about several medias of an account will ask about more, so then all of them are looked up beside.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from playhead.log import get_logger
from playhead.store.changes import FOR_EVER, MEDIAS_KEPT, Remembered
from playhead.store.client import Store
from playhead.store.errors import StoreUnavailableError
from playhead.store.fragments import UNSETTLED
from playhead.store.rollups import NEVER, RolledAccount, RolledMedia, Rollups, audience_key

Newcomers = tuple[int, int]
"""Visitors, and visitors with a play."""

_ACCOUNTS_KEPT: Final = 16
# People who are remembered, of all medias: some 40 MB. Then all are forgotten, because at hundreds
# of beacons a second the visitors of the last hours are millions.
_MOST_HELD: Final = 200_000
# So many medias are asked about one by one before all of the account's are looked up.
_SEVERAL: Final = 3

_PEOPLE: Final = f"""
SELECT groupArray(hex(key)), groupArrayIf(hex(key), player)
FROM (
    SELECT {audience_key("visitor")} AS key, max(played) AS player
    FROM sessions FINAL
    WHERE {UNSETTLED} AND media = {{media:String}}
    GROUP BY key
)
"""
_OF_MEDIA: Final = "transform(media, {names:Array(String)}, {%s:Array(UInt64)}, 0::UInt64)"
_LIVE: Final = (
    f"SELECT media, {audience_key('visitor')} AS key%s FROM sessions FINAL WHERE {UNSETTLED}"
)
_OF_ALL: Final = f"""
SELECT media, countIf(since > edition), countIf(player AND played_since > edition)
FROM (
    SELECT
        media, key, any({_OF_MEDIA % "editions"}) AS edition, max(playing) AS player,
        min(seen) AS since, min(seen_playing) AS played_since
    FROM (
        {_LIVE % f", played AS playing, true AS here, {NEVER} AS seen, {NEVER} AS seen_playing"}
        UNION ALL
        SELECT media, visitor AS key, false, false, since, played_since
        FROM audience
        WHERE account_id = {{account:UInt32}} AND (media, visitor) IN ({_LIVE % ""})
          AND line = {_OF_MEDIA % "lines"}
    )
    GROUP BY media, key
    HAVING max(here)
)
GROUP BY media
"""

_log = get_logger("store")


class _All(Struct, frozen=True):
    """The newcomers of all medias, as they were when so much had been written."""

    newcomers: Mapping[str, Newcomers]
    rollups: int
    writes: int


class _Account(Struct):
    """How often was asked about one media of an account, and what is known of all."""

    asked: int = 0
    all: _All | None = None


class NewPeople:
    """Raises StoreUnavailableError without an answer."""

    def __init__(self, store: Store, rollups: Rollups) -> None:
        self._store = store
        self._rollups = rollups
        self._of_medias = Remembered[Newcomers](MEDIAS_KEPT)
        self._counted = Remembered[dict[str, tuple[bool, bool]]](MEDIAS_KEPT)
        self._held = 0
        self._accounts = Remembered[_Account](_ACCOUNTS_KEPT)

    def of(self, account: int, media: str, whole: RolledAccount) -> Newcomers:
        """The newcomers of a media that has sessions which have not settled.

        Args:
            account: numeric id.
            media: hashed id.
            whole: the roll-ups of the account.
        """
        rolled = whole.medias.get(media, RolledMedia())
        until_ms = whole.settled.until_ms

        def read() -> Newcomers:
            known = self._accounts.get((account, whole.settled.edition), FOR_EVER, _Account)
            found = self._among_all(account, media, known)
            if found is None:
                self._look_up_all_soon(account, whole, known)
                found = self._of_one(account, media, rolled, until_ms)
            return found

        key = account, media, rolled.edition, until_ms
        return self._of_medias.get(key, self._store.changes.of(account, media), read)

    def _of_one(self, account: int, media: str, rolled: RolledMedia, until_ms: int) -> Newcomers:
        parameters = {"account": account, "until": until_ms, "media": media}
        visitors, players = self._store.ask(_PEOPLE, parameters)[0]
        if self._held > _MOST_HELD:
            self._counted = Remembered[dict[str, tuple[bool, bool]]](MEDIAS_KEPT)
            self._held = 0
        counted = self._counted.get((account, media, rolled.edition), FOR_EVER, dict)
        unknown = [each for each in visitors if each not in counted]
        counted.update(self._rollups.counted(account, media, rolled, unknown))
        self._held += len(unknown)
        return (
            sum(not counted[each][0] for each in visitors),
            sum(not counted[each][1] for each in players),
        )

    def _among_all(self, account: int, media: str, known: _Account) -> Newcomers | None:
        """What was looked up of all medias, unless something of this one has come since."""
        if known.all is None:
            return None
        _, rollups, written = self._store.changes.of(account, media)
        if rollups != known.all.rollups or written > known.all.writes:
            return None
        return known.all.newcomers.get(media, (0, 0))

    def _look_up_all_soon(self, account: int, whole: RolledAccount, known: _Account) -> None:
        known.asked += 1
        # What several processes write to is true for a second, too short for this.
        if known.asked == _SEVERAL and self._store.changes.alone:
            self._store.beside(lambda: self._look_up_all(account, whole, known))

    def _look_up_all(self, account: int, whole: RolledAccount, known: _Account) -> None:
        medias = {name: rolled for name, rolled in whole.medias.items() if name}
        parameters = {
            "account": account,
            "until": whole.settled.until_ms,
            "names": list(medias),
            "lines": [rolled.line for rolled in medias.values()],
            "editions": [rolled.edition for rolled in medias.values()],
        }
        (_, rollups, _), (_, writes) = self._store.changes.of(account), self._store.changes.count()
        try:
            rows = self._store.ask(_OF_ALL, parameters)
        except StoreUnavailableError as error:
            _log.info("newcomers.not_looked_up", account=account, why=str(error))
            return
        known.all = _All({row[0]: (row[1], row[2]) for row in rows}, rollups, writes)
