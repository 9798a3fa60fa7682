"""The OpenAPI 3.1 document, from the definitions: every REST operation, and every action at its place under `/v1`."""

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from service.definitions import Action, Api, Definitions, Stream
from service.describe import openapi_paths, openapi_v1, openapi_v1_account

VERSION = "3.1.0"
TITLE = "Genhook"
Json = dict[str, Any]


def build(definitions: Definitions, url: str) -> Json:
    """The whole document, for a service that is reached at `url`."""
    paths: dict[str, Json] = {}
    for action in definitions.operations.values():
        paths.setdefault(action.path, {})[action.method.lower()] = _operation(action, definitions)
    for action in definitions.actions.values():
        paths[f"/v1/actions/{action.id}"] = {"post": _submission(definitions, action)}
    paths.update(openapi_paths.build(definitions))
    return {
        "openapi": VERSION,
        "info": {
            "title": TITLE,
            "version": "1",
            "description": "AI generation as automation actions: queued, signed and posted to your callback URL.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": url}],
        "tags": [{"name": api.name, "description": api.description} for api in definitions.families.values()]
        + [{"name": "v1", "description": "Every operation as an automation action."}],
        "paths": paths,
        "webhooks": openapi_v1.webhooks(),
        "components": {"schemas": _schemas(definitions), "securitySchemes": _security_schemes(definitions)},
    }


def _security(action: Action, definitions: Definitions) -> list[Json]:
    names = sorted(definitions.keyed) if action.api.auth.get("keys") == "any" else [action.api.name]
    return [*([] if action.auth_required else [{}]), *({name: []} for name in names)]


def _operation(action: Action, definitions: Definitions) -> Json:
    """One operation on its API's own path."""
    operation: Json = {
        "operationId": action.id,
        "tags": [action.api.name],
        "summary": action.title,
        "description": action.description,
        "parameters": [_parameter(action, name, place) for name, place in action.placement.items() if place != "body"],
        "responses": _responses(action),
        "security": _security(action, definitions),
    }
    body = _body_schema(action)
    if body is not None:
        required = bool(body.get("required"))
        sent = [_placed(action, example["input"], "body") for example in action.examples]
        operation["requestBody"] = {"required": required, "content": _json_content(body, _titled(action, sent))}
    if action.kind == "generate":
        operation["parameters"].append(copy.deepcopy(openapi_v1.IDEMPOTENCY_KEY))
    return operation


def _parameter(action: Action, name: str, place: str) -> Json:
    schema = dict(action.input_schema["properties"][name])
    description = schema.pop("description", None)
    required = place == "path" or name in action.input_schema.get("required", ())
    parameter = {"name": name, "in": place, "required": required, "schema": schema}
    values = [example["input"].get(name) for example in action.examples]
    examples = {key: shown for key, shown in _titled(action, values).items() if shown["value"] is not None}
    if examples:
        parameter["examples"] = examples
    return parameter if description is None else parameter | {"description": description}


def _placed(action: Action, values: Mapping[str, Any], place: str) -> Json:
    """The members of a flat input that go to one place."""
    return {name: value for name, value in values.items() if action.placement[name] == place}


def _titled(action: Action, values: Sequence[Any]) -> Json:
    """One value for each of the definition's examples, under the example's title."""
    return {
        f"example-{number}": {"summary": example["title"], "value": value}
        for number, (example, value) in enumerate(zip(action.examples, values, strict=True), start=1)
    }


def _body_schema(action: Action) -> Json | None:
    """The input's body members as a schema of their own, with the conditions that speak of them."""
    members = {name for name, place in action.placement.items() if place == "body"}
    if not members:
        return None
    schema: Json = copy.deepcopy(dict(action.input_schema))
    schema["properties"] = {name: part for name, part in schema["properties"].items() if name in members}
    schema["required"] = [name for name in schema.get("required", ()) if name in members]
    # REST ignores members it does not know (contract, section 6).
    schema.pop("additionalProperties", None)
    if not schema["required"]:
        del schema["required"]
    return _one_shape(schema)


def _one_shape(schema: Json) -> Json:
    """An input whose `anyOf` says what is required, said so that a client's generator makes one class of it.

    They take a root `anyOf` for a choice between whole classes; not (not this) is the same to a validator.
    """
    conditions = schema.pop("anyOf", None)
    return schema if conditions is None else schema | {"not": {"not": {"anyOf": conditions}}}


def _responses(action: Action) -> Json:
    api = action.api
    success: Json = {"description": "Done.", "content": _json_content(_enveloped(action))}
    if "content" in action.source["http"]:
        # Generators of clients know bytes by octet-stream alone.
        types = ("application/octet-stream", action.source["http"]["content"])
        success["content"] = {name: {"schema": {"type": "string", "format": "binary"}} for name in types}
    if action.stream is not None:
        success["content"]["text/event-stream"] = {"schema": _events_schema(action.stream)}
    responses: Json = {str(action.success): {**success, "headers": _limit_headers(api)}}
    if action.kind == "generate" and action.success != 200:
        responses["200"] = {**copy.deepcopy(success), "description": "The same run again, under its Idempotency-Key."}
    refused = _json_content(openapi_v1.reference("schemas", _error_name(api)))
    statuses = sorted({entry["status"] for entry in api.errors.values()})
    for status in statuses:
        codes = sorted(
            {str(entry.get("code")) for entry in api.errors.values() if entry["status"] == status} - {"None"}
        )
        description = ", ".join(codes) or "Refused."
        responses.setdefault(str(status), {"description": description, "content": refused})
    return responses


