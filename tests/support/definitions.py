"""The definitions of this service, read once a test process: nothing changes them."""

from functools import cache
from pathlib import Path

from service import definitions
from service.config import Settings
from service.definitions import Definitions


def built_in() -> Definitions:
    """Return the definitions that the service comes with."""
    known = Settings()
    return load(known.definitions_dir, known.schemas_dir)


@cache
def load(folder: Path, schemas: Path) -> Definitions:
    """Read the definitions of a folder. Raises DefinitionError."""
    return definitions.load(folder, schemas)
