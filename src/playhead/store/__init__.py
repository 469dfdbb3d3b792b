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
from playhead.store.cells import MOST_CELLS, GraphCells, GraphChange
from playhead.store.changes import Changes
from playhead.store.client import Store
from playhead.store.columns import COLUMN_NAMES, SESSION_COLUMNS
from playhead.store.damage import PutAside, put_aside, waiting_to_be_put_aside
from playhead.store.details import SessionDetails, WholeSession
from playhead.store.erasing import Doomed, Erasing
from playhead.store.errors import (
    QuestionTooHeavyError,
    RowsRefusedError,
    StoreInUseError,
    StoreNewerError,
    StoreUnavailableError,
)
from playhead.store.expiring import Expiring
from playhead.store.fragments import SessionKey
from playhead.store.insights import Dividing, Insights, Numbers, RowOrder
from playhead.store.intervals import Interval
from playhead.store.moving import Digest, Moving, Piece
from playhead.store.people import (
    People,
    SessionFilter,
    VisitorFilter,
    VisitorKey,
)
from playhead.store.queries import (
    NO_TOTALS,
    ActionTotals,
    MediaTotals,
    MediaViewing,
    PlainQuestions,
    Totals,
)
from playhead.store.questions import Questions
from playhead.store.rollups import ROLLED_DAYS, Rollups, Settled
from playhead.store.segments import Segment, Trait
from playhead.store.sessions import Batch, Late, Sessions
from playhead.store.settling import Found, Rolled, Settling, SettlingStore
from playhead.store.spans import Span
from playhead.store.transfer import FileFormat, Incoming, Slice, Transfer, explained
from playhead.store.visitors import VisitorPart, Visitors
from playhead.store.watching import ErrorTotals, Heard, QualityTotals, Watching

__all__ = [
    "COLUMN_NAMES",
    "MOST_CELLS",
    "NO_TOTALS",
    "ROLLED_DAYS",
    "SESSION_COLUMNS",
    "ActionTotals",
    "ActionTypes",
    "Analytics",
    "Batch",
    "Changes",
    "Conversion",
    "Digest",
    "Dimension",
    "Dividing",
    "Doomed",
    "Erasing",
    "ErrorTotals",
    "Expiring",
    "FileFormat",
    "Found",
    "GraphCells",
    "GraphChange",
    "Heard",
    "Incoming",
    "Insights",
    "Interval",
    "Late",
    "Location",
    "LocationOrder",
    "MediaTotals",
    "MediaViewing",
    "Moving",
    "Numbers",
    "People",
    "Piece",
    "PlainQuestions",
    "PutAside",
    "QualityTotals",
    "QuestionTooHeavyError",
    "Questions",
    "Rolled",
    "Rollups",
    "RowOrder",
    "RowsRefusedError",
    "Segment",
    "SessionDetails",
    "SessionFilter",
    "SessionKey",
    "Sessions",
    "Settled",
    "Settling",
    "SettlingStore",
    "Slice",
    "Source",
    "SourceOrder",
    "Span",
    "Store",
    "StoreInUseError",
    "StoreNewerError",
    "StoreUnavailableError",
    "Totals",
    "Trait",
    "Transfer",
    "Viewing",
    "VisitorFilter",
    "VisitorKey",
    "VisitorPart",
    "Visitors",
    "Watching",
    "WholeSession",
    "explained",
    "put_aside",
    "waiting_to_be_put_aside",
]
