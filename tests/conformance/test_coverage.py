"""Every row of the three documents has its test. `rows.json` quotes the rows: the documents lie elsewhere."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from service.config import ROOT
from tests.conformance.conftest import COVERAGE, ROWS
from tests.support.definitions import built_in

DOCUMENTS = ("flokan", "flixly", "generor")
Row = tuple[str, str, str]


def row_of(entry: dict[str, str]) -> Row:
    return entry["document"], entry["section"], entry["row"]


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of a module's tests."""
    statements = ast.parse(path.read_text()).body
    return frozenset(one.name for one in statements if isinstance(one, ast.FunctionDef) and one.name[:5] == "test_")


def test_rows_are_quoted_once_and_of_the_three_documents() -> None:
    twice = [row for row, times in Counter(map(row_of, ROWS)).items() if times > 1]

    assert twice == []
    assert {row["document"] for row in ROWS} == set(DOCUMENTS)
    assert all(set(row) == {"document", "section", "row"} and row["row"] for row in ROWS)


def test_every_row_has_a_test_and_every_entry_is_of_a_row() -> None:
    assert {row_of(entry) for entry in COVERAGE} == set(map(row_of, ROWS))


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for named in sorted({entry["test"] for entry in COVERAGE}):
        path, _, name = named.partition("::")
        if not (ROOT / path).is_file() or name not in names_in(ROOT / path):
            missing.append(named)

    assert missing == []


@pytest.mark.parametrize("name", sorted(path.name for path in Path(__file__).parent.glob("test_*.py")))
def test_every_test_here_covers_a_row(name: str) -> None:
    named = {entry["test"] for entry in COVERAGE}
    covering = {test.partition("::")[2] for test in named if f"/conformance/{name}::" in test}

    assert name == Path(__file__).name or covering == names_in(Path(__file__).parent / name)


@pytest.mark.parametrize("api", ["flokan", "generor"])
def test_every_operation_of_a_documents_api_is_a_row(api: str) -> None:
    actions = [one for one in built_in().actions.values() if one.api.name == api]
    rows = {row["row"].removesuffix(" AUTH").replace(":generationId", "{generation_id}") for row in ROWS}

    assert actions
    for action in actions:
        if not action.documented:
            continue
        assert f"{action.method} {action.path.removeprefix(action.api.base_path)}" in rows


def test_flixlys_generate_is_where_the_document_has_it() -> None:
    generate = built_in().actions["flixly.media.generate"]

    assert ("flixly", "Quick Start", generate.path) in set(map(row_of, ROWS))
    assert generate.method == "POST"
