"""Values as TypeScript source: one exported constant a module, keys bare where they may be."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

BARE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
HEADER = "// Made from the definitions by `python -m service packs build`; changes belong there.\n"
# n8n's linter wants options in the order of the alphabet from this many on. Where the definition's order means
# something they are named constants, which it leaves in theirs.
SORTED_FROM = 5
LOCAL_TYPES = {"Action": "../types"}
Json = dict[str, Any]


def constant(name: str, kind: str, value: Any, imports: Sequence[str] = ()) -> str:
    """A module that exports one constant."""
    lines = [f"import type {{ {item} }} from '{LOCAL_TYPES.get(item, 'n8n-workflow')}';\n" for item in imports]
    return HEADER + "".join(lines) + f"\nexport const {name}: {kind} = {literal(value)};\n"


def properties(listed: Sequence[Json]) -> str:
    """The module of the node's properties."""
    named: dict[str, str] = {}
    body = literal([_with_named_options(shown, named) for shown in listed])
    lists = "".join(f"\nconst {name}: INodePropertyOptions[] = {text};\n" for text, name in named.items())
    kinds = "INodeProperties, INodePropertyOptions" if named else "INodeProperties"
    head = f"{HEADER}import type {{ {kinds} }} from 'n8n-workflow';\n"
    return f"{head}{lists}\nexport const properties: INodeProperties[] = {body};\n"


class Name(str):
    """A constant's name, written without quotes."""


def _with_named_options(shown: Json, named: dict[str, str]) -> Json:
    options = shown.get("options")
    if not options or shown["type"] == "fixedCollection":
        return shown
    if shown["type"] == "collection":
        return {**shown, "options": [_with_named_options(inner, named) for inner in options]}
    labels = [option["name"] for option in options]
    if shown["name"] in ("resource", "operation") or len(options) < SORTED_FROM or labels == sorted(labels):
        return shown
    name = named.setdefault(literal(options), f"options{len(named) + 1}")
    return {**shown, "options": Name(name)}


def literal(value: Any, depth: int = 0) -> str:
    """A value as TypeScript, indented by tabs."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, Mapping) and value:
        inner = [f"{_key(key)}: {literal(part, depth + 1)}" for key, part in value.items()]
        return _block("{", inner, "}", depth)
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return _block("[", [literal(part, depth + 1) for part in value], "]", depth)
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value, ensure_ascii=False)


def _block(opening: str, parts: Sequence[str], closing: str, depth: int) -> str:
    line = f"{opening}{', '.join(parts)}{closing}" if opening == "[" else f"{opening} {', '.join(parts)} {closing}"
    if len(line) + 2 * depth < 80 and "\n" not in line:
        return line
    tabs = "\t" * (depth + 1)
    return f"{opening}\n" + "".join(f"{tabs}{part},\n" for part in parts) + "\t" * depth + closing


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    if "'" in text:
        return quoted
    return "'" + quoted[1:-1].replace('\\"', '"') + "'"
