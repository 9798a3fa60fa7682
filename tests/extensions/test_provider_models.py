"""`add model`: twenty schemas of fal and ten of Replicate, in the shapes that they publish, odd ones among them."""

# ruff: noqa: E501 (a schema is one line of a table)

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.config import ProviderSettings
from service.extensions import provider_models, provider_schemas
from service.extensions.book import Extension
from service.extensions.documents import DocumentRefused
from service.extensions.kinds import model as kind
from service.extensions.snapshot import offered
from service.providers.base import Reference, Task
from service.providers.inputs import members
from tests.extensions.conftest import run
from tests.fakes.fal import FakeFal
from tests.fakes.openapi import Answer, OpenApiServer
from tests.fakes.provider import KEY
from tests.fakes.replicate import FakeReplicate
from tests.support.house import House

on = pytest.mark.parametrize
Json = dict[str, Any]
PROMPT = {"type": "string", "title": "Prompt", "description": "What to make.", "examples": ["A pear"]}
URI = {"type": "string", "format": "uri"}
FILE = {"type": "object", "properties": {"url": {"type": "string"}, "content_type": {"type": "string"}}}
SIZE = {
    "anyOf": [{"$ref": "#/components/schemas/Size"}, {"type": "string", "enum": ["square", "wide"]}],
    "default": "wide",
}


