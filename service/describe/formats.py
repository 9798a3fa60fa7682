"""docs/definitions.md: the words are in formats.md beside this module, the tables are the meta-schemas' own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.definitions.schemas import read_json

Json = dict[str, Any]
WORDS = Path(__file__).with_name("formats.md")


def build(schemas: Path) -> str:
    """The document, for a folder with the two meta-schemas."""
    text = WORDS.read_text("utf-8")
    for mark, name in (("{{ definition }}", "node-definition.schema.json"), ("{{ api }}", "api.schema.json")):
        rows = "\n".join(_rows(read_json(schemas / name), ""))
        text = text.replace(mark, f"| member | what it is |\n|---|---|\n{rows}")
    return text


def _rows(schema: Json, above: str) -> Iterator[str]:
    """A row a member, members of objects and of lists' items below their own."""
    for name, member in schema.get("properties", {}).items():
        path = f"{above}{name}"
        required = "" if name in schema.get("required", ()) else " (optional)"
        values = f" One of {', '.join(f'`{value}`' for value in member['enum'])}." if "enum" in member else ""
        yield f"| `{path}`{required} | {member.get('description', '').replace('<', '&lt;')}{values} |"
        yield from _rows(member, f"{path}.")
        for part, inside in (("<field>", "additionalProperties"), ("[]", "items")):
            if isinstance(member.get(inside), dict):
                yield from _rows(member[inside], f"{path}{'.' if part != '[]' else ''}{part}.")
