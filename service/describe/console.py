"""The console's matter: the list of actions, and each action's form, from the definitions alone.

Source: `schemas/v1/submission.request.json` for what every action takes beside its input.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from service.definitions import Action, Definitions
from service.describe import form

Json = dict[str, Any]
SUBMISSION = "v1/submission.request.json"
# What everybody comes for is first.
KINDS = ("generate", "search", "estimate", "read", "write")
LABELS = {"callback_url": "Callback URL", "max_credits": "Max credits"}
LONG_TEXT = 4000


def navigation(definitions: Definitions) -> list[Json]:
    """One entry an API: its title, and its resources with their actions, the ones that generate first."""
    return [
        {
            "name": api.name,
            "title": api.title,
            "description": api.description,
            "key": api.auth["key_prefix"],
            "added": api.added,
            "resources": _resources([action for action in definitions.actions.values() if action.api.name == api.name]),
        }
        for api in definitions.apis.values()
    ]


def page(definitions: Definitions, action: Action) -> Json:
    """Return what one action's page shows: its words, its form, its examples, and what its answer holds."""
    fields = [_input(action, name) for name in form.asked(action)]
    return {
        **_summary(action),
        "api": action.api.title,
        "key": action.api.auth["key_prefix"],
        "scope": action.scope if action.auth_required else None,
        "method": action.method,
        "path": action.path,
        "fields": [field for field in fields if field["top"]],
        "more": [field for field in fields if not field["top"]],
        "submission": _submission(definitions, action),
        "errors": action.errors,
        # What the page's script works with.
        "facts": {
            "id": action.id,
            "kind": action.kind,
            "files": [dict(file) for file in action.files],
            "summary": list(action.summary),
            "examples": [{"title": example["title"], "input": example["input"]} for example in action.examples],
        },
    }


def _resources(actions: Sequence[Action]) -> list[Json]:
    grouped = {name: list(group) for name, group in groupby(actions, key=lambda action: action.resource)}
    order = sorted(grouped, key=lambda name: min(KINDS.index(action.kind) for action in grouped[name]))
    return [
        {
            "title": form.option_name(name),
            "actions": [_summary(each) for each in sorted(grouped[name], key=lambda each: KINDS.index(each.kind))],
        }
        for name in order
    ]


def _summary(action: Action) -> Json:
    return {"id": action.id, "title": action.title, "description": action.description, "kind": action.kind}


def _input(action: Action, name: str) -> Json:
    """One field of the action's own input."""
    schema, shown = form.schema_of(action, name), form.settings(action, name)
    field = _field(name, form.label(action, name), schema, shown)
    return {
        **field,
        "required": form.is_required(action, name),
        "media": (shown.get("media") or "any") if form.is_media(action, name) else None,
        "top": form.is_required(action, name) or not (shown.get("advanced") or name in form.paging(action).values()),
        "when": shown.get("show_when"),
        "hangs_on": form.hangs_on(shown),
    }


def _submission(definitions: Definitions, action: Action) -> list[Json]:
    """List the members that every action takes beside its input, with the connections it can run on."""
    made = []
    for name, schema in definitions.schema(SUBMISSION)["properties"].items():
        if name == "input":
            continue
        field = _field(name, LABELS.get(name) or form.titled(name), schema, {})
        if name == "connection":
            field |= {"kind": "choice", "default": action.home}
            field["choices"] = [{"value": each, "label": form.option_name(each)} for each in action.connections]
        made.append(field)
    return made


def _field(name: str, label: str, schema: Mapping[str, Any], shown: Mapping[str, Any]) -> Json:
    kind = form.kind(schema, shown)
    enum = schema if "enum" in schema else schema.get("items", {})
    return {
        "name": name,
        "label": label,
        "description": schema.get("description", ""),
        "kind": kind,
        "type": form.value_type(schema, shown),
        "widget": _widget(kind, schema, shown),
        "placeholder": shown.get("placeholder"),
        "default": schema.get("default"),
        "choices": [{"value": value, "label": text} for value, text in form.choices(enum)] if "enum" in enum else [],
        "minimum": schema.get("minimum"),
        "maximum": schema.get("maximum"),
        "most": schema.get("maxItems"),
        "longest": schema.get("maxLength"),
        "list": "array" in form.types(schema),
        "required": False,
        "media": None,
        "when": None,
        "hangs_on": [],
    }


def _widget(kind: str, schema: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    """Return how a text is typed: as its definition says, a long one in an area."""
    given: str | None = shown.get("widget")
    if given is None and kind == "text" and "format" not in schema and schema.get("maxLength", 0) > LONG_TEXT:
        return "textarea"
    return given or "text"
