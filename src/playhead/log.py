"""Structured logs: one line an event, with fields rather than prose."""

import logging
import sys

import structlog


def configure_logging(level: str = "info", form: str = "json") -> None:
    """Send every log line, ours and the libraries', to standard error in one shape.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        form: ``json`` for one JSON object a line, ``text`` for people.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, render],
        wrapper_class=structlog.make_filtering_bound_logger(level.upper()),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries speak up only when something is wrong.
    root.setLevel(logging.WARNING)


def get_logger(room: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry the room's name (``collect``, ``drain``, ...)."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(room=room)
    return logger
