"""An action's inputs as Zapier's input fields, and what index.js needs to read them back.

Zapier hands texts over: `shape` is the part of the input schema that says what each of them is.
Source: the schemas of zapier-platform-schema 19.1.0; contract, section 1.
"""

from collections.abc import Mapping
from typing import Any

from service.definitions import Action

Json = dict[str, Any]
LONGEST_HELP = 1000
# What the submission adds to the action's own input.
OWN = ("run_connection", "run_max_credits", "run_deduplication_key")
# Fields that few fill in stand together, after the others.
ADVANCED = "advanced"
ANY_FILE = "A file of an earlier step, or its URL."
WIDGETS = {"textarea": "text", "password": "password", "code": "code"}
FORMATS = {"date-time": "datetime"}
SMALL_WORDS = frozenset({"a", "an", "and", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"})


def titled(text: str) -> str:
    """A text as a title: «get a creation's status» as «Get a Creation's Status»."""
    words = text.replace("_", " ").split()
    return " ".join(word if n and word in SMALL_WORDS else word[:1].upper() + word[1:] for n, word in enumerate(words))


def asked(action: Action) -> list[str]:
    """The inputs that are asked for, in order: all but the one that asks for a streamed answer."""
    order = [*action.ui.get("order", ()), *action.input_schema.get("properties", {})]
    streamed = None if action.stream is None else action.stream.field
    return [name for name in dict.fromkeys(order) if name != streamed]


def static_fields(action: Action) -> list[Json]:
    """The fields that are always shown."""
    return [
        field(action, name) for name in asked(action) if not {"show_when", "schema_from"} & hints(action, name).keys()
    ]


def conditional_fields(action: Action) -> list[Json]:
    """The fields that hang on another's value: `{"when": {"field", "in"}, "field": {…}}`."""
    return [
        {"when": dict(hints(action, name)["show_when"]), "field": field(action, name)}
        for name in asked(action)
        if "show_when" in hints(action, name)
    ]


def schema_fields(action: Action) -> list[str]:
    """The inputs whose own fields are found out while the step is set up."""
    return [name for name in asked(action) if "schema_from" in hints(action, name)]


def field(action: Action, name: str) -> Json:
    """One input as a field."""
    schema, hint = action.input_schema["properties"][name], hints(action, name)
    made: Json = {"key": name, "label": hint.get("label") or titled(name)}
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


def hints(action: Action, name: str) -> Mapping[str, Any]:
    """What the definition says about showing an input."""
    found: Mapping[str, Any] = action.ui.get("fields", {}).get(name, {})
    return found


def options_trigger(action: Action, name: str) -> str:
    """The key of the hidden trigger that lists a field's options."""
    return f"options_{action.id.replace('.', '_')}_{name}"


def shape(schema: Mapping[str, Any], face: str | None = None) -> Json:
    """What is left of a schema when only types matter; of several types that of `face`, else the first."""
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
    choices = schema.get("enum")
    if choices:
        return {"type": "string", "choices": _choices(choices, schema.get("x-labels", ()))}
    return {"type": _scalar(kind, hint, schema)}


def _list(schema: Mapping[str, Any], item: Mapping[str, Any]) -> Json:
    inner = schema.get("items", {})
    if item["type"] in ("array", "object"):
        flat = all(part["type"] not in ("array", "object") for part in item.get("properties", {}).values())
        return {"children": _children(inner)} if flat and item.get("properties") else _json_field(schema)
    if inner.get("enum"):
        return {"type": "string", "list": True, "choices": _choices(inner["enum"], ())}
    return {"type": item["type"], "list": True}


def _children(schema: Mapping[str, Any]) -> list[Json]:
    required = schema.get("required", ())
    children = []
    for name, part in schema["properties"].items():
        choices = part.get("enum")
        control = {"choices": _choices(choices, ())} if choices else {"type": shape(part)["type"]}
        children.append({"key": name, "label": titled(name), "required": name in required, **control})
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


def _choices(values: Any, labels: Any) -> list[Json]:
    """Options in order; Zapier takes texts only."""
    shown = list(labels) or [titled(str(value)) if str(value).islower() else str(value) for value in values]
    return [
        {"value": str(value), "sample": str(value), "label": label} for value, label in zip(values, shown, strict=True)
    ]


def _looked_at(action: Action) -> set[str]:
    """The fields that another one's appearance or options hang on."""
    found = set()
    for hint in action.ui.get("fields", {}).values():
        if "show_when" in hint:
            found.add(hint["show_when"]["field"])
        if "schema_from" in hint:
            texts = [text for text in hint["schema_from"].get("input", {}).values() if isinstance(text, str)]
            found |= {text[1:].split("/")[0] for text in texts if text.startswith("$")}
    return found
