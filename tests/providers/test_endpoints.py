"""Every request that the catalogue can make, held to what its endpoint takes.

`endpoints/<provider>.json` has a minimal schema of each endpoint: its members, those it requires, and their values,
written from the providers' own types and documents.
"""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service import providers
from service.catalog import Model, load
from service.catalog.pricing import quote
from service.catalog.references import check_references, lacking_references
from service.config import PROVIDERS
from service.errors import ValidationError
from service.generation.order import asked
from service.net.guard import Guard
from service.providers.base import Access, Reference, Task
from service.providers.inputs import MEMBER_OF
from tests.fakes.provider import KEY, FakeProvider, Request, media_bytes
from tests.support import engines

ENDPOINTS = Path(__file__).parent / "endpoints"
AT = "https://example.com/"
ROLE_OF = {member: role for role, member in MEMBER_OF.items()}
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
# What a request may refer to, in every combination that a model takes.
SHOWN: tuple[Mapping[str, int], ...] = (
    {},
    {"image_url": 1},
    {"image_url": 1, "ending_frame_url": 1},
    {"reference_images": 1},
    {"reference_images": 9},
    {"image_url": 1, "reference_images": 1},
    {"image_url": 1, "reference_images": 8},
    {"reference_videos": 1},
    {"reference_videos": 3},
    {"image_url": 1, "reference_videos": 1, "reference_audio": 1},
    {"video_url": 1},
    {"video_url": 1, "reference_images": 5},
)


def cases(model: Model) -> Iterator[Task]:
    """Yield every request that the model can be asked for, at both ends of what it may be."""
    for shown in SHOWN:
        given = _given(model, shown)
        if given is None:
            continue
        # Many media are sent once: what else is asked for does not hang on their number.
        most = 1 if sum(shown.values()) > 2 else None
        tasks = (_task(model, given, settings) for settings in islice(_settings(model, given), most))
        yield from {repr(task): task for task in tasks}.values()


def _given(model: Model, shown: Mapping[str, int]) -> dict[str, Any] | None:
    """The members that point at media, as many as the model takes of them; None where it does not take these."""
    caps = {"reference_images": model.reference_caps.images, "reference_videos": model.reference_caps.videos}
    frames = len({"image_url", "ending_frame_url"} & set(shown)) if model.reference_caps.together else 0
    given: dict[str, Any] = {}
    for member, count in shown.items():
        many = min(count, caps.get(member, count) - (frames if member == "reference_images" else 0))
        given[member] = [f"{AT}{member}-{n}" for n in range(many)] if member in caps else f"{AT}{member}"
    try:
        check_references(model, given)
    except ValidationError:
        return None
    empty = any(not value for value in given.values())
    return None if empty or lacking_references(model, given) else given


