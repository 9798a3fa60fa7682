"""Reading `node_definitions/` and `schemas/` once, at start. A broken one stops the start with file and pointer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from service.definitions import links
from service.definitions.action import BODY_BYTES, PLACEHOLDER, Action, Api, Stream
from service.definitions.lint import lint
from service.definitions.reading import Reader
from service.definitions.schemas import DefinitionError, Schemas, read_json, schema_faults
from service.definitions.validation import Validator
from service.errors import NotFound

META = "node-definition.schema.json"
API_META = "api.schema.json"
Json = dict[str, Any]
Resolve = Callable[[str], Json]


@dataclass(frozen=True)
class Definitions:
    """Every action by its id and every API by its name.

    `operations` and `families` hold, beside those that are built in, what only its own paths and the OpenAPI document
    show. `added` are the APIs that the operator added, which have actions and no paths.
    """

    actions: Mapping[str, Action]
    apis: Mapping[str, Api]
    schemas: Schemas
    operations: Mapping[str, Action]
    families: Mapping[str, Api]
    added: frozenset[str] = frozenset()

    @property
    def keyed(self) -> dict[str, Api]:
        """The APIs that have keys: those with paths here."""
        return {name: api for name, api in self.apis.items() if name not in self.added}

    def action(self, action_id: str) -> Action:
        """The action. Raises NotFound."""
        found = self.actions.get(action_id)
        if found is None:
            raise NotFound(f"There is no action {action_id}; GET /v1/actions lists them.")
        return found

    def schema(self, name: str) -> Json:
        """A schema file, resolved."""
        return self.schemas.resolved(name)

    def validate(self, name: str, value: Mapping[str, Any]) -> Json:
        """`value` as the schema file wants it, top-level defaults filled in. Raises ValidationError."""
        reader, validator, defaults = self._shared[name]
        read = reader.read(dict(value))
        validator.check(read, "body")
        return {**defaults, **read}

    @cached_property
    def _shared(self) -> dict[str, tuple[Reader, Validator, Json]]:
        """The schemas of `/v1`, compiled."""
        names = [name for name in self.schemas.names if name.startswith("v1/")]
        shared = {}
        for name in names:
            schema = self.schema(name)
            defaults = {key: part["default"] for key, part in schema["properties"].items() if "default" in part}
            shared[name] = (Reader(schema), Validator(schema), defaults)
        return shared


def load(definitions: Path, schemas: Path) -> Definitions:
    """Read, resolve and lint everything. Raises DefinitionError."""
    kept = Schemas(schemas)
    apis, meta = load_apis(definitions, kept), kept.resolved(META)
    actions: dict[str, Action] = {}
    for path in sorted(definitions.glob("*/*.json")):
        if path.name != "api.json":
            action = _action(path, kept, meta, apis[path.parent.name])
            lint(action, path)
            actions[action.id] = action
    for action, pointer, message in links.faults(actions):
        raise DefinitionError(
            definitions / action.api.name / f"{action.resource}.{action.operation}.json", pointer, message
        )
    shown = {name: api for name, api in apis.items() if api.faces is None}
    automated = {name: action for name, action in actions.items() if action.api.name in shown}
    return Definitions(automated, shown, kept, actions, apis)


def load_apis(definitions: Path, schemas: Schemas) -> dict[str, Api]:
    """Read what the operations of each API share, and whose keys may run them. Raises DefinitionError."""
    folders = [folder for folder in sorted(definitions.iterdir()) if folder.is_dir()]
    apis = [_api(folder / "api.json", schemas) for folder in folders]
    return {api.name: replace(api, callers=callers(api, apis)) for api in apis}


def callers(api: Api, apis: Sequence[Api]) -> dict[str, Mapping[str, str]]:
    """List the APIs whose keys may run an API's actions, with the scopes that they need."""
    able = [other for other in apis if other.name == api.name or other.auth.get("runs", "all") == "all"]
    return {other.name: other.auth["default_scope_by_kind"] for other in able}


def _api(path: Path, schemas: Schemas) -> Api:
    body = read_json(path)
    api = make_api(body, path, schemas.resolved(API_META))
    if api.name != path.parent.name:
        raise DefinitionError(path, "/api", f"must be {path.parent.name}, as the folder")
    return api


