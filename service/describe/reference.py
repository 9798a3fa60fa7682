"""The reference page's matter: every operation with its fields, answers and examples, from the definitions alone."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from service.definitions import Action, Definitions
from service.describe import form
from service.errors import ServiceError

Json = dict[str, Any]


def build(definitions: Definitions, url: str) -> list[Json]:
    """One section an API: its title, words, key, and its operations by resource."""
    return [
        {
            "name": api.name,
            "title": api.title,
            "description": api.description,
            "key": f"{api.auth['key_prefix']}…",
            "operations": [
                _operation(action, url) for action in definitions.actions.values() if action.api.name == api.name
            ],
        }
        for api in definitions.apis.values()
    ]


def problems() -> list[Json]:
    """Every kind of problem that `/v1` tells of, by the last part of its `type`, in the order of their statuses."""
    known = {kind.code: kind for kind in reversed([*_below(ServiceError)])}
    return [
        {
            "name": kind.code.replace("_", "-"),
            "title": kind.title,
            "status": kind.status,
            "meaning": inspect.getdoc(kind),
            "again": not kind.permanent,
        }
        for kind in sorted(known.values(), key=lambda kind: (kind.status, kind.code))
    ]


def _below(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for direct in kind.__subclasses__():
        yield direct
        yield from _below(direct)


def _operation(action: Action, url: str) -> Json:
    example = action.examples[0]
    return {
        "id": action.id,
        "title": action.title,
        "description": action.description,
        "kind": action.kind,
        "method": action.method,
        "path": action.path,
        "scope": action.scope if action.auth_required else "none",
        "fields": [_field(action, name, form.schema_of(action, name)) for name in form.ordered(action)],
        "errors": action.errors,
        "curl": _curl(action, example["input"], url),
        "output": _pretty(example["output"]),
    }


def _field(action: Action, name: str, schema: Mapping[str, Any]) -> Json:
    return {
        "name": name,
        "place": action.placement.get(name, "body"),
        "required": form.is_required(action, name),
        "type": _type(schema),
        "description": schema.get("description", ""),
        "limits": _limits(schema),
    }


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _limits(schema: Mapping[str, Any]) -> str:
    """Return what a value may be, in words."""
    said = []
    if "enum" in schema:
        said.append("one of " + ", ".join(str(value) for value in schema["enum"]))
    for low, high, what in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ):
        if low in schema or high in schema:
            said.append(f"{schema.get(low, 'any')} to {schema.get(high, 'any')}{what}")
    if "default" in schema:
        said.append(f"default {orjson.dumps(schema['default']).decode()}")
    return "; ".join(said)


def _curl(action: Action, values: Json, url: str) -> str:
    """The automation action's call, which is the same for every operation."""
    body = orjson.dumps({"input": values}).decode().replace("'", "'\\''")
    key = f"{action.api.auth['key_prefix']}YOUR_KEY"
    return (
        f'curl -s "{url}/v1/actions/{action.id}?wait=20" \\\n'
        f'  -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\\n'
        f"  -d '{body}'"
    )


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
