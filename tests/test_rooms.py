"""The rooms of the code: what is particular to one API stands in its folder and its definitions, nowhere below."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from service.config import load as settings

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


def test_no_room_below_the_apis_knows_one_of_them_by_name() -> None:
    # OpenAI is a provider, too.
    apis = {folder.name for folder in settings({}).definitions_dir.iterdir() if folder.is_dir()} - {"openai"}
    assert len(apis) >= 3
    named = re.compile("|".join(sorted(apis)), re.IGNORECASE)
    code = [path for path in BELOW if "migrations" not in path.parts and named.search(path.read_text("utf-8"))]
    assert [path.name for path in code if any(named.search(word) for word in words_of(path))] == []