def fal(properties: Json, output: Json, required: tuple[str, ...] = ("prompt",), category: str = "") -> Json:
    """fal's document of one model."""
    given = {"type": "object", "properties": properties, "required": list(required), "title": "Input"}
    result = {"type": "object", "properties": output}
    at = "#/components/schemas/"
    content = {"application/json": {"schema": {"$ref": f"{at}PearInput"}}}
    answer = {"application/json": {"schema": {"$ref": f"{at}PearOutput"}}}
    status = {"type": "object", "properties": {"status": {"type": "string"}}}
    size = {"type": "object", "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}}}
    # The path may be an alias, which is not the id.
    return {
        "openapi": "3.0.4",
        "info": {"title": "Queue", "x-fal-metadata": {"endpointId": "acme/pear", "category": category}},
        "paths": {
            "/alias/requests/{request_id}/status": {
                "get": {"responses": {"200": {"content": {"application/json": {"schema": status}}}}}
            },
            "/alias": {"post": {"requestBody": {"required": True, "content": content}, "responses": {}}},
            "/alias/requests/{request_id}": {"get": {"responses": {"200": {"description": "", "content": answer}}}},
        },
        "components": {"schemas": {"QueueStatus": status, "PearInput": given, "PearOutput": result, "Size": size}},
    }


IMAGES = {"images": {"type": "array", "items": FILE}, "seed": {"type": "integer"}}
VIDEO, AUDIO = {"video": FILE}, {"audio": FILE}
FALS: list[tuple[Json, str, list[str]]] = [
    (fal({"prompt": PROMPT}, IMAGES), "image", []),
    (fal({"prompt": PROMPT, "image_size": SIZE}, IMAGES), "image", ["image_size"]),
    (fal({"prompt": PROMPT, "num_images": {"type": "integer", "minimum": 1, "maximum": 4}}, IMAGES), "image", []),
    (fal({"prompt": PROMPT, "seed": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, IMAGES), "image", ["seed"]),
    (fal({"prompt": PROMPT, "guidance_scale": {"type": "number", "minimum": 0, "maximum": 20}}, IMAGES), "image", ["guidance_scale"]),
    (fal({"prompt": PROMPT, "sync_mode": {"type": "boolean", "default": False}}, IMAGES), "image", ["sync_mode"]),
    (fal({"prompt": PROMPT, "loras": {"type": "array", "items": FILE}}, IMAGES), "image", []),
    (fal({"prompt": PROMPT, "image_url": {"type": "string"}}, IMAGES, ("prompt", "image_url")), "image", []),
    (fal({"prompt": PROMPT, "image_urls": {"type": "array", "items": {"type": "string"}}}, IMAGES), "image", []),
    (fal({"image_url": {"type": "string"}, "mask_url": {"type": "string"}}, {"image": FILE}, ()), "image", ["image_url", "mask_url"]),
    (fal({"prompt": PROMPT, "duration": {"enum": ["5", "10"], "type": "string", "default": "5"}}, VIDEO), "video", ["duration"]),
    (fal({"prompt": PROMPT, "image_url": URI, "tail_image_url": URI}, VIDEO), "video", ["image_url", "tail_image_url"]),
    (fal({"video_url": URI, "prompt": PROMPT}, VIDEO, ("video_url",)), "video", ["video_url"]),
    (fal({"text": PROMPT, "voice": {"type": "string", "default": "Rachel"}}, AUDIO, ("text",), "text-to-speech"), "speech", ["voice"]),
    (fal({"prompt": PROMPT, "seconds_total": {"type": "integer", "maximum": 190}}, AUDIO, category="text-to-music"), "music", ["seconds_total"]),
    (fal({"prompt": PROMPT, "fps": {"type": "integer", "enum": [24, 30]}}, VIDEO), "video", ["fps"]),
    (fal({"prompt": PROMPT, "model": {"type": "string"}}, {"output": {"type": "string"}}, category="llm"), "text", []),
    (fal({"prompt": {"allOf": [PROMPT], "title": "P"}, "scale": {"allOf": [{"type": "number"}], "default": 1.5}}, IMAGES), "image", ["scale"]),
    (fal({"prompt": PROMPT, "2nd prompt": {"type": "string"}, "__proto__": {"type": "string"}}, IMAGES), "image", ["input_2nd_prompt", "proto"]),
    ({"models": [{"endpoint_id": "acme/pear", "metadata": {"display_name": "Pear"}, "openapi": fal({"prompt": PROMPT}, IMAGES)}]}, "image", []),
]  # fmt: skip


def replicate(properties: Json, output: Json, required: tuple[str, ...] = ("prompt",), **more: Any) -> Json:
    """Replicate's record of one model."""
    given = {"type": "object", "title": "Input", "properties": properties, "required": list(required)}
    shape = {"type": "string", "title": "shape", "enum": ["round", "square"], "description": "An enumeration."}
    schemas = {"Input": given, "Output": output, "shape": shape, "Status": {"enum": ["starting"]}}
    document = {"openapi": "3.0.2", "info": {"title": "Cog"}, "paths": {}, "components": {"schemas": schemas}}
    return {"owner": "acme", "name": "pear", "latest_version": {"id": "v" * 64, "openapi_schema": document}, **more}


CHOICE = {"allOf": [{"$ref": "#/components/schemas/shape"}], "default": "round", "x-order": 1}
PICTURES = {"type": "array", "items": URI, "title": "Output"}
REPLICATES: list[tuple[Json, str, list[str]]] = [
    (replicate({"prompt": PROMPT, "shape": CHOICE}, PICTURES), "image", ["shape"]),
    (replicate({"prompt": PROMPT, "image": {**URI, "nullable": True}}, URI), "image", []),
    (replicate({"prompt": PROMPT, "num_outputs": {"type": "integer", "maximum": 4}}, PICTURES), "image", []),
    (replicate({"prompt": PROMPT, "token": {"type": "string", "x-cog-secret": True}}, PICTURES), "image", []),
    (replicate({"prompt": PROMPT}, {"type": "array", "items": {"type": "string"}, "x-cog-array-display": "concatenate"}), "text", []),
    (replicate({"prompt": PROMPT, "fps": {"type": "integer", "default": 24}}, URI, description="A video model"), "video", ["fps"]),
    (replicate({"text": PROMPT, "speaker": URI}, URI, ("text",), description="Fast TTS"), "speech", ["speaker"]),
    (replicate({"prompt": PROMPT, "duration": {"type": "integer"}}, URI, description="Music from words"), "music", ["duration"]),
    (replicate({"prompt": PROMPT, "steps": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, PICTURES), "image", ["steps"]),
    ({"Input": {"type": "object", "properties": {"prompt": PROMPT, "shape": {"allOf": [{"$ref": "#/components/schemas/shape"}]}}},
      "shape": {"type": "string", "enum": ["round"]}, "Output": PICTURES}, "image", ["shape"]),
]  # fmt: skip


def made(provider: str, record: Json, type: str | None = None) -> provider_models.ModelDraft:
    return provider_models.make("pear", provider_schemas.read(provider, "acme/pear", record), type, 3)


@on(("provider", "case"), [*(("fal", one) for one in FALS), *(("replicate", one) for one in REPLICATES)])
def test_a_published_schema_becomes_a_model_and_a_generator(provider: str, case: tuple[Json, str, list[str]]) -> None:
    record, type, parameters = case
    draft = made(provider, json.loads(json.dumps(record)))
    assert (draft.spec["type"], list(draft.spec["parameters"])) == (type, parameters)
    parts = kind.parts(Extension("pear", "model", draft.spec), lambda type, key: 9000)
    generator = offered([parts]).generator("pear")
    assert [one.id for one in generator.parameters] == parameters
    assert (generator.type, generator.added, generator.default_model) == (type, True, 9000)


def test_a_model_of_the_community_is_asked_by_its_version_and_an_official_one_by_its_name() -> None:
    record = REPLICATES[0][0]
    assert made("replicate", record).spec["model"] == f"acme/pear:{'v' * 64}"
    assert made("replicate", record | {"is_official": True}).spec["model"] == "acme/pear"


def test_what_is_no_parameter_is_left_out_and_said() -> None:
    assert made("fal", FALS[6][0]).left_out == [("loras", "a list or an object is no parameter")]
    assert made("replicate", REPLICATES[3][0]).left_out == [("token", "it is a secret")]


def test_a_type_that_nothing_tells_is_asked_for() -> None:
    record = fal({"prompt": PROMPT}, {"mesh": FILE})
    with pytest.raises(DocumentRefused, match="--type"):
        made("fal", record)
    assert made("fal", record, "image").spec["type"] == "image"


@on(
    ("record", "why"),
    [
        ({}, "says nothing of what"),
        ({"openapi": {"paths": []}}, "says nothing of what"),
        (fal({}, IMAGES, ()), "no members"),
        (fal({"prompt": PROMPT, "loras": {"type": "array", "items": FILE}}, IMAGES, ("loras",)), "needs loras"),
        (fal({"prompt": {"$ref": "http://169.254.169.254/"}}, IMAGES), "outside the document"),
        (fal({"prompt": {"$ref": "#/components/schemas/None"}}, IMAGES), "no such place"),
    ],
)
def test_a_schema_that_cant_be_used_or_is_hostile_is_refused(record: Json, why: str) -> None:
    with pytest.raises(DocumentRefused, match=why):
        made("fal", record)


@on("endpoint", ["", "pear", "../x/y", "a/b?c=d", "http://a/b", "a//b", "a/b/c"])
def test_what_is_no_id_is_refused_before_anything_is_asked(endpoint: str) -> None:
    with pytest.raises(DocumentRefused, match="is no model"):
        provider_schemas.fetched("replicate", endpoint, "http://127.0.0.1:9", "")


@on(
    ("endpoint", "slug"),
    [("fal-ai/flux/dev", "flux-dev"), ("acme/Pear_2", "pear-2"), ("a/2x", "m-2x"), ("a/" + "b" * 60, "b" * 40)],
)
def test_the_slug_is_the_endpoints_last_parts(endpoint: str, slug: str) -> None:
    assert provider_models.slug_of(endpoint) == slug


def test_a_parameters_file_is_sent_under_its_own_name_beside_the_picture(tmp_path: Path) -> None:
    draft = made("fal", FALS[11][0])
    (row,) = kind.parts(Extension("pear", "model", draft.spec), lambda type, key: 29000).models
    end = Reference("image", "https://a.test/end.png", path=tmp_path, at="/parameters/tail_image_url")
    params = {"parameters": {"tail_image_url": end.url}}
    task = Task("video", "acme/pear", "go", params=params, references=(end,), inputs=row["call"]["inputs"])
    sent = members(task, lambda reference: f"data:{reference.at}", lambda width, height: None)
    assert sent == {"prompt": "go", "tail_image_url": "data:/parameters/tail_image_url"}


@on(("fake_of", "provider"), [(FakeFal, "fal"), (FakeReplicate, "replicate")])
def test_a_run_asks_the_provider_by_the_models_own_names_and_types(
    fake_of: Any, provider: str, houses: Callable[..., House], tmp_path: Path
) -> None:
    fake = fake_of()
    house = houses(providers={provider: ProviderSettings(KEY, fake.url)})
    house.work()
    properties = {
        "prompt": PROMPT,
        "steps": {"type": "integer", "minimum": 1, "maximum": 50},
        "scale": {"type": "number"},
        "fast": {"type": "boolean"},
        "fps": {"type": "integer", "enum": [24, 30]},
    }
    document = fal(properties, IMAGES) if provider == "fal" else replicate(properties, PICTURES, is_official=True)
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(document))
    done = run(house, "add", "model", provider, "acme/pear", "--schema", str(file), "--credits", "3", "--json")
    assert done.exit_code == 0, done.output
    house.context.extensions.refresh()
    account = house.account()
    (row,) = [one for one in account.get("/api/v1/models/image").get_json()["data"] if one.get("added")]
    assert (row["id"], row["credit_cost"]) == (19000, 3)
    wanted = {"steps": 7, "scale": 1.5, "fast": True, "fps": "30"}
    values = {"slug": "pear", "model_id": 19000, "prompt": "a pear", "parameters": wanted}
    taken = account.submit("generor.generators.generate", values)
    assert taken.status_code == 202, taken.text
    ended = account.ended(taken.get_json()["id"])
    assert (ended["status"], ended["sandbox"], ended["credits_charged"]) == ("completed", False, 3), ended["error"]
    posts = [request.json for request in fake.requests if request.method == "POST"]
    sent = posts[0] if provider == "fal" else posts[0]["input"]
    assert sent == {"prompt": "a pear", "steps": 7, "scale": 1.5, "fast": True, "fps": 30}
    fake.close()


@on(
    ("provider", "record", "asked"),
    [
        ("fal", FALS[0][0], "/api/openapi/queue/openapi.json"),
        ("replicate", REPLICATES[0][0], "/models/acme/pear"),
    ],
)
def test_a_schema_is_fetched_from_the_providers_own_address(provider: str, record: Json, asked: str) -> None:
    server = OpenApiServer({"paths": {}})
    server.fail(Answer(200, record))
    assert provider_schemas.fetched(provider, "acme/pear", server.url, "k") == record
    scheme = "Key" if provider == "fal" else "Bearer"
    assert [(one.path, one.headers["authorization"]) for one in server.seen] == [(asked, f"{scheme} k")]
    with pytest.raises(DocumentRefused, match="HTTP status 404"):
        provider_schemas.fetched(provider, "acme/pear", server.url, "")
    server.close()
