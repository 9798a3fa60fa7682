"""Samples of exactly the live shape, from the definitions' examples: index.js answers with them while a step is tried.

See zapier-platform-core, `isLoadingSample`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from service.definitions import Action
from service.definitions.schemas import DefinitionError

Json = dict[str, Any]
SERVICE = "https://genhook.example"
TIME = "2026-01-01T00:00:00.000Z"
ERROR: Json = {
    "code": "provider_error",
    "message": "The provider could not make it.",
    "status": 502,
    "permanent": False,
    "retry_after": 30,
    "provider": {"name": "fal", "code": "500", "message": "Internal error"},
    "errors": [{"pointer": "/input/image_url", "message": "The picture can't be read."}],
}


def items(action: Action) -> str | None:
    """Return where a listing's items stand in its output: "" where the output is the list, None where it is no list."""
    if action.output_schema.get("type") == "array":
        return ""
    return None if action.page is None else str(action.page["items"])


def _example(action: Action) -> Mapping[str, Any]:
    for example in action.examples:
        if example.get("output") is not None:
            return example
    raise DefinitionError(action.id, "/examples", "has no output, so the Zapier app has no sample of it")


def answer(action: Action) -> Json:
    """Return the step's answer at its first example: the output, or the first item of a listing, and its files."""
    output, listed = _example(action)["output"], items(action)
    places = [file["at"] for file in action.files]
    if listed is not None:
        for part in listed.split("/")[1:]:
            output = output[part]
        output = output[0]
        places = [place.removeprefix(f"{listed}/*") for place in places]
    if not isinstance(output, dict):
        return {"data": output}
    return {**output, "files": _files(action, places, output)} if action.files else output


def run(action: Action) -> Json:
    """The ended run of the action's first example."""
    example = _example(action)
    return {
        "id": "run_0196a2c47b1e7c559d2e3f6a8b1c4d5e",
        "action": action.id,
        "account": "0196a2c4-0000-7000-8000-000000000001",
        "status": "completed",
        "created_at": TIME,
        "started_at": TIME,
        "finished_at": TIME,
        "progress": 1.0,
        "input": dict(example["input"]),
        "output": example["output"],
        "error": None,
        "estimate": {"credits": 6, "seconds": 12},
        "credits_charged": 6,
        "metadata": None,
        "connection": action.home,
        "group": None,
        "sandbox": True,
        "callback": {"url": "https://hooks.zapier.example/callback", "status": "pending", "attempts": 0},
        "files": _files(action, [file["at"] for file in action.files], example["output"]),
    }


def failed(completed: Json) -> Json:
    """The same run, had it failed."""
    return completed | {"status": "failed", "output": None, "credits_charged": 0, "files": [], "error": ERROR}


def _files(action: Action, places: Sequence[str], output: Any) -> list[Json]:
    media = [file["media"] for file in action.files]
    return [
        {"media": kind, "url": urljoin(SERVICE, url), "file": urljoin(SERVICE, url)}
        for kind, place in zip(media, places, strict=True)
        for url in _found(output, place.split("/")[1:])
    ]


def _found(value: Any, parts: Sequence[str]) -> Iterator[str]:
    """Every text at a pointer whose `*` stands for each item."""
    if not parts:
        if isinstance(value, str) and value:
            yield value
    elif parts[0] == "*":
        for item in value if isinstance(value, list) else ():
            yield from _found(item, parts[1:])
    elif isinstance(value, Mapping):
        yield from _found(value.get(parts[0]), parts[1:])
