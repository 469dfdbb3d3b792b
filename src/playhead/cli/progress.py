"""The progress bar of work on many sessions."""

from collections.abc import Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from playhead.migrating import Migrated
from playhead.transfer import Exported, Imported, Step

Done = TypeVar("Done", Exported, Imported, Migrated)


def session_progress(*, quiet: bool) -> Progress:
    """Bars on standard error, each of sessions or another unit; none when ``quiet``."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )


def show_steps(steps: Iterator[Step | Done], *, quiet: bool) -> Done:
    """Show how far some work is until it is done; what it ends with."""
    tasks: dict[str, TaskID] = {}
    with session_progress(quiet=quiet) as progress:
        for step in steps:
            if not isinstance(step, Step):
                return step
            if step.what not in tasks:
                tasks[step.what] = progress.add_task(step.what, total=None, unit=step.unit)
            progress.update(tasks[step.what], completed=step.done, total=step.total)
    raise AssertionError("the work has no end")
