"""One field of an input schema as an n8n property. Source: contract, section 1; n8n's community node linter."""

import re
from collections.abc import Mapping
from typing import Any

from service.definitions import Action

Json = dict[str, Any]
# Words that n8n's linter wants small inside a title, and the ones it wants in capitals.
SMALL = {
    "a",
    "an",
    "and",
    "as",
    "at",
    "but",
    "by",
    "en",
    "for",
    "from",
    "how",
    "if",
    "in",
    "is",
    "nor",
    "of",
    "on",
    "or",
}
SMALL |= {"per", "the", "to", "up", "via", "vs", "with"}
CAPITALS = {"id": "ID", "url": "URL", "ids": "IDs", "urls": "URLs", "json": "JSON", "youtube": "YouTube", "ai": "AI"}
MULTIPLE = {"multipleValues": True}


def label(action: Action, name: str) -> str:
    """The field's name as a form shows it."""
    given: str | None = settings(action, name).get("label")
    return titled(given or name.replace("_", " "))


def settings(action: Action, name: str) -> Mapping[str, Any]:
    """What the definition says of the field's form."""
    found: Mapping[str, Any] = action.ui.get("fields", {}).get(name, {})
    return found


def titled(text: str) -> str:
    """A text in title case, as n8n's linter has it."""
    words = text.split()
    return " ".join(_cased(word, inner=0 < at < len(words) - 1) for at, word in enumerate(words))


def sentence(text: str) -> str:
    """A description as n8n's linter wants it: capital first, and a full stop only after several sentences."""
    for word in ("id", "ids", "url", "urls"):
        text = re.sub(rf"\b{word}\b", CAPITALS[word], text.strip(), flags=re.IGNORECASE)
    text = text[:1].upper() + text[1:]
    body = text.rstrip(".")
    return body + "." if ". " in body else body


def spoken(text: str) -> str:
    """An operation's title as n8n lists it among all nodes' actions: words only, small but for the first letter."""
    words = re.findall(r"[A-Za-z0-9]+", text.replace("'s", ""))
    return " ".join(words).lower().capitalize()


def kind_of(action: Action, name: str) -> str:
    """How the field is filled in: locator, mapper, json, texts, choices, choice, boolean, number or text."""
    schema, shown = action.input_schema["properties"][name], settings(action, name)
    types = _types(schema)
    if "options" in shown:
        return "locator"
    if "schema_from" in shown:
        return "mapper"
    if shown.get("as") == "json" or "object" in types:
        return "json"
    if "array" in types and "as" not in shown:
        items = schema.get("items", {})
        if "enum" in items:
            return "choices"
        return "texts" if _types(items) & {"string", "integer", "number"} else "json"
    if "enum" in schema:
        return "choice"
    named = shown.get("as")
    kinds = {named} if named else types
    if "boolean" in kinds:
        return "boolean"
    return "number" if kinds & {"integer", "number"} and "string" not in kinds else "text"


def top_level(action: Action, name: str) -> bool:
    """Whether the field stands on the form itself, not among the additional ones."""
    schema = action.input_schema["properties"][name]
    if name in action.input_schema.get("required", []) or name in _controlling(action):
        return True
    if settings(action, name).get("advanced"):
        return False
    return kind_of(action, name) in ("text", "mapper", "locator") or "default" in schema


def is_media(action: Action, name: str) -> bool:
    """Whether the field takes the URL of a file, and so a file too."""
    schema = action.input_schema["properties"][name]
    return "media" in settings(action, name) or "uri" in (schema.get("format"), schema.get("items", {}).get("format"))


def prop(action: Action, name: str) -> Json:
    """The property; where it is shown is the caller's to say."""
    schema, kind = action.input_schema["properties"][name], kind_of(action, name)
    required = name in action.input_schema.get("required", [])
    shown: Json = {"displayName": label(action, name), "name": name}
    shown |= {
        "locator": _locator,
        "mapper": _mapper,
        "json": _json,
        "texts": _texts,
        "choices": _choices,
        "choice": _choice,
        "boolean": _boolean,
        "number": _number,
        "text": _text,
    }[kind](action, name, schema)
    if required:
        shown["required"] = True
    placeholder = settings(action, name).get("placeholder")
    if placeholder and kind == "text":
        shown["placeholder"] = f"e.g. {placeholder}"
    if shown["displayName"] == "Email":
        shown["placeholder"] = "name@email.com"
    description = _description(action, name, kind)
    if description.removeprefix("The ").lower() != shown["displayName"].lower():
        shown["description"] = description
    return shown


