"""The resources and operations of the Genhook node, and what its runtime has to know of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from service.definitions import Action, Definitions
from service.describe import form
from service.packs.n8n import fields

Json = dict[str, Any]
MORE = "additionalFields"
GET_MANY = "getAll"


@dataclass(frozen=True, slots=True)
class Operation:
    """An action as an operation of the node. `estimating` asks what the action would cost."""

    action: Action
    estimating: bool = False

    @property
    def resource(self) -> str:
        """Its place in the node's first list: `<api>_<resource>`."""
        return f"{self.action.api.name}_{self.action.resource}"

    @property
    def value(self) -> str:
        """Its place in the second: n8n calls a list with pages Get Many."""
        if self.estimating:
            return f"{self.action.operation}_estimate"
        return GET_MANY if self.lists and self.action.operation == "list" else self.action.operation

    @property
    def lists(self) -> bool:
        """Return whether its answer has pages."""
        return self.action.page is not None

    @property
    def kind(self) -> str:
        """The action's kind, or `estimate`."""
        return "estimate" if self.estimating else self.action.kind

    @property
    def inputs(self) -> list[str]:
        """The fields that are filled in, in the form's order: no paging, and no streaming, which a run has none of."""
        hidden = set(form.paging(self.action).values())
        return [name for name in form.asked(self.action) if name not in hidden]

    @property
    def shown(self) -> Json:
        """Return when the node shows its fields."""
        return {"show": {"resource": [self.resource], "operation": [self.value]}}


def shown(definitions: Definitions) -> list[Operation]:
    """Every operation; a generate without an estimate of its own gets one."""
    found = []
    for action in definitions.actions.values():
        found.append(Operation(action))
        if action.kind == "generate" and form.has_estimate(action):
            found.append(Operation(action, estimating=True))
    return sorted(found, key=lambda operation: (operation.resource, operation.value))


def properties(definitions: Definitions, operations: Sequence[Operation]) -> list[Json]:
    """Resource, operations, and each operation's own fields."""
    groups = {resource: list(group) for resource, group in groupby(operations, key=lambda each: each.resource)}
    resources = [
        {"name": _resource_name(group[0].action), "value": resource, "description": group[0].action.api.title}
        for resource, group in groups.items()
    ]
    generates = [operation for operation in operations if operation.kind == "generate"]
    first = (generates or list(operations))[0]
    listed: list[Json] = [
        {
            "displayName": "Resource",
            "name": "resource",
            "type": "options",
            "noDataExpression": True,
            "options": sorted(
                [{"name": each["name"], "value": each["value"]} for each in resources]
                + [{"name": "Run", "value": "run"}],
                key=lambda each: each["name"],
            ),
            "default": first.resource,
        }
    ]
    listed += [_operation_list(resource, group) for resource, group in groups.items()]
    for operation in operations:
        listed += own(operation)
    return listed


def facts(operations: Sequence[Operation]) -> dict[str, Json]:
    """Return what the runtime knows of each operation, by `<resource>.<operation>`."""
    return {f"{operation.resource}.{operation.value}": _facts(operation) for operation in operations}


def dynamic(operations: Sequence[Operation], kind: str) -> list[str]:
    """The names of the fields of a kind, each once."""
    return sorted(
        {name for operation in operations for name in operation.inputs if form.kind_of(operation.action, name) == kind}
    )


def subscribable(definitions: Definitions) -> list[Json]:
    """Every action as an option of the trigger, by its name."""
    options = [
        {"name": f"{action.api.title}: {form.titled(action.title)}", "value": action.id}
        for action in definitions.actions.values()
    ]
    return sorted(options, key=lambda option: option["name"])


def _operation_list(resource: str, group: Sequence[Operation]) -> Json:
    options = sorted(
        (_option(operation) for operation in group), key=lambda option: option["name"].replace("'", "").lower()
    )
    return {
        "displayName": "Operation",
        "name": "operation",
        "type": "options",
        "noDataExpression": True,
        "displayOptions": {"show": {"resource": [resource]}},
        "options": options,
        "default": _usual(group).value,
    }


