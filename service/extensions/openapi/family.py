"""An API family made from an OpenAPI document: our own definitions, schemas and `api.json`, and what was left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from service.definitions.validation import Validator
from service.errors import ValidationError
from service.extensions import samples
from service.extensions.documents import DocumentRefused
from service.extensions.openapi.answers import ANYTHING, answer_schema
from service.extensions.openapi.bodies import JSON_TYPE
from service.extensions.openapi.input_fields import Inputs, NotTaken
from service.extensions.openapi.inputs import InputReader
from service.extensions.openapi.keys import key_of
from service.extensions.openapi.operations import DocumentedOperation, chosen, operations
from service.extensions.openapi.sheet import GENERATE_S, api_sheet, base_url
from service.extensions.references import DocumentReferences
from service.extensions.shapes import Shapes
from service.extensions.texts import LONGEST_TITLE, plain

MOST_OPERATIONS = 300
# An answer's example that is longer says no more.
LONGEST_EXAMPLE = 20_000
# The answer of an operation that says nothing, and of one that answers a text.
STATUS = {"type": "object", "properties": {"status": {"type": "integer", "description": "The HTTP status."}}}
TEXT = {
    "type": "object",
    "properties": {
        **STATUS["properties"],  # type: ignore[dict-item]
        "content_type": {"type": "string", "description": "The answer's media type."},
        "text": {"type": "string", "description": "The answer's body."},
    },
}
# The answer of one that answers a file.
FILE = {
    "type": "object",
    "properties": {
        **STATUS["properties"],  # type: ignore[dict-item]
        "content_type": {"type": "string", "description": "The file's media type."},
        "bytes": {"type": "integer", "description": "Its size."},
        "url": {"type": "string", "format": "uri", "description": "Where it is, private to the account, for a day."},
    },
}
FILE_EXAMPLE = {"status": 200, "content_type": "image/png", "bytes": 4096, "url": "https://example.com/files/a.png"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The wishes of whoever adds a document: the API's name, its operations by name, and how they are run.

    `source` is where the document is from, from which a server's relative address is read.
    """

    name: str
    operations: Sequence[str]
    generate: Sequence[str] = ()
    base_url: str | None = None
    public: bool = False
    idempotency_header: str | None = None
    estimates: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(slots=True)
class ApiFamily:
    """The stored document of an added API (`spec`), and what was left out of its source, each with why."""

    spec: Json
    left_out: list[tuple[str, str]] = field(default_factory=list)


