"""Transfer: accounts with all their sessions, out to a folder of files and in from one.

docs/export.md describes the files to those who read or write them.
"""

from playhead.transfer.exporting import Export, Exported
from playhead.transfer.importing import Import, Imported
from playhead.transfer.manifest import TransferError
from playhead.transfer.steps import Step, open_store

__all__ = ["Export", "Exported", "Import", "Imported", "Step", "TransferError", "open_store"]
