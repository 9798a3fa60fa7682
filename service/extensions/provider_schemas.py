"""The schema of one model of fal or Replicate, as either publishes it: fetched by the model's id, or from a file.

fal describes a model by an OpenAPI document of its own; Replicate by a record whose version has the schemas `Input` and
`Output`. A file holds the whole record, or the schema alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError

from service.extensions.documents import ACCEPT, CONNECT_S, FETCH_S, MOST_BYTES, DocumentRefused, parse
from service.net.failures import why
from service.providers.http import exchange

PROVIDERS = ("fal", "replicate")
FAL, REPLICATE = "https://fal.ai", "https://api.replicate.com/v1"
ENDPOINT = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*){1,6}", re.ASCII)
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelSchema:
    """One model as its provider describes it: `document` holds every schema, `input` and `output` are two of them.

    `model` is what the provider is asked for. `category` is its own word for what it does, "" where it has none.
    """

    provider: str
    model: str
    document: Json = field(repr=False)
    input: Any = field(repr=False)
    output: Any = field(repr=False)
    title: str = ""
    description: str = ""
    category: str = ""


def check_endpoint(provider: str, endpoint: str) -> None:
    """Raises DocumentRefused where `endpoint` can be no model's id at the provider."""
    parts = endpoint.split("/")
    if not ENDPOINT.fullmatch(endpoint) or ".." in endpoint or (provider == "replicate" and len(parts) != 2):
        form = "OWNER/NAME" if provider == "replicate" else "an id such as acme/pear/fast"
        raise DocumentRefused(f"{endpoint[:100]!r} is no model of {provider}: give {form}.")


def fetched(provider: str, endpoint: str, base_url: str | None, key: str) -> Json:
    """Ask the provider for the model's record. Raises DocumentRefused."""
    check_endpoint(provider, endpoint)
    refusals = []
    for url in _addresses(provider, endpoint, base_url):
        told = f"{'Key' if provider == 'fal' else 'Bearer'} {key}"
        headers = {"Accept": ACCEPT, **({"Authorization": told} if key else {})}
        try:
            answer = exchange(
                "GET", url, within_s=FETCH_S, timeout=(CONNECT_S, FETCH_S), most=MOST_BYTES, headers=headers
            )
        except (requests.RequestException, HTTPError, OSError) as error:
            refusals.append(why(error))
            continue
        if answer.ok:
            return parse(answer.body)
        refusals.append(f"HTTP status {answer.status}")
    raise DocumentRefused(
        f"{provider} does not tell the schema of {endpoint}: {'; '.join(refusals)}. Give --schema FILE."
    )


def _addresses(provider: str, endpoint: str, base_url: str | None) -> Iterator[str]:
    if provider == "replicate":
        yield f"{(base_url or REPLICATE).rstrip('/')}/models/{endpoint}"
        return
    base = (base_url or FAL).rstrip("/")
    yield f"{base}/api/openapi/queue/openapi.json?{urlencode({'endpoint_id': endpoint})}"
    expanded = urlencode({"endpoint_id": endpoint, "expand": "openapi-3.0"})
    yield f"{base}/models?{expanded}" if base_url else f"https://api.fal.ai/v1/models?{expanded}"


def read(provider: str, endpoint: str, record: Json) -> ModelSchema:
    """Find the model's schemas in its record, or in the schema alone. Raises DocumentRefused."""
    check_endpoint(provider, endpoint)
    return _of_fal(endpoint, record) if provider == "fal" else _of_replicate(endpoint, record)


def _of_fal(endpoint: str, record: Json) -> ModelSchema:
    listed = record.get("models")
    if isinstance(listed, list) and listed:
        named = [one for one in listed if isinstance(one, Mapping) and one.get("endpoint_id") == endpoint] or listed
        record = named[0] if isinstance(named[0], Mapping) else {}
    facts = _mapping(record.get("metadata"))
    document = _mapping(record.get("openapi")) or record
    about = {**_mapping(_mapping(document.get("info")).get("x-fal-metadata")), **facts}
    schemas = _mapping(_mapping(document.get("components")).get("schemas"))
    given, answered = _of_paths(document)
    given = given or _ending(schemas, "Input") or (document if "properties" in document else None)
    if given is None:
        raise DocumentRefused(
            f"It says nothing of what {endpoint} takes: it needs a POST, or a schema with properties."
        )
    return ModelSchema(
        "fal",
        endpoint,
        document,
        given,
        answered or _ending(schemas, "Output"),
        str(about.get("display_name") or ""),
        str(about.get("description") or _mapping(document.get("info")).get("description") or ""),
        str(about.get("category") or ""),
    )


def _of_paths(document: Json) -> tuple[Any, Any]:
    """Return the POST's body and the answer of the GET of its result; the path may be another than the id."""
    given = answered = None
    for path, item in _mapping(document.get("paths")).items():
        body = _mapping(_mapping(_mapping(item).get("post")).get("requestBody"))
        given = given or _json_schema(body)
        success = _mapping(_mapping(_mapping(_mapping(item).get("get")).get("responses")).get("200"))
        if str(path).rstrip("/").endswith("{request_id}"):
            answered = answered or _json_schema(success)
    return given, answered


def _json_schema(body: Json) -> Any:
    return _mapping(_mapping(body.get("content")).get("application/json")).get("schema")


def _ending(schemas: Json, word: str) -> Any:
    named = [name for name in schemas if str(name).endswith(word)]
    return schemas[named[0]] if named else None


def _of_replicate(endpoint: str, record: Json) -> ModelSchema:
    version = _mapping(record.get("latest_version")) or (record if "openapi_schema" in record else {})
    document = _mapping(version.get("openapi_schema")) or record
    schemas = _mapping(_mapping(document.get("components")).get("schemas"))
    if not schemas and isinstance(document.get("Input"), Mapping):
        schemas, document = document, {"components": {"schemas": document}}
    given = schemas.get("Input") or (document if "properties" in document else None)
    if not isinstance(given, Mapping):
        raise DocumentRefused(f"It says nothing of what {endpoint} takes: it needs a schema named Input.")
    number = version.get("id")
    # An official model is asked by its name alone, a community's by its version.
    by_name = record.get("is_official") is True or not isinstance(number, str)
    return ModelSchema(
        "replicate",
        endpoint if by_name else f"{endpoint}:{number}",
        document,
        given,
        schemas.get("Output"),
        "",
        str(record.get("description") or ""),
    )


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}
