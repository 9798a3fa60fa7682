"""The rooms of the code: what is particular to one API stands in its folder and its definitions, nowhere below."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.config import load as settings
from service.definitions import load

SERVICE = Path(__file__).parent.parent / "service"
# The floors above `apis/`, and `apis/` itself.
ABOVE = ("apis", "operations", "web", "processes", "maintenance", "cli", "demo.py", "bundle")
BELOW = sorted(path for path in SERVICE.rglob("*.py") if path.relative_to(SERVICE).parts[0] not in ABOVE)


def words_of(path: Path) -> Iterator[str]:
    """Every name and text of a module's code but its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in told:
                yield text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


# OpenAI is a provider, too.
@pytest.mark.parametrize("api", ["flokan", "flixly", "generor"])
def test_no_room_below_the_apis_knows_one_of_them_by_name(api: str) -> None:
    known = settings({})
    assert api in load(known.definitions_dir, known.schemas_dir).apis
    named = re.compile(api, re.IGNORECASE)
    code = [path for path in BELOW if "migrations" not in path.parts]
    assert [path.name for path in code if any(named.search(word) for word in words_of(path))] == []
