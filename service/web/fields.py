"""`POST /v1/actions/<id>/fields`: a field's options, or its schema, resolved on the server for every face.

A definition's `ui.fields` says where they come from: another action, asked as this caller. `$slug` in its input is
what is filled in at `slug`; `$slug/type` is the attribute `type` of the option chosen there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from service.accounts.keys import Caller
from service.definitions import Action
from service.definitions.links import find
from service.describe import form
from service.errors import Problem, ValidationError, below, pointer
from service.operations.call import call
from service.operations.service import Service

# Parameters that no list of options bounds, as schemas.
FREE = {"text": {"type": "string"}, "url": {"type": "string", "format": "uri"}, "boolean": {"type": "boolean"}}
PAGE = 100
Option = dict[str, Any]


class _Unfilled(Exception):
    """A field that this one hangs on is not filled in yet, or with what has nothing to choose from."""


def resolve(service: Service, action: Action, body: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """`{"options": […], "next_cursor"}` or `{"schema": …}`. Raises ValidationError at /field."""
    field, filled = str(body["field"]), body["input"]
    known = action.input_schema.get("properties", {})
    if field not in known:
        raise ValidationError.at("/field", f"{action.id} has no field {field}; it has {', '.join(known)}")
    if unknown := [name for name in filled if name not in known]:
        words = f"is not known here; known are {', '.join(known)}"
        raise ValidationError(
            f"{unknown[0]} {words}", errors=[Problem(pointer("input", name), words) for name in unknown]
        )
    source = action.ui.get("fields", {}).get(field, {})
    with below("/input"):
        if "schema_from" in source:
            return {"schema": _schema(service, action, source["schema_from"], filled, caller)}
        options = _options(service, action, field, filled, caller)
    if options is None:
        raise ValidationError.at("/field", f"{field} takes any value that fits its schema: it has no options")
    return _page(options, str(body.get("search") or ""), body.get("cursor"))


def _options(
    service: Service, action: Action, field: str, filled: Mapping[str, Any], caller: Caller
) -> list[Option] | None:
    """List what may be chosen: nothing yet where that hangs on an empty field; None where anything may be."""
    source = action.ui.get("fields", {}).get(field, {})
    if "options" in source:
        place = source["options"]
        try:
            records = _records(service, action, place, filled, caller)
        except _Unfilled:
            return []
        offered = [(_at(record, place["value"]), record) for record in records]
        return [_option(value, _at(record, place["label"]), record) for value, record in offered if value is not None]
    schema = action.input_schema["properties"][field]
    chosen = schema if "enum" in schema else schema.get("items", {})
    return [{"value": value, "label": label} for value, label in form.choices(chosen)] if "enum" in chosen else None


def _option(value: Any, label: Any, record: Any) -> Option:
    """One option; what the operator added is marked, and named with its server: two may have a model of one name."""
    if not isinstance(record, Mapping) or record.get("added") is not True:
        return {"value": value, "label": str(label)}
    told = f"added, {record['provider']}" if isinstance(record.get("provider"), str) else "added"
    return {"value": value, "label": f"{label} ({told})", "added": True}


def _schema(
    service: Service, action: Action, place: Mapping[str, Any], filled: Mapping[str, Any], caller: Caller
) -> dict[str, Any]:
    """A JSON Schema of an object, one property a parameter of what was found: none where it hangs on an empty field."""
    try:
        parameters = _at(_ask(service, action, place, filled, caller), place["at"])
    except _Unfilled:
        parameters = []
    return {"type": "object", "properties": {parameter["id"]: _property(parameter) for parameter in parameters}}


def _property(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """One generator parameter as a schema. Source: generor-api, Generator Parameters."""
    shown: dict[str, Any] = {"title": parameter.get("label") or parameter["id"]}
    if parameter["type"] == "number":
        shown |= {"type": "number", "minimum": parameter["min"], "maximum": parameter["max"]}
        shown = {name: value for name, value in shown.items() if value is not None}
    elif parameter["type"] in FREE:
        shown |= FREE[parameter["type"]]
    else:
        shown |= {"type": "string", "enum": [option["value"] for option in parameter["options"]]}
        shown["x-labels"] = [option["label"] for option in parameter["options"]]
    if parameter.get("default") is not None:
        shown["default"] = parameter["default"]
    return shown


def _records(
    service: Service, action: Action, place: Mapping[str, Any], filled: Mapping[str, Any], caller: Caller
) -> Sequence[Mapping[str, Any]]:
    wanted = {at: _substituted(service, action, value, filled, caller) for at, value in place.get("where", {}).items()}
    output = _ask(service, action, place, filled, caller)
    if "at" in place:
        records = find(output, f"{place['at']}/*")
        kept = [one for one in records if all(_at(one, at) == value for at, value in wanted.items())]
        return [item for one in kept for item in find(one, f"{place['each']}/*")] if "each" in place else kept
    if isinstance(output, Mapping) and isinstance(output.get("data"), list):
        output = output["data"]
    return output if isinstance(output, list) else []


def _ask(service: Service, action: Action, place: Mapping[str, Any], filled: Mapping[str, Any], caller: Caller) -> Any:
    target = service.context.definitions.action(place["action"])
    values = {
        name: _substituted(service, action, value, filled, caller) for name, value in place.get("input", {}).items()
    }
    try:
        wanted = target.validate(values, unknown="refuse")
    except ValidationError as error:
        if all(_is_derived(place, problem.pointer) for problem in error.errors):
            # Nobody filled that in: what was chosen is of a kind that the other action has nothing for.
            raise _Unfilled from None
        raise
    return call(service, target, wanted, caller)


def _is_derived(place: Mapping[str, Any], at: str) -> bool:
    value = place.get("input", {}).get(at.removeprefix("/"))
    return isinstance(value, str) and value.startswith("$") and "/" in value


def _substituted(service: Service, action: Action, value: Any, filled: Mapping[str, Any], caller: Caller) -> Any:
    if not (isinstance(value, str) and value.startswith("$")):
        return value
    field, _, attribute = value[1:].partition("/")
    if filled.get(field) in (None, ""):
        raise _Unfilled
    if not attribute:
        return filled[field]
    place = action.ui["fields"][field]["options"]
    for record in _records(service, action, place, filled, caller):
        if _at(record, place["value"]) == filled[field]:
            return _at(record, f"/{attribute}")
    raise _Unfilled


def _page(options: list[Option], search: str, cursor: str | None) -> dict[str, Any]:
    wanted = search.casefold()
    found = [option for option in options if wanted in f"{option['label']}\n{option['value']}".casefold()]
    if cursor is not None and not (cursor.isascii() and cursor.isdigit()):
        raise ValidationError.at("/cursor", "must be the next_cursor of the page before")
    start = int(cursor or 0)
    following = start + PAGE
    return {
        "options": found[start:following],
        "next_cursor": str(following) if following < len(found) else None,
    }


def _at(value: Any, pointer: str) -> Any:
    """Find what a JSON pointer points at, None where there is nothing."""
    for part in pointer.split("/")[1:]:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