def _settings(model: Model, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if model.type == "text":
        yield from ({"thinking_mode": mode, "temperature": 0.7} for mode in model.thinking)
        yield {"schema": SCHEMA, "max_tokens": 500}
        return
    yield {}
    if model.type == "speech":
        yield from ({"voice": voice} for voice in (model.voices[0], model.voices[-1], *model.speakers.values()))
    if model.type == "upscale":
        yield from ({"factor": factor} for factor in (2, 4))
    if model.type in ("video", "music", "soundeffect"):
        yield from ({"seconds": seconds, "generate_audio": True} for seconds in (1, 7, 600))
    if model.type in ("image", "video"):
        matched = ("match_input_image",) if given and model.type == "image" else ()
        ratios = ("16:9", "9:16") if model.type == "video" else ("1:1", "9:16", "16:9", *matched)
        yield from ({"aspect_ratio": ratio, "count": 10} for ratio in ratios)


def _task(model: Model, given: Mapping[str, Any], settings: Mapping[str, Any]) -> Task:
    """The task as the APIs order it."""
    price = quote(None, model, {**given, **settings})
    params = {name: value for name, value in settings.items() if name not in ("count", "aspect_ratio", "seconds")}
    if price.aspect_ratio is not None:
        ratio = price.aspect_ratio
        params |= {"aspect_ratio": ratio.ratio, "width": ratio.width, "height": ratio.height}
    if price.seconds_used is not None:
        params["seconds"] = price.seconds_used
    references = tuple(
        Reference(ROLE_OF[member], url)
        for member, value in given.items()
        for url in (value if isinstance(value, list) else [value])
    )
    media = "vision" if model.type == "text" and given else model.type
    if media == "vision":
        params.pop("schema", None)
    return asked(model, Task(media, "", "a red fox", price.count, params=params, references=references), 1)


def sent(request: Request, provider: str) -> tuple[str, Any] | None:
    """The endpoint and what it was sent; None for what is no paid call."""
    if request.method != "POST" or "upload" in request.path or request.path in ("/files", "/api/file-stream-upload"):
        return None
    if request.path.endswith("/images/edits"):
        fields, files = request.form
        return request.path, {**fields, "image": [kind for _, kind, _ in files]}
    body = request.json
    match provider:
        case "fal":
            return request.path.strip("/"), body
        case "replicate":
            return request.path.removeprefix("/models/").removesuffix("/predictions"), body["input"]
        case "google":
            return (":generateContent" if ":" in request.path else request.path), body
        case "kie" if "input" in body:
            return body["model"], body["input"]
    return request.path, body


def fake_of(name: str) -> FakeProvider:
    """Open the provider's fake, found by its name as the provider is."""
    module = importlib.import_module(f"tests.fakes.{name}")
    kinds = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, FakeProvider)]
    return next(one for one in kinds if one is not FakeProvider and one.name == name)()


@cache
def schemas(provider: str) -> dict[str, Draft202012Validator]:
    told = json.loads((ENDPOINTS / f"{provider}.json").read_text())
    for schema in told.values():
        Draft202012Validator.check_schema(schema)
    return {endpoint: Draft202012Validator(schema) for endpoint, schema in told.items()}


def unfit(request: Request, provider: str) -> list[str]:
    """Return what the endpoint would refuse of a request."""
    found = sent(request, provider)
    if found is None:
        return []
    endpoint, body = found
    if endpoint not in schemas(provider):
        return [f"no schema of {endpoint}"]
    faults = schemas(provider)[endpoint].iter_errors(body)
    return [f"{endpoint} {fault.json_path}: {fault.message[:200]}" for fault in faults]


@pytest.fixture
def copies(tmp_path: Path) -> Callable[[Task], Task]:
    """Gives a task's references their local copies, one file of each kind."""
    files = {}
    for media in ("image", "video", "music"):
        kind, body = media_bytes(media)
        path = tmp_path / f"given-{media}"
        path.write_bytes(body)
        files[media] = (path, kind)

    def copied(task: Task) -> Task:
        def kind(role: str) -> str:
            return "video" if "video" in role else "music" if "audio" in role else "image"

        fetched = (
            replace(one, path=files[kind(one.role)][0], content_type=files[kind(one.role)][1])
            for one in task.references
        )
        return replace(task, references=tuple(fetched))

    return copied


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_request_is_one_that_its_endpoint_takes(
    name: str, copies: Callable[[Task], Task], tmp_path: Path
) -> None:
    fake, models = fake_of(name), [model for model in load().models() if model.provider == name]
    provider = providers.open(name, Access(KEY, fake.base_url), Guard(("127.0.0.0/8",)), engines.shared())
    problems, made = [], 0
    try:
        for model in models:
            for task in cases(model):
                parts, fake.makes = provider.split(copies(task)), task.media
                for part in {one.count: one for one in parts}.values():
                    fake.requests.clear()
                    provider.submit(part, tmp_path)
                    made += 1
                    told = [fault for request in fake.requests for fault in unfit(request, name)]
                    problems += [f"{model.key} {[one.role for one in task.references]}: {fault}" for fault in told]
    finally:
        fake.close()
    assert made >= len(models)
    assert sorted(set(problems)) == []


def test_no_schema_is_kept_for_an_endpoint_that_nothing_asks() -> None:
    asks = {model.endpoint({member: "x"}) for model in load().models() for member in ("", *ROLE_OF)}
    for name in ("fal", "replicate"):
        assert set(schemas(name)) <= asks