def _enveloped(action: Action) -> Json:
    api, output = action.api, openapi_v1.reference("schemas", _output_name(action))
    if api.answer["data"] == "":
        return output
    properties = action.output_schema.get("properties", {})
    members: Json = {pointer: {"const": value} for pointer, value in api.answer["constants"].items()}
    if set(properties) == {"data", "meta"}:
        members |= {api.answer[member]: properties[member] for member in ("data", "meta")}
    else:
        members[api.answer["data"]] = output
    return _object(members)


def _error_schema(api: Api) -> Json:
    members: Json = {pointer: {"const": value} for pointer, value in api.error["constants"].items()}
    for member, kind in (("code", "string"), ("message", "string"), ("status", "integer")):
        if api.error.get(member):
            told = [entry.get(member) for entry in api.errors.values()]
            nullable = member == "code" and None in told
            members[api.error[member]] = {"type": [kind, "null"] if nullable else kind}
    return _object(members)


def _object(members: Mapping[str, Any]) -> Json:
    """A schema of an object whose members are named by JSON pointers."""
    root: Json = {"type": "object", "properties": {}, "required": []}
    for pointer, schema in members.items():
        *parents, last = pointer.strip("/").split("/")
        place = root
        for parent in parents:
            place["required"] = sorted({*place["required"], parent})
            place = place["properties"].setdefault(parent, {"type": "object", "properties": {}, "required": []})
        place["properties"][last] = schema
        place["required"] = sorted({*place["required"], last})
    return root


def _limit_headers(api: Api) -> Json:
    names = [api.headers[member] for member in ("limit", "remaining", "reset", "tier")]
    return {name: {"schema": {"type": "string"}} for name in names if name}


def _submission(definitions: Definitions, action: Action) -> Json:
    """The action under `/v1`: the same input, and what a submission adds."""
    schema = copy.deepcopy(definitions.schema("v1/submission.request.json"))
    schema.pop("$schema", None)
    schema["properties"]["input"] = _one_shape(copy.deepcopy(dict(action.input_schema)))
    schema["properties"]["connection"] |= {"enum": [*action.connections], "default": action.home}
    submitted = [{"input": example["input"]} for example in action.examples]
    return {
        "operationId": f"submit.{action.id}",
        "tags": ["v1"],
        "summary": f"{action.title} (queued)" if action.kind == "generate" else action.title,
        "description": action.description,
        **({"x-added": True} if action.api.added else {}),
        "parameters": [copy.deepcopy(openapi_v1.WAIT), copy.deepcopy(openapi_v1.IDEMPOTENCY_KEY)],
        "requestBody": {"required": True, "content": _json_content(schema, _titled(action, submitted))},
        "responses": openapi_v1.run_responses(_run_name(action)),
        "security": [{name: []} for name in sorted(definitions.keyed)],
    }


def _run_name(action: Action) -> str:
    return f"{action.id}.run"


def _output_name(action: Action) -> str:
    return f"{action.id}.output"


def _error_name(api: Api) -> str:
    return f"{api.name}.error"


def _schemas(definitions: Definitions) -> Json:
    """Collect the named schemas: the shapes of `/v1`, each API's error, and each action's output and run."""
    errors = {_error_name(api): _error_schema(api) for api in definitions.families.values()}
    made: Json = {}
    for action in {**definitions.operations, **definitions.actions}.values():
        made[_output_name(action)] = _untitled(action.output_schema)
    for action in definitions.actions.values():
        made[_run_name(action)] = openapi_v1.run_of(openapi_v1.reference("schemas", _output_name(action)))
    return openapi_v1.schemas() | openapi_v1_account.schemas() | errors | made


def _security_schemes(definitions: Definitions) -> Json:
    return {
        api.name: {
            "type": "http",
            "scheme": "bearer",
            "description": f"A key that begins with {api.auth['key_prefix']}",
        }
        for api in definitions.keyed.values()
    }


def _json_content(schema: Mapping[str, Any], examples: Mapping[str, Any] | None = None) -> Json:
    content: Json = {"schema": _without_meta(dict(schema))}
    return {"application/json": content | {"examples": dict(examples)} if examples else content}


def _events_schema(stream: Stream) -> Json:
    """Server-sent events: a text to OpenAPI 3.1, whose events have a schema of their own."""
    ended = "" if stream.end is None else f" The last one is {stream.end}."
    asked = "true" if stream.when is None else stream.when
    named = "" if stream.event is None else f" named by its {stream.event},"
    description = f"One event a line of data,{named} where {stream.field} is {asked}.{ended}"
    return {"type": "string", "description": description, "x-event-schema": dict(stream.event_schema)}


def _untitled(schema: Mapping[str, Any]) -> Json:
    """Known by its name alone: generators would call every class of the same title the same."""
    return {name: value for name, value in _without_meta(dict(schema)).items() if name != "title"}


def _without_meta(schema: Json) -> Json:
    """Without the members that name the file it came from: the document is one resource."""
    return {name: value for name, value in schema.items() if not re.fullmatch(r"\$(schema|id)", name)}
