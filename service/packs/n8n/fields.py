"""One field of an input schema as an n8n property. See n8n's community node linter."""

import re
from typing import Any

from service.definitions import Action
from service.describe import form

Json = dict[str, Any]
MULTIPLE = {"multipleValues": True}


def sentence(text: str) -> str:
    """A description as n8n's linter wants it: capital first, and a full stop only after several sentences."""
    for word in ("id", "ids", "url", "urls"):
        text = re.sub(rf"\b{word}\b", form.CAPITALS[word], text.strip(), flags=re.IGNORECASE)
    text = text[:1].upper() + text[1:]
    body = text.rstrip(".")
    return body + "." if ". " in body else body


def spoken(text: str) -> str:
    """An operation's title as n8n lists it among all nodes' actions: words only, small but for the first letter."""
    words = re.findall(r"[A-Za-z0-9]+", text.replace("'s", ""))
    return " ".join(words).lower().capitalize()


def prop(action: Action, name: str) -> Json:
    """The property; where it is shown is the caller's to say."""
    schema, kind = action.input_schema["properties"][name], form.kind_of(action, name)
    required = form.is_required(action, name)
    shown: Json = {"displayName": form.label(action, name), "name": name}
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
    placeholder = form.settings(action, name).get("placeholder")
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
        return sentence(f"Whether to {form.label(action, name).lower()}. {text}.")
    if form.is_media(action, name):
        return sentence(f"{text}. A URL, or the name of an input binary field, such as data.")
    return text


def _text(action: Action, name: str, schema: Json) -> Json:
    shown: Json = {"type": "string", "default": str(schema.get("default", ""))}
    if form.settings(action, name).get("widget") in ("textarea", "code"):
        shown["typeOptions"] = {"rows": 4}
    if form.settings(action, name).get("widget") == "password":
        shown["typeOptions"] = {"password": True}
    return shown


def _number(action: Action, name: str, schema: Json) -> Json:
    limits: Json = {}
    if "minimum" in schema:
        limits["minValue"] = schema["minimum"]
    if "maximum" in schema and schema["maximum"] < 2**31 - 1:
        limits["maxValue"] = schema["maximum"]
    if "integer" not in form.types(schema):
        limits["numberPrecision"] = 2
    shown: Json = {"type": "number"}
    if limits:
        shown["typeOptions"] = limits
    return {**shown, "default": schema.get("default", max(schema.get("minimum", 0), 0))}


def _boolean(action: Action, name: str, schema: Json) -> Json:
    return {"type": "boolean", "default": bool(schema.get("default", False))}


def _choice(action: Action, name: str, schema: Json) -> Json:
    """Options in the definition's order. One that may be left out, on the form itself, has an empty one before them."""
    options = [{"name": text, "value": value} for value, text in form.choices(schema)]
    if "default" in schema:
        return {"type": "options", "options": options, "default": schema["default"]}
    if form.top_level(action, name) and not form.is_required(action, name):
        return {"type": "options", "options": [{"name": "Default", "value": ""}, *options], "default": ""}
    return {"type": "options", "options": options, "default": options[0]["value"]}


def _choices(action: Action, name: str, schema: Json) -> Json:
    options = [{"name": text, "value": value} for value, text in form.choices(schema["items"])]
    return {"type": "multiOptions", "options": options, "default": schema.get("default", [])}


def _texts(action: Action, name: str, schema: Json) -> Json:
    return {"type": "string", "typeOptions": MULTIPLE, "default": []}


def _json(action: Action, name: str, schema: Json) -> Json:
    return {"type": "json", "default": "[]" if "array" in form.types(schema) else "{}"}


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
    asked_with = form.hangs_on(form.settings(action, name))
    mapper = {
        "resourceMapperMethod": f"fields_{name}",
        "mode": "add",
        "fieldWords": {"singular": "parameter", "plural": "parameters"},
        "addAllFields": False,
        "supportAutoMap": False,
        "noFieldsError": "There are no parameters to fill in.",
    }
    options: Json = {"resourceMapper": mapper}
    if asked_with:
        options["loadOptionsDependsOn"] = [f"{field}.value" for field in asked_with]
    return {
        "type": "resourceMapper",
        "noDataExpression": True,
        "default": {"mappingMode": "defineBelow", "value": None},
        "typeOptions": options,
    }
