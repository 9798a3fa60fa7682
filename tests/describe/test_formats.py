"""docs/definitions.md is what the meta-schemas say today."""

from pathlib import Path

from service.config import Settings
from service.describe.formats import build

DOCUMENT = Path(__file__).parents[2] / "docs" / "definitions.md"


def test_the_document_is_not_stale() -> None:
    stale = "run: python -m service docs definitions --output docs/definitions.md"
    assert DOCUMENT.read_text("utf-8") == build(Settings().schemas_dir), stale
