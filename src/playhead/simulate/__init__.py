"""A believable audience, for demos, trials and load."""

from playhead.simulate.audience import (
    DEFAULT_MEDIAS,
    SimulatedMedia,
    SimulatedSession,
    audience,
)
from playhead.simulate.live import watch_live
from playhead.simulate.send import SendError, SendReport, send_audience, send_history

__all__ = [
    "DEFAULT_MEDIAS",
    "SendError",
    "SendReport",
    "SimulatedMedia",
    "SimulatedSession",
    "audience",
    "send_audience",
    "send_history",
    "watch_live",
]
