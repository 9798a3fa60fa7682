"""The checks that a definition passes so that every face can show it.

The profile: a flat object of scalars, enums, arrays of those or of flat objects, and maps. A union names the one
face by which forms show it (`ui.fields.x.as`).
"""

import keyword
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from service.definitions.action import Action
from service.definitions.links import find
from service.definitions.schemas import DefinitionError, schema_faults
from service.errors import ValidationError

MCP_NAME = 64
LABEL = (2, 64)
HELP = 1000
SCALARS = {"string", "integer", "number", "boolean", "null"}
Fault = tuple[str, str]


def lint(action: Action, path: Path) -> None:
    """Raises DefinitionError at the first fault."""
    for rule in RULES:
        for pointer, message in rule(action):
            raise DefinitionError(path, pointer, message)


def _names(action: Action) -> Iterator[Fault]:
    # An added API's names are not ours to choose, and it has no code here: its long ids have a shorter tool name.
    if not action.api.added:
        if len(action.id) + (len("_estimate") if action.kind == "generate" else 0) > MCP_NAME:
            yield "/id", f"makes an MCP name of more than {MCP_NAME} characters"
        for part in (action.resource, action.operation):
            if keyword.iskeyword(part):
                yield "/id", f"{part} is a word of Python's own and names no module or function"
    for pointer, text in (("/title", action.title), *_labels(action)):
        if not LABEL[0] <= len(text) <= LABEL[1]:
            yield pointer, f"must be {LABEL[0]} to {LABEL[1]} characters, for Zapier"


def _labels(action: Action) -> Iterator[tuple[str, str]]:
    for name, settings in action.ui.get("fields", {}).items():
        if "label" in settings:
            yield f"/ui/fields/{name}/label", settings["label"]


def _inputs(action: Action) -> Iterator[Fault]:
    for name, schema in action.input_schema.get("properties", {}).items():
        at = f"/input_schema/properties/{name}"
        if not 1 <= len(schema.get("description", "")) <= HELP:
            yield at, f"lacks a description of 1 to {HELP} characters"
        named = action.ui.get("fields", {}).get(name, {}).get("as")
        if not _shown(schema) and named is None:
            yield at, f"fits no form: name one face in ui.fields.{name}.as"


def _shown(schema: Mapping[str, Any]) -> bool:
    """Return whether the profile covers it."""
    kind = schema.get("type")
    if isinstance(kind, list):
        return len(set(kind) - {"null"}) == 1 and _shown({**schema, "type": next(iter(set(kind) - {"null"}))})
    if "enum" in schema or "const" in schema or kind in SCALARS:
        return True
    if kind == "array":
        items = schema.get("items", {})
        return _shown(items) if items.get("type") != "object" else _flat(items)
    if kind == "object":
        return "properties" not in schema or _flat(schema)
    return False


def _flat(schema: Mapping[str, Any]) -> bool:
    return all("enum" in part or _scalar(part.get("type")) for part in schema.get("properties", {}).values())


def _scalar(kind: str | list[str] | None) -> bool:
    """Return whether it is one scalar type, null beside it or not."""
    kinds = {kind} if isinstance(kind, str) else set(kind or ())
    return bool(kinds) and kinds <= SCALARS and len(kinds - {"null"}) <= 1


def _fields(action: Action) -> Iterator[Fault]:
    known = action.input_schema.get("properties", {})
    order = action.ui.get("order", ())
    for place, name in enumerate(order):
        if name not in known:
            yield f"/ui/order/{place}", f"{name} is not a field of the input schema"
    forgotten = [name for name in known if name not in order]
    if order and forgotten:
        yield "/ui/order", f"leaves out {', '.join(forgotten)}"
    for name, settings in action.ui.get("fields", {}).items():
        if name not in known:
            yield f"/ui/fields/{name}", "is not a field of the input schema"
        if "show_when" in settings:
            yield from _condition(action, name, settings["show_when"])


def _condition(action: Action, name: str, condition: Mapping[str, Any]) -> Iterator[Fault]:
    at, other = f"/ui/fields/{name}/show_when", action.input_schema["properties"].get(condition["field"])
    if name in action.input_schema.get("required", ()):
        yield at, "hides a required field"
    if other is None:
        yield f"{at}/field", f"{condition['field']} is not a field of the input schema"
        return
    for place, value in enumerate(condition["in"]):
        if "enum" in other and value not in other["enum"]:
            yield f"{at}/in/{place}", f"{value} is no value of {condition['field']}"