def _usual(group: Sequence[Operation]) -> Operation:
    for kind in ("generate", "search", "read"):
        for operation in group:
            if operation.kind == kind:
                return operation
    return group[0]


def _option(operation: Operation) -> Json:
    action, title = operation.action, operation.action.title
    if operation.estimating:
        return {
            "name": f"Estimate: {form.titled(title)}",
            "value": operation.value,
            "description": "Get the credits and seconds that it would take; nothing is made",
            "action": fields.spoken(f"Estimate {title}"),
        }
    name = "Get Many" if operation.value == GET_MANY else form.titled(title)
    return {
        "name": name,
        "value": operation.value,
        "description": fields.sentence(action.description),
        "action": fields.spoken(title),
    }


def own(operation: Operation) -> list[Json]:
    """The operation's own fields: required and common ones on the form, the others to be added."""
    action = operation.action
    on_form: list[Json] = []
    added: list[Json] = []
    for name in operation.inputs:
        made = fields.prop(action, name)
        when = form.settings(action, name).get("show_when")
        if form.top_level(action, name):
            conditions = dict(operation.shown["show"])
            if when:
                conditions[when["field"]] = when["in"]
            on_form.append(_placed(made, {"show": conditions}))
        else:
            added.append(_placed(made, {"show": {f"/{when['field']}": when["in"]}}) if when else made)
    if added:
        on_form.append(
            {
                "displayName": "Additional Fields",
                "name": MORE,
                "type": "collection",
                "placeholder": "Add Field",
                "default": {},
                "displayOptions": operation.shown,
                "options": sorted(added, key=lambda each: each["displayName"]),
            }
        )
    return on_form


def _placed(made: Json, conditions: Json) -> Json:
    head = ("displayName", "name", "type")
    return {
        **{name: made[name] for name in head},
        "displayOptions": conditions,
        **{name: part for name, part in made.items() if name not in head},
    }


def _facts(operation: Operation) -> Json:
    action = operation.action
    known: Json = {"id": action.id, "kind": operation.kind, "title": action.title}
    read = {name: _field(action, name) for name in operation.inputs}
    # What others hang on is read before them.
    known["fields"] = dict(sorted(read.items(), key=lambda field: "when" in field[1]))
    if operation.estimating:
        return {**known, "estimating": True}
    if operation.lists and action.page is not None:
        known["page"] = {**form.paging(action), "items": action.page["items"]}
        if "next" in action.page:
            known["page"]["next"] = action.page["next"]
        if action.page["style"] == "page" and action.api.page:
            known["page"]["largest"] = action.api.page["max_per_page"]
    if action.method == "DELETE":
        known["deletes"] = True
    if action.files:
        known["files"] = [file["at"] for file in action.files]
    if action.summary:
        known["summary"] = list(action.summary)
    return known


def _field(action: Action, name: str) -> Json:
    known: Mapping[str, Any] = action.input_schema["properties"][name]
    shown: Json = {"kind": form.kind_of(action, name)}
    if not form.top_level(action, name):
        shown["added"] = True
    if name in action.input_schema.get("required", []):
        shown["required"] = True
    if form.is_media(action, name):
        shown["media"] = True
    if {"integer", "number"} & set([known["type"]] if isinstance(known.get("type"), str) else known.get("type", [])):
        shown["numeric"] = "string" not in known.get("type", [])
    when = form.settings(action, name).get("show_when")
    if when:
        shown["when"] = {"field": when["field"], "in": list(when["in"])}
    return shown


def _resource_name(action: Action) -> str:
    """Such as Generor Creation."""
    noun = action.resource.replace("_", " ")
    if noun.endswith("ies"):
        noun = noun[:-3] + "y"
    elif noun.endswith("s") and not noun.endswith("ss"):
        noun = noun[:-1]
    return f"{action.api.title} {form.titled(noun)}"
