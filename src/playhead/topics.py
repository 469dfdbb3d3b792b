"""The topics of the spool."""

from enum import StrEnum


class Topic(StrEnum):
    """What a line of the spool is: see playhead/rows.py for each."""

    SESSIONS = "sessions"
    BOTS = "bots"
    MEDIAS = "medias"