def make(document: Json, wanted: Wanted) -> ApiFamily:
    """Make the family. Raises DocumentRefused, and ValidationError for what was asked for."""
    references = DocumentReferences(document)
    every = list(operations(document, references))
    picked = chosen(every, wanted.operations)
    if len(picked) > MOST_OPERATIONS:
        raise DocumentRefused(f"{len(picked)} operations are asked for; {MOST_OPERATIONS} are taken at once.")
    left: list[tuple[str, str]] = []
    said: list[str] = []
    key = key_of(document, references, picked, said)
    left += [("key", why) for why in said]
    keys = frozenset() if key is None else frozenset({f"{key['in']}:{key['name'].lower()}"})
    maker = _Maker(wanted, references, Shapes(references), keys, left)
    made = {one["action"]["id"]: one for operation in picked if (one := maker.made(operation)) is not None}
    if not every:
        raise DocumentRefused("It has no operations: `paths` is empty, or not an object.")
    if not made:
        raise DocumentRefused(
            "None of the operations can be an action: " + "; ".join(f"{what}: {why}" for what, why in left[:5])
        )
    _name_estimates(made, wanted)
    url = base_url(document, references, wanted.base_url, wanted.source)
    api = api_sheet(document, wanted.name, url, key, wanted.public)
    actions = [one["action"] for one in made.values()]
    schemas = {name: schema for one in made.values() for name, schema in one["schemas"].items()}
    return ApiFamily({"api": api, "actions": actions, "schemas": schemas}, list(dict.fromkeys(left)))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes one family's definitions."""

    wanted: Wanted
    references: DocumentReferences
    shapes: Shapes
    keys: frozenset[str]
    left: list[tuple[str, str]]
    taken: dict[str, str] = field(default_factory=dict)

    def made(self, operation: DocumentedOperation) -> Json | None:
        """The definition and its schemas; None where the operation can't be an action, and said why."""
        id = operation.id(self.wanted.name)
        tool = id.replace(".", "_").replace("-", "_")
        if tool in self.taken:
            self.left.append((operation.named, f"{id} is already {self.taken[tool]}"))
            return None
        said: list[str] = []
        try:
            reader = InputReader(self.references, self.shapes, said.append, self.keys)
            inputs = reader.read(operation)
            output, example = self._output(operation)
        except NotTaken as why:
            self.left.append((plain(operation.named, 100), str(why)))
            return None
        self.taken[tool] = plain(operation.named, 100)
        self.left.extend((id, why) for why in said)
        if any(isinstance(operation.body.get(member), list) for member in ("servers",)):
            self.left.append((id, "servers of its own are not used: it runs below the API's base URL"))
        return self._definition(operation, id, inputs, output, example)

    def _definition(self, operation: DocumentedOperation, id: str, inputs: Inputs, output: Json, example: Any) -> Json:
        request, response = f"{id}.request.json", f"{id}.response.json"
        title = operation.title
        title = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
        if len(title) < 2:
            # One letter is no title.
            title = f"{operation.method.upper()} {id.rpartition('.')[2].replace('_', ' ')}"
        called = f"{operation.method.upper()} {plain(operation.path, 200)}"
        described = plain(operation.body.get("description")) or plain(operation.body.get("summary"))
        http = dict(inputs.http)
        if output is FILE:
            http["file"] = True
        if self.wanted.idempotency_header is not None and http["method"] != "GET":
            http["idempotency_header"] = self.wanted.idempotency_header
        action: Json = {
            "format": 1,
            "id": id,
            "title": title,
            "description": described
            if len(described) >= 10
            else f"{described or title}: {called} of {self.wanted.name}.",
            "kind": self._kind(operation),
            "http": http,
            "input_schema": {"$ref": request},
            "output_schema": {"$ref": response},
            "ui": inputs.ui(),
            "examples": [{"title": "Example", "input": _example(inputs), "output": example}],
        }
        if action["kind"] == "generate":
            action["run"] = {"lane": "blocking", "time_limit_s": GENERATE_S}
        return {"action": action, "schemas": {request: inputs.schema(), response: output}, "operation": operation}

    def _kind(self, operation: DocumentedOperation) -> str:
        if any(operation.answers_to(name) for name in self.wanted.generate):
            return "generate"
        if operation.method != "get":
            return "write"
        return "search" if operation.searches else "read"

    def _output(self, operation: DocumentedOperation) -> tuple[Json, Any]:
        """The schema of a success, and an example of it."""
        content, _ = self.references.resolved(self._success(operation).get("content"))
        kinds = [str(kind) for kind in content]
        if not kinds:
            return STATUS, {"status": 204}
        kind = next((kind for kind in kinds if JSON_TYPE.fullmatch(kind)), None)
        if kind is None:
            if any(kind.startswith("text/") or kind.endswith("xml") for kind in kinds):
                return TEXT, {"status": 200, "content_type": kinds[0][:100], "text": "text"}
            return FILE, FILE_EXAMPLE
        media, _ = self.references.resolved(content[kind])
        if media.get("schema") is None:
            return dict(ANYTHING), {}
        schema = answer_schema(self.shapes, media["schema"])
        given = _given(media)
        return schema, given if given is not None and _fits(schema, given) else samples.sample(schema)

    def _success(self, operation: DocumentedOperation) -> Mapping[str, Any]:
        responses = operation.body.get("responses")
        listed = {str(status): part for status, part in responses.items()} if isinstance(responses, Mapping) else {}
        for status in (*sorted(status for status in listed if status.startswith("2")), "default"):
            if status in listed:
                return self.references.resolved(listed[status])[0]
        return {}


def _given(media: Mapping[str, Any]) -> Any:
    """The document's own example of an answer, where it isn't long."""
    examples = media.get("examples")
    first = next(iter(examples.values()), None) if isinstance(examples, Mapping) else None
    given = media.get("example", first.get("value") if isinstance(first, Mapping) else None)
    try:
        return (
            given if isinstance(given, dict | list) and given and len(orjson.dumps(given)) <= LONGEST_EXAMPLE else None
        )
    except TypeError:
        return None


def _fits(schema: Json, value: Any) -> bool:
    try:
        Validator(schema).check(value)
    except ValidationError:
        return False
    return schema.get("type") != "array" or bool(value)


def _example(inputs: Inputs) -> Json:
    """A value of every field that is needed."""
    return {name: samples.sample(inputs.properties[name]) for name in inputs.required}


def _name_estimates(made: Mapping[str, Json], wanted: Wanted) -> None:
    """Join each generate to the operation that tells its price. Raises ValidationError."""
    for name, estimate in wanted.estimates.items():
        pair = [[one for one in made.values() if one["operation"].answers_to(each)] for each in (name, estimate)]
        if not all(pair) or pair[0][0]["action"]["kind"] != "generate":
            message = f"{name}={estimate} must name one of --generate and another of --operations."
            raise ValidationError.at("/estimate", message)
        other = pair[1][0]["action"]
        found = _prices(other["examples"][0]["output"])
        if found is None:
            raise ValidationError.at("/estimate", f"The answer of {estimate} has no members credits and seconds.")
        pair[0][0]["action"]["run"] |= {"estimate": other["id"], "estimate_at": found}
        if other["kind"] == "read":
            other["kind"] = "estimate"


def _prices(output: Any) -> Json | None:
    """Find where an estimate's answer has the credits and seconds: at its root, or one level down."""
    places = [("", output)]
    places += [(f"/{name}", part) for name, part in output.items()] if isinstance(output, Mapping) else []
    for at, part in places:
        if isinstance(part, Mapping) and {"credits", "seconds"} <= part.keys():
            return {"credits": f"{at}/credits", "seconds": f"{at}/seconds"}
    return None
