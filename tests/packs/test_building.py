"""What is committed below packs/ is what the definitions make."""

from pathlib import Path

import pytest

from service.definitions import Definitions
from service.packs import building
from tests.support.definitions import built_in


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    """The definitions that are shipped."""
    return built_in()


@pytest.mark.parametrize("name", sorted(building.builders()))
def test_the_committed_pack_is_what_the_definitions_make(name: str, definitions: Definitions) -> None:
    differing = building.stale(building.FOLDER / name, building.builders()[name](definitions))
    assert differing == [], "run `python -m service packs build` and commit packs/"


def test_building_writes_what_is_lacking_and_removes_what_has_no_definition_any_more(tmp_path: Path) -> None:
    files = {"index.js": b"new", "creates/one.json": b"{}"}
    for name in ("index.js", "creates/gone.json", "node_modules/kept.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"old")
    assert building.stale(tmp_path, files) == ["creates/gone.json", "creates/one.json", "index.js"]
    building.write(tmp_path, files)
    assert building.stale(tmp_path, files) == []
    assert (tmp_path / "node_modules/kept.js").exists()
