"""What every number of the pages means: the single source of their definitions.

docs/concepts.md and docs/numbers.md say the same sentences, and a test compares them. Where
contract/metrics.md defines a number, these are its words.
"""

from typing import Final, Literal

from msgspec import Struct

Unit = Literal["count", "hours", "seconds", "ms", "share"]
"""What a number is counted in; a share is between 0 and 1, but for changes."""

_ACCOUNT: Final = "/v1/stats/account.json"
_MEDIA: Final = "/v1/stats/medias/<media>.json"
_GRAPH: Final = "/v1/stats/medias/<media>/engagement.json"
_EVENT: Final = "/v1/stats/events/<event_key>.json"
_MOMENTS: Final = "/insights/engagement?media_id=<media>"
_QUALITY: Final = "/insights/quality"


class Metric(Struct, frozen=True):
    """A number: its name in the API, its title on the pages, and what it means.

    ``api`` is a call that gives it.
    """

    name: str
    title: str
    unit: Unit
    definition: str
    api: str


METRICS: Final = (
    Metric("loads", "Loads", "count", "Number of sessions.", _ACCOUNT),
    Metric(
        "plays",
        "Plays",
        "count",
        "Number of sessions in which playback began at least once (autoplay is a play).",
        _ACCOUNT,
    ),
    Metric(
        "hours_watched",
        "Hours watched",
        "hours",
        "Sum of watched_seconds / 3600.",
        _ACCOUNT,
    ),
    Metric(
        "visitors",
        "Visitors",
        "count",
        "Distinct visitors with at least one session.",
        _MEDIA,
    ),
    Metric(
        "play_rate",
        "Play rate",
        "share",
        "Distinct visitors with at least one play / visitors.",
        _MEDIA,
    ),
    Metric(
        "engagement",
        "Engagement",
        "share",
        "Mean of percent_viewed over the sessions with a play. "
        "A session without a duration (a live stream) takes no part.",
        _MEDIA,
    ),
    Metric(
        "number_of_videos",
        "Videos",
        "count",
        "Medias in the project now.",
        "/v1/stats/projects/<project>.json",
    ),
    Metric(
        "watched_seconds",
        "Watched",
        "seconds",
        "Media time played, repeats included. Playing at 2x for 30 s of wall time is 60 s of "
        "media time.",
        "/insights/sessions",
    ),
    Metric(
        "percent_viewed",
        "Percent viewed",
        "share",
        "min(1, covered_seconds / duration): distinct media time seen, over the duration that "
        "the session itself carries.",
        _EVENT,
    ),
    Metric(
        "engagement_graph",
        "Engagement graph",
        "count",
        "For every cell of the media, which is a second, or a thousandth of a media of 1001 "
        "seconds and more: its viewers, and its rewatches on top.",
        _GRAPH,
    ),
    Metric(
        "viewers",
        "Viewers",
        "count",
        "Number of sessions that saw the cell at least once.",
        _GRAPH,
    ),
    Metric(
        "rewatches",
        "Rewatches",
        "count",
        "The extra viewings of the cell, which stack on top: sum over sessions of "
        "max(0, times - 1).",
        _GRAPH,
    ),
    Metric("retention", "Retention", "share", "Viewers of the cell / plays.", _GRAPH),
    Metric(
        "drop_off",
        "Drop-off",
        "count",
        "How many viewers fewer saw a moment than the moment one hundredth of the media (at "
        "least one cell) before. The three steepest are shown; of moments that are less than a "
        "twentieth of the media apart only the steepest counts; of equals, the earlier.",
        _MOMENTS,
    ),
    Metric(
        "rewatched",
        "Moment watched again",
        "count",
        "Where the graph's rewatches peak. A moment goes from its peak to both sides for as long "
        "as at least half as many viewings came on top there. The three highest are shown; what "
        "runs into a higher one is its slope and no moment of its own; of equals, the earlier "
        "counts.",
        _MOMENTS,
    ),
    Metric(
        "change",
        "Change",
        "share",
        "The number / the same number over as many days right before, less 1; none when that "
        "was 0.",
        "/insights/summary",
    ),
    Metric(
        "new_visitors",
        "New visitors",
        "count",
        "Visitors of these days who had no session of any media before the first of these days.",
        "/insights/breakdown?by=visitors",
    ),
    Metric(
        "returning_visitors",
        "Returning visitors",
        "count",
        "Visitors of these days who had a session of any media before the first of these days.",
        "/insights/breakdown?by=visitors",
    ),
    Metric(
        "watching",
        "Watching now",
        "count",
        "Number of sessions with a play whose newest beacon arrived within the last 30 seconds. "
        "The tracker reports every 10 seconds while something plays.",
        "/insights/live",
    ),
    Metric(
        "startup",
        "Start-up",
        "ms",
        "From asking for playback to its first moment, as the players measured it, over the "
        "sessions with a play that told it. Of n values in order, the quantile q (0.5 for the "
        "median) stands at place q * (n - 1), counted from 0; between two places it is as far "
        "between their values.",
        _QUALITY,
    ),
    Metric(
        "sessions_stalled",
        "Sessions that stalled",
        "count",
        "Number of sessions with a play in which playback stopped at least once to wait for data.",
        _QUALITY,
    ),
    Metric(
        "stalls",
        "Stalls",
        "count",
        "How often playback stopped to wait for data, over the sessions with a play.",
        _QUALITY,
    ),
    Metric(
        "stalled_seconds",
        "Stalled",
        "seconds",
        "How long playback waited for data, over the sessions with a play.",
        _QUALITY,
    ),
    Metric(
        "stalled_share",
        "Stalled share",
        "share",
        "Stalled seconds / (watched seconds + stalled seconds), over the sessions with a play; "
        "0 when both are 0.",
        _QUALITY,
    ),
    Metric(
        "errors",
        "Errors",
        "count",
        "Number of sessions in which a player told of an error, with a play or without, in all "
        "and for each code.",
        _QUALITY,
    ),
    Metric(
        "impression_count",
        "Shown",
        "count",
        "How often actions of a type were shown: the sum over sessions of what each last reported.",
        _MEDIA,
    ),
    Metric(
        "action_count",
        "Used",
        "count",
        "How often actions of a type were used: the sum over sessions of what each last reported.",
        _MEDIA,
    ),
    Metric(
        "rate",
        "Rate",
        "share",
        "action_count / impression_count, at most 1; 0 when the action was never shown.",
        _MEDIA,
    ),
)
