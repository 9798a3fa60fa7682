"""References between definitions: routes of their own, dynamic lists and fields, estimates, pages.

A pointer is right where an example of the action it points into has something there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from service.definitions.action import PLACEHOLDER, Action

Fault = tuple[Action, str, str]
Actions = Mapping[str, Action]


def faults(actions: Actions) -> Iterator[Fault]:
    """Every definition at fault, with a pointer into it and why."""
    yield from _routes(actions)
    yield from references(actions)


def references(actions: Actions) -> Iterator[Fault]:
    """The definitions that refer to others in a way that leads nowhere."""
    for action in actions.values():
        for pointer, message in (*_dynamic(action, actions), *_estimate(action, actions)):
            yield action, pointer, message


def find(value: Any, pointer: str) -> Iterator[Any]:
    """Everything that a pointer with `*` for any item finds."""
    head, _, rest = pointer.removeprefix("/").partition("/")
    if not pointer:
        yield value
    elif head == "*" and isinstance(value, list):
        for item in value:
            yield from find(item, f"/{rest}" if rest else "")
    elif isinstance(value, dict) and head in value:
        yield from find(value[head], f"/{rest}" if rest else "")


def _routes(actions: Actions) -> Iterator[Fault]:
    """One operation a method and path, whatever the placeholders are called."""
    taken: dict[tuple[str, str], str] = {}
    for action in actions.values():
        route = (action.method, PLACEHOLDER.sub("{}", action.path))
        if route in taken:
            yield action, "/http/path", f"{action.method} {action.path} is already {taken[route]}"
        taken[route] = action.id


def _estimate(action: Action, actions: Actions) -> Iterator[tuple[str, str]]:
    estimate = action.run.get("estimate")
    if estimate is not None and estimate not in actions:
        yield "/run/estimate", f"there is no action {estimate}"
        return
    for name, pointer in action.run.get("estimate_at", {}).items():
        if estimate is None or not _found(actions[estimate], pointer):
            yield f"/run/estimate_at/{name}", f"{pointer} finds nothing in the examples of {estimate}"


def _dynamic(action: Action, actions: Actions) -> Iterator[tuple[str, str]]:
    """`options` and `schema_from`: their action is there, takes that input, and answers what they point to."""
    for name, settings in action.ui.get("fields", {}).items():
        for member in ("options", "schema_from"):
            place, at = settings.get(member), f"/ui/fields/{name}/{member}"
            if place is None:
                continue
            target = actions.get(place["action"])
            if target is None:
                yield f"{at}/action", f"there is no action {place['action']}"
                continue
            yield from _asked(action, place, target, actions, at)
            yield from _kept(action, place, target, at)
            if member == "options":
                yield from _offered(place, target, at)
            elif not _found(target, place["at"]):
                yield f"{at}/at", f"{place['at']} finds nothing in the examples of {target.id}"


def _asked(
    action: Action, place: Mapping[str, Any], target: Action, actions: Actions, at: str
) -> Iterator[tuple[str, str]]:
    """The input of the other action: its own fields, filled from constants and this action's fields."""
    for name, value in place.get("input", {}).items():
        if name not in target.input_schema["properties"]:
            yield f"{at}/input/{name}", f"is not a field of {target.id}"
        if not (isinstance(value, str) and value.startswith("$")):
            continue
        field, _, attribute = value[1:].partition("/")
        if field not in action.input_schema["properties"]:
            yield f"{at}/input/{name}", f"{field} is not a field of the input schema"
        elif attribute and not _has_attribute(action, field, attribute, actions):
            yield f"{at}/input/{name}", f"the options of {field} have no {attribute}"


def _kept(action: Action, place: Mapping[str, Any], target: Action, at: str) -> Iterator[tuple[str, str]]:
    """The records that are kept by `where`: members that they have, and this action's fields."""
    for pointer, value in place.get("where", {}).items():
        where = f"{at}/where/{pointer.replace('/', '~1')}"
        if value.startswith("$") and value[1:] not in action.input_schema["properties"]:
            yield where, f"{value[1:]} is not a field of the input schema"
        if not _found(target, f"{place.get('at', '')}/*{pointer}"):
            yield where, f"{pointer} finds nothing in the examples of {target.id}"


def _has_attribute(action: Action, field: str, attribute: str, actions: Actions) -> bool:
    source = action.ui.get("fields", {}).get(field, {}).get("options", {})
    target = actions.get(source.get("action", ""))
    return target is not None and bool(_found(target, f"{_records(source, target)}/{attribute}"))


def _offered(place: Mapping[str, Any], target: Action, at: str) -> Iterator[tuple[str, str]]:
    for member in ("value", "label"):
        if not _found(target, _records(place, target) + place[member]):
            yield f"{at}/{member}", f"{place[member]} finds nothing in the examples of {target.id}"


def _records(place: Mapping[str, Any], target: Action) -> str:
    """Return where the records lie: where the option says, else where the action's own page has its items."""
    listed = str(place.get("at", (target.page or {}).get("items", ""))) + "/*"
    return f"{listed}{place['each']}/*" if "each" in place else listed


def _found(target: Action, pointer: str) -> list[Any]:
    return [value for example in target.examples for value in find(example["output"], pointer)]
