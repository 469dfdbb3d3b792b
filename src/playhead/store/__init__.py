"""The store: the one place that speaks ClickHouse SQL.

The engine is ClickHouse in this process (chDB) or a server, behind one client, so that there is
one SQL and no second dialect (design.md, "One SQL, two engines").
"""

from playhead.store.analytics import (
    ActionTypes,
    Analytics,
    Conversion,
    Dimension,
    Location,
    LocationOrder,
    Source,
    SourceOrder,
    Viewing,
)
from playhead.store.client import Store, StoreInUseError, StoreUnavailableError
from playhead.store.fragments import SessionKey
from playhead.store.insights import Dividing, Insights, Numbers, RowOrder
from playhead.store.intervals import Interval
from playhead.store.people import (
    People,
    SessionDetails,
    SessionFilter,
    VisitorFilter,
    VisitorKey,
    VisitorPart,
    WholeSession,
)
from playhead.store.queries import (
    ActionTotals,
    DayTotals,
    GraphCells,
    GraphChange,
    MediaTotals,
    MediaViewing,
    Questions,
    Totals,
)
from playhead.store.segments import Segment, Trait
from playhead.store.sessions import Sessions
from playhead.store.spans import Span
from playhead.store.watching import ErrorTotals, Heard, QualityTotals, Watching

__all__ = [
    "ActionTotals",
    "ActionTypes",
    "Analytics",
    "Conversion",
    "DayTotals",
    "Dimension",
    "Dividing",
    "ErrorTotals",
    "GraphCells",
    "GraphChange",
    "Heard",
    "Insights",
    "Interval",
    "Location",
    "LocationOrder",
    "MediaTotals",
    "MediaViewing",
    "Numbers",
    "People",
    "QualityTotals",
    "Questions",
    "RowOrder",
    "Segment",
    "SessionDetails",
    "SessionFilter",
    "SessionKey",
    "Sessions",
    "Source",
    "SourceOrder",
    "Span",
    "Store",
    "StoreInUseError",
    "StoreUnavailableError",
    "Totals",
    "Trait",
    "Viewing",
    "VisitorFilter",
    "VisitorKey",
    "VisitorPart",
    "Watching",
    "WholeSession",
]
