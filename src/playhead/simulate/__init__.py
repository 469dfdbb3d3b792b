"""A believable audience, for demos, trials and load."""

from playhead.simulate.audience import (
    DEFAULT_MEDIAS,
    SimulatedMedia,
    SimulatedSession,
    audience,
)
from playhead.simulate.send import SendError, SendReport, send_audience

__all__ = [
    "DEFAULT_MEDIAS",
    "SendError",
    "SendReport",
    "SimulatedMedia",
    "SimulatedSession",
    "audience",
    "send_audience",
]