def _outputs(action: Action) -> Iterator[Fault]:
    yield from _typed(action.output_schema, "/output_schema")


def _typed(schema: Mapping[str, Any], at: str) -> Iterator[Fault]:
    """No schema without a type; no object without members, each of which has a type, or of a map its values."""
    branches = [(f"{kind}/{n}", part) for kind in ("anyOf", "oneOf") for n, part in enumerate(schema.get(kind, ()))]
    kinds = {schema["type"]} if isinstance(schema.get("type"), str) else set(schema.get("type", ()))
    values = schema.get("additionalProperties")
    if not branches and not kinds and not {"enum", "const", "allOf"} & set(schema):
        yield at, "has no type"
    if "properties" in schema and "object" not in kinds:
        yield at, "has members and is no object"
    if "object" in kinds and not schema.get("properties") and not isinstance(values, Mapping):
        yield at, "is an object without properties: a map says what its values are by additionalProperties"
    if "array" in kinds and "items" not in schema:
        yield at, "is an array without items"
    inner = [(f"properties/{name}", part) for name, part in schema.get("properties", {}).items()]
    inner += [(name, schema[name]) for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    for place, part in (*inner, *branches):
        yield from _typed(part, f"{at}/{place}")


def _streams(action: Action) -> Iterator[Fault]:
    """A stream is asked for by a boolean or a choice, and is the answer of something that takes its time."""
    stream = action.stream
    if stream is None:
        return
    field = action.input_schema["properties"].get(stream.field, {})
    asks = field.get("type", ())
    if stream.when is None and "boolean" not in ([asks] if isinstance(asks, str) else asks):
        yield "/http/stream/field", f"{stream.field} is no boolean field of the input schema"
    if stream.when is not None and stream.when not in field.get("enum", ()):
        yield "/http/stream/when", f"{stream.when} is no choice of the field {stream.field}"
    if action.kind != "generate":
        yield "/http/stream", "only a generate is streamed"
    yield from _typed(stream.event_schema, "/http/stream/event_schema")


def _examples(action: Action) -> Iterator[Fault]:
    if not action.examples:
        yield "/examples", "must hold at least one example: it is every sample"
    for number, example in enumerate(action.examples):
        try:
            action.validate(example["input"])
        except ValidationError as error:
            yield f"/examples/{number}/input{error.errors[0].pointer}", error.errors[0].message
        for fault in schema_faults(action.output_schema, example["output"]):
            yield f"/examples/{number}/output" + "".join(f"/{part}" for part in fault.absolute_path), fault.message


def _anti_examples(action: Action) -> Iterator[Fault]:
    for number, example in enumerate(action.anti_examples):
        try:
            action.validate(example["input"])
        except ValidationError as error:
            pointers = [problem.pointer for problem in error.errors]
            if example["pointer"] not in pointers:
                yield f"/anti_examples/{number}/pointer", f"the faults are at {', '.join(pointers)}"
        else:
            yield f"/anti_examples/{number}/input", "is valid"


def _pointers(action: Action) -> Iterator[Fault]:
    """`files` and `summary` find something in an example."""
    outputs = [example["output"] for example in action.examples]
    for number, file in enumerate(action.files):
        if not any(list(find(output, file["at"])) for output in outputs):
            yield f"/files/{number}/at", f"{file['at']} finds nothing in the examples"
    for number, name in enumerate(action.summary):
        if not any(isinstance(output, dict) and name in output for output in outputs):
            yield f"/summary/{number}", f"{name} is not in the examples' outputs"


def _paging(action: Action) -> Iterator[Fault]:
    """Check that an example has a page's items and next token, and that the token is a field."""
    page = action.page or {}
    for member in ("items", "next"):
        if member in page and not any(list(find(example["output"], page[member])) for example in action.examples):
            yield f"/page/{member}", f"{page[member]} finds nothing in the examples"
    if page.get("style") == "token" and page.get("token") not in action.input_schema["properties"]:
        yield "/page/token", "must name the field that takes the token"


def _codes(action: Action) -> Iterator[Fault]:
    """The API's codes; where it has none, its statuses."""
    codes = {entry.get("code") or str(entry["status"]) for entry in action.api.errors.values()}
    for number, code in enumerate(action.errors):
        if code not in codes:
            yield f"/errors/{number}", f"{code} is no code of {action.api.name}/api.json"


RULES: tuple[Callable[[Action], Iterator[Fault]], ...] = (
    _names,
    _inputs,
    _fields,
    _outputs,
    _streams,
    _examples,
    _anti_examples,
    _pointers,
    _paging,
    _codes,
)
