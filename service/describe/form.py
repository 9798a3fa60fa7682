"""The facts about an action's inputs that every form needs: which, in what order, of what kind.

Source: `ui` in schemas/node-definition.schema.json.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from service.definitions import Action

Json = dict[str, Any]
Schema = Mapping[str, Any]
# Words that stay small inside a title, and the ones in capitals.
SMALL = {"a", "an", "and", "as", "at", "but", "by", "for", "from", "how", "if", "in", "is", "nor", "of", "on", "or"}
SMALL |= {"per", "the", "to", "up", "via", "vs", "with"}
CAPITALS = {"id": "ID", "url": "URL", "ids": "IDs", "urls": "URLs", "json": "JSON", "youtube": "YouTube", "ai": "AI"}
CAPITALS |= {"api": "API"}
NOTHING: Schema = MappingProxyType({})
NUMBERS = frozenset({"integer", "number"})


def ordered(action: Action) -> list[str]:
    """Every input, in the form's order."""
    known = action.input_schema.get("properties", {})
    return [name for name in dict.fromkeys([*action.ui.get("order", ()), *known]) if name in known]


def asked(action: Action) -> list[str]:
    """The inputs that a form asks for: all but those about streaming, which a run has none of."""
    streamed = None if action.stream is None else action.stream.field
    return [name for name in ordered(action) if not (streamed and name.startswith(streamed))]


def has_estimate(action: Action) -> bool:
    """Return whether a generate's price is asked for by an operation of its own making: not where the API has one, nor
    where it was added, of whose prices nothing is known here."""
    return "estimate" not in action.run and not action.api.added


def paging(action: Action) -> dict[str, str]:
    """The inputs that turn a list's pages: `{"page", "size"}` or `{"token"}`, empty where it lists nothing."""
    page = action.page
    if page is None:
        return {}
    if page["style"] == "token":
        return {"token": page["token"]}
    shared = {**(action.api.page or {}), **page}
    return {"page": shared["page"], "size": shared["per_page"]}


def settings(action: Action, name: str) -> Schema:
    """Return what the definition says of the field's form."""
    found: Schema = action.ui.get("fields", {}).get(name, {})
    return found


def schema_of(action: Action, name: str) -> Schema:
    """The field's schema."""
    found: Schema = action.input_schema["properties"][name]
    return found


def is_required(action: Action, name: str) -> bool:
    """Return whether nothing runs without it."""
    return name in action.input_schema.get("required", ())


def label(action: Action, name: str) -> str:
    """The field's name as a form shows it."""
    return titled(settings(action, name).get("label") or name.replace("_", " "))


def titled(text: str) -> str:
    """A text in title case, as n8n's linter has it."""
    words = text.split()
    return " ".join(_cased(word, inner=0 < at < len(words) - 1) for at, word in enumerate(words))


def kind_of(action: Action, name: str) -> str:
    """Return how the field is filled in: see `kind`."""
    return kind(schema_of(action, name), settings(action, name))


def kind(schema: Schema, shown: Schema) -> str:
    """locator (a dynamic list), mapper (dynamic fields), json, texts, choices, choice, boolean, number or text."""
    kinds = types(schema)
    if "options" in shown:
        return "locator"
    if "schema_from" in shown:
        return "mapper"
    if shown.get("as") == "json" or "object" in kinds:
        return "json"
    if "array" in kinds and "as" not in shown:
        items = schema.get("items", {})
        if "enum" in items:
            return "choices"
        return "texts" if types(items) & (NUMBERS | {"string"}) else "json"
    if "enum" in schema:
        return "choice"
    return _scalar(kinds, shown.get("as"))


def top_level(action: Action, name: str) -> bool:
    """Return whether the field stands on the form itself, not among the additional ones."""
    if is_required(action, name) or name in _controlling(action):
        return True
    if settings(action, name).get("advanced"):
        return False
    return kind_of(action, name) in ("text", "mapper", "locator") or "default" in schema_of(action, name)


def is_media(action: Action, name: str) -> bool:
    """Return whether the field takes the URL of a file, and so a file too."""
    schema = schema_of(action, name)
    return "media" in settings(action, name) or "uri" in (schema.get("format"), schema.get("items", {}).get("format"))


def hangs_on(shown: Schema) -> list[str]:
    """The fields that a dynamic list's options, or dynamic fields, are asked with."""
    place = shown.get("options") or shown.get("schema_from") or {}
    given = [*place.get("input", {}).values(), *place.get("where", {}).values()]
    texts = [value for value in given if isinstance(value, str) and value.startswith("$")]
    return [text[1:].partition("/")[0] for text in texts]


def choices(schema: Schema) -> list[tuple[Any, str]]:
    """An enum's values in order, each with its label."""
    values: Sequence[Any] = schema["enum"]
    labels = schema.get("x-labels") or [option_name(value) for value in values]
    return [(value, text) for value, text in zip(values, labels, strict=True) if value is not None]


def option_name(value: Any) -> str:
    """An enum's value as users read it: TEXT_TO_IMAGE as 'Text to Image', a dotted name as it is."""
    text = str(value)
    if re.fullmatch(r"[a-z]+\.[a-z]+", text):
        return text
    if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", text):
        return titled(text.replace("_", " ").lower())
    return titled(text.replace("_", " "))


def types(schema: Schema) -> set[str]:
    """The JSON types that a value may have, null aside."""
    kinds = schema.get("type", [])
    return set([kinds] if isinstance(kinds, str) else kinds) - {"null"}


def value_type(schema: Schema, shown: Schema = NOTHING) -> str:
    """Return what one value is sent as: string, integer, number, boolean or json. Of a list, what each item is."""
    if shown.get("as"):
        return str(shown["as"])
    if "array" in types(schema):
        return value_type(schema.get("items", {}))
    if "type" not in schema and "enum" in schema:
        return "integer" if all(type(value) is int for value in schema["enum"]) else "string"
    kinds = types(schema)
    return next((kind for kind in ("string", "integer", "number", "boolean") if kind in kinds), "json")


def _scalar(kinds: set[str], named: str | None) -> str:
    of = {named} if named else kinds
    if "boolean" in of:
        return "boolean"
    return "number" if of & NUMBERS and "string" not in of else "text"


def _controlling(action: Action) -> set[str]:
    """The fields on whose value it hangs whether others are shown."""
    shown = action.ui.get("fields", {}).values()
    return {part["show_when"]["field"] for part in shown if "show_when" in part}


def _cased(word: str, inner: bool) -> str:
    lower = word.lower()
    if lower in CAPITALS:
        return CAPITALS[lower]
    if inner and lower in SMALL:
        return lower
    return word[:1].upper() + word[1:]
