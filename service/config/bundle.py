"""The files that are not code: beside `service` in a checkout, inside it (`service/bundle`) once installed."""

from importlib.resources import files
from pathlib import Path

PACKAGE = Path(str(files("service")))
# The folder that `service` is imported from.
ROOT = PACKAGE.parent
BUNDLE = PACKAGE / "bundle"
INSTALLED = BUNDLE.is_dir()


_HOME = BUNDLE if INSTALLED else ROOT
DEFINITIONS = _HOME / "node_definitions"
SCHEMAS = _HOME / "schemas"
# The packs' sources in a checkout, their archives once installed.
PACKS = _HOME / "packs"