def _description(action: Action, name: str, kind: str) -> str:
    text = sentence(action.input_schema["properties"][name]["description"])
    if kind == "boolean" and not text.startswith("Whether"):
        return sentence(f"Whether to {label(action, name).lower()}. {text}.")
    if is_media(action, name):
        return sentence(f"{text}. A URL, or the name of an input binary field, such as data.")
    return text


def _text(action: Action, name: str, schema: Json) -> Json:
    shown: Json = {"type": "string", "default": str(schema.get("default", ""))}
    if settings(action, name).get("widget") in ("textarea", "code"):
        shown["typeOptions"] = {"rows": 4}
    if settings(action, name).get("widget") == "password":
        shown["typeOptions"] = {"password": True}
    return shown


def _number(action: Action, name: str, schema: Json) -> Json:
    limits: Json = {}
    if "minimum" in schema:
        limits["minValue"] = schema["minimum"]
    if "maximum" in schema and schema["maximum"] < 2**31 - 1:
        limits["maxValue"] = schema["maximum"]
    if "integer" not in _types(schema):
        limits["numberPrecision"] = 2
    shown: Json = {"type": "number"}
    if limits:
        shown["typeOptions"] = limits
    return {**shown, "default": schema.get("default", max(schema.get("minimum", 0), 0))}


def _boolean(action: Action, name: str, schema: Json) -> Json:
    return {"type": "boolean", "default": bool(schema.get("default", False))}


def _choice(action: Action, name: str, schema: Json) -> Json:
    """Options in the definition's order. One that may be left out, on the form itself, has an empty one before them."""
    options = [{"name": _option_name(value), "value": value} for value in schema["enum"] if value is not None]
    if "default" in schema:
        return {"type": "options", "options": options, "default": schema["default"]}
    if top_level(action, name) and name not in action.input_schema.get("required", []):
        return {"type": "options", "options": [{"name": "Default", "value": ""}, *options], "default": ""}
    return {"type": "options", "options": options, "default": options[0]["value"]}


def _choices(action: Action, name: str, schema: Json) -> Json:
    options = [{"name": _option_name(value), "value": value} for value in schema["items"]["enum"]]
    return {"type": "multiOptions", "options": options, "default": schema.get("default", [])}


def _texts(action: Action, name: str, schema: Json) -> Json:
    return {"type": "string", "typeOptions": MULTIPLE, "default": []}


def _json(action: Action, name: str, schema: Json) -> Json:
    return {"type": "json", "default": "[]" if "array" in _types(schema) else "{}"}


def _locator(action: Action, name: str, schema: Json) -> Json:
    modes: list[Json] = [
        {
            "displayName": "From List",
            "name": "list",
            "type": "list",
            "typeOptions": {"searchListMethod": f"search_{name}", "searchable": True},
        },
        {"displayName": "By Value", "name": "id", "type": "string"},
    ]
    return {"type": "resourceLocator", "default": {"mode": "list", "value": ""}, "modes": modes}


def _mapper(action: Action, name: str, schema: Json) -> Json:
    sources = settings(action, name)["schema_from"].get("input", {}).values()
    hangs_on = [value[1:].partition("/")[0] for value in sources if isinstance(value, str) and value.startswith("$")]
    mapper = {
        "resourceMapperMethod": f"fields_{name}",
        "mode": "add",
        "fieldWords": {"singular": "parameter", "plural": "parameters"},
        "addAllFields": False,
        "supportAutoMap": False,
        "noFieldsError": "There are no parameters to fill in.",
    }
    options: Json = {"resourceMapper": mapper}
    if hangs_on:
        options["loadOptionsDependsOn"] = [f"{field}.value" for field in hangs_on]
    return {
        "type": "resourceMapper",
        "noDataExpression": True,
        "default": {"mappingMode": "defineBelow", "value": None},
        "typeOptions": options,
    }


def _option_name(value: Any) -> str:
    text = str(value)
    if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", text):
        return titled(text.replace("_", " ").lower())
    return titled(text.replace("_", " "))


def _cased(word: str, inner: bool) -> str:
    lower = word.lower()
    if lower in CAPITALS:
        return CAPITALS[lower]
    if inner and lower in SMALL:
        return lower
    return word[:1].upper() + word[1:]


def _controlling(action: Action) -> set[str]:
    """The fields on whose value it hangs whether others are shown."""
    shown = action.ui.get("fields", {}).values()
    return {part["show_when"]["field"] for part in shown if "show_when" in part}


def _types(schema: Mapping[str, Any]) -> set[str]:
    kinds = schema.get("type", [])
    return set([kinds] if isinstance(kinds, str) else kinds) - {"null"}