def make_api(body: Json, path: Path, meta: Json) -> Api:
    """Read an `api.json`, which is held against the meta-schema. Raises DefinitionError."""
    _against(meta, body, path)
    members = {name: value for name, value in body.items() if name not in ("format", "api")}
    members["face_paths"] = tuple(body.get("face_paths") or (body["base_path"],))
    return Api(name=body["api"], **members)


def _action(path: Path, schemas: Schemas, meta: Json, api: Api) -> Action:
    body = read_json(path)
    action = make_action(body, path, meta, api, schemas.resolved)
    if action.id != f"{api.name}.{path.stem}":
        raise DefinitionError(path, "/id", f"must be {api.name}.{path.stem}, as the file")
    return action


def make_action(body: Json, path: Path, meta: Json, api: Api, resolved: Resolve) -> Action:
    """Read a definition, which is held against the meta-schema; `resolved` finds a schema. Raises DefinitionError."""
    _against(meta, body, path)
    named, resource, operation = body["id"].split(".")
    if named != api.name:
        raise DefinitionError(path, "/id", f"must begin with {api.name}.")
    http, auth = body["http"], body.get("auth", {})
    input_schema = _schema(resolved, body, "input_schema", path)
    return Action(
        id=body["id"],
        api=api,
        resource=resource,
        operation=operation,
        title=body["title"],
        description=body["description"],
        kind=body["kind"],
        method=http["method"],
        path=http["path"],
        success=http.get("success", 200),
        placement=_placement(http, input_schema, path),
        auth_required=auth.get("required", True),
        scope=auth.get("scope") or api.auth["default_scope_by_kind"][body["kind"]],
        input_schema=input_schema,
        output_schema=_schema(resolved, body, "output_schema", path),
        ui=body.get("ui", {}),
        run=body.get("run") or {},
        page=body.get("page"),
        files=body.get("files", []),
        summary=body.get("summary", []),
        errors=body.get("errors", []),
        examples=body.get("examples", []),
        anti_examples=body.get("anti_examples", []),
        source=body,
        stream=_stream(resolved, http, path),
        documented=body.get("documented", True),
        hosted=body.get("hosted", True),
        any_key=auth.get("any_key", False),
        multipart=http.get("multipart", False),
        waits=http.get("waits", True),
        rendered=http.get("rendered", False),
        max_body_bytes=http.get("max_body_bytes", BODY_BYTES),
    )


def _schema(resolved: Resolve, body: Json, member: str, path: Path) -> Json:
    try:
        return resolved(body[member]["$ref"])
    except DefinitionError as error:
        raise DefinitionError(path, f"/{member}/$ref", str(error)) from None


def _stream(resolved: Resolve, http: Mapping[str, Any], path: Path) -> Stream | None:
    settings = http.get("stream")
    if settings is None:
        return None
    try:
        told = {name: settings.get(name) for name in ("end", "when", "event")}
        return Stream(settings["field"], resolved(settings["event_schema"]["$ref"]), **told)
    except DefinitionError as error:
        raise DefinitionError(path, "/http/stream/event_schema/$ref", str(error)) from None


def _placement(http: Mapping[str, Any], input_schema: Json, path: Path) -> dict[str, str]:
    """Return where each field goes: in the template → path; GET, DELETE → query; else body; exceptions in `http.in`."""
    named = set(PLACEHOLDER.findall(http["path"]))
    properties = input_schema.get("properties", {})
    for name in sorted(named - set(properties)):
        raise DefinitionError(path, "/http/path", f"{{{name}}} is not a field of the input schema")
    usual = "query" if http["method"] in ("GET", "DELETE") else "body"
    exceptions = http.get("in", {})
    return {name: "path" if name in named else exceptions.get(name, usual) for name in properties}


def _against(schema: Json, body: Json, path: Path) -> None:
    for fault in sorted(schema_faults(schema, body), key=lambda one: list(map(str, one.path))):
        raise DefinitionError(path, "".join(f"/{part}" for part in fault.absolute_path), fault.message)
