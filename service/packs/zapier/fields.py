"""An action's inputs as Zapier's input fields, and what index.js needs to read them back.

Zapier hands texts over: `shape` is the part of the input schema that says what each of them is. See the schemas
of zapier-platform-schema 19.1.0.
"""

from collections.abc import Mapping
from typing import Any

from service.definitions import Action
from service.describe import form

Json = dict[str, Any]
LONGEST_HELP = 1000
# What the submission adds to the action's own input.
OWN = ("run_connection", "run_max_credits", "run_deduplication_key")
# Fields that few fill in stand together, after the others.
ADVANCED = "advanced"
ANY_FILE = "A file of an earlier step, or its URL."
WIDGETS = {"textarea": "text", "password": "password", "code": "code"}
FORMATS = {"date-time": "datetime"}


def static_fields(action: Action) -> list[Json]:
    """The fields that are always shown."""
    return [
        field(action, name)
        for name in form.asked(action)
        if not {"show_when", "schema_from"} & form.settings(action, name).keys()
    ]


def conditional_fields(action: Action) -> list[Json]:
    """The fields that hang on another's value: `{"when": {"field", "in"}, "field": {…}}`."""
    return [
        {"when": dict(form.settings(action, name)["show_when"]), "field": field(action, name)}
        for name in form.asked(action)
        if "show_when" in form.settings(action, name)
    ]


def schema_fields(action: Action) -> list[str]:
    """The inputs whose own fields are found out while the step is set up."""
    return [name for name in form.asked(action) if "schema_from" in form.settings(action, name)]


def field(action: Action, name: str) -> Json:
    """One input as a field."""
    schema, hint = action.input_schema["properties"][name], form.settings(action, name)
    made: Json = {"key": name, "label": form.label(action, name)}
    description = schema.get("description") or hint.get("help")
    if hint.get("media"):
        description = f"{description or ''} {ANY_FILE}".strip()
    if description:
        made["helpText"] = description[:LONGEST_HELP]
    made["required"] = name in action.input_schema.get("required", ())
    made |= _control(action, name, schema, hint)
    if hint.get("placeholder") and "children" not in made:
        made["placeholder"] = str(hint["placeholder"])
    default = schema.get("default")
    if default not in (None, "") and not isinstance(default, list | dict):
        made["default"] = str(default).lower() if isinstance(default, bool) else str(default)
    if name in _looked_at(action):
        made["altersDynamicFields"] = True
    if hint.get("advanced") and not made["required"]:
        made["group"] = ADVANCED
    return made


def options_trigger(action: Action, name: str) -> str:
    """The key of the hidden trigger that lists a field's options."""
    return f"options_{action.id.replace('.', '_').replace('-', '_')}_{name}"


def shape(schema: Mapping[str, Any], face: str | None = None) -> Json:
    """Return what is left of a schema when only types matter; of several types that of `face`, else the first."""
    kinds = _kinds(schema)
    kind = face if face in kinds else "object" if face == "json" and "object" in kinds else kinds[0]
    if kind == "array":
        return {"type": "array", "items": shape(schema.get("items", {}))}
    if kind != "object":
        return {"type": kind}
    properties = {name: shape(part) for name, part in schema.get("properties", {}).items()}
    if properties:
        return {"type": "object", "properties": properties}
    inner = schema.get("additionalProperties")
    return {"type": "object", "values": shape(inner)} if isinstance(inner, Mapping) else {"type": "object"}


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type")
    if kinds is None:
        choices = schema.get("enum", ("",))
        kinds = "integer" if all(type(choice) is int for choice in choices) else "string"
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    return [kind for kind in kinds if kind != "null"]


def _control(action: Action, name: str, schema: Mapping[str, Any], hint: Mapping[str, Any]) -> Json:
    known = shape(schema, hint.get("as"))
    kind = known["type"]
    if hint.get("as") == "json":
        return _json_field(schema)
    if "options" in hint:
        return {"type": _scalar(kind, hint, schema), "dynamic": f"{options_trigger(action, name)}.id.label"}
    if kind == "array":
        return _list(schema, known["items"])
    if kind == "object":
        return {"dict": True} if "values" in known else _json_field(schema)
    if schema.get("enum"):
        return {"type": "string", "choices": _choices(schema)}
    return {"type": _scalar(kind, hint, schema)}


def _list(schema: Mapping[str, Any], item: Mapping[str, Any]) -> Json:
    inner = schema.get("items", {})
    if item["type"] in ("array", "object"):
        flat = all(part["type"] not in ("array", "object") for part in item.get("properties", {}).values())
        return {"children": _children(inner)} if flat and item.get("properties") else _json_field(schema)
    if inner.get("enum"):
        return {"type": "string", "list": True, "choices": _choices(inner)}
    return {"type": item["type"], "list": True}


def _children(schema: Mapping[str, Any]) -> list[Json]:
    required = schema.get("required", ())
    children = []
    for name, part in schema["properties"].items():
        control = {"choices": _choices(part)} if part.get("enum") else {"type": shape(part)["type"]}
        children.append(
            {"key": name, "label": form.titled(name.replace("_", " ")), "required": name in required, **control}
        )
    return children


def _scalar(kind: str, hint: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if hint.get("media"):
        return "file"
    if kind != "string":
        return kind
    return WIDGETS.get(hint.get("widget", "")) or FORMATS.get(schema.get("format", "")) or "string"


def _json_field(schema: Mapping[str, Any]) -> Json:
    """A field of JSON; its schema as Zapier's validator takes it: no draft, an object or array at its root."""
    kept = {name: part for name, part in schema.items() if not name.startswith("$")}
    return {"type": "json", "schema": {**kept, "type": shape(schema, "json")["type"]}}


def _choices(schema: Mapping[str, Any]) -> list[Json]:
    """Options in order; Zapier takes texts only."""
    return [{"value": str(value), "sample": str(value), "label": label} for value, label in form.choices(schema)]


def _looked_at(action: Action) -> set[str]:
    """The fields that another one's appearance or fields hang on."""
    found = set()
    for hint in action.ui.get("fields", {}).values():
        if "show_when" in hint:
            found.add(hint["show_when"]["field"])
        if "schema_from" in hint:
            found |= set(form.hangs_on({"schema_from": hint["schema_from"]}))
    return found
