"""The example workflows of the n8n package, one for each kind of action, from the definitions' own examples."""

from itertools import pairwise
from typing import Any

import orjson

from service.definitions import LOCAL, Action, Definitions
from service.describe import form
from service.packs.n8n.operations import GET_MANY, MORE

Json = dict[str, Any]
STEP = 220


def examples(definitions: Definitions) -> dict[str, bytes]:
    """Make examples/generated/<kind>.json, ready to be imported, by path."""
    picture = definitions.action("generor.generators.generate")
    thumbnail = definitions.action("flokan.thumbnails.generate")
    (drawn,) = [example for example in picture.examples if example["input"]["slug"] == "image"][:1]
    found = _node("Search", definitions.action("flokan.youtube.search"), {"query": "hidden hiking trails", "limit": 1})
    reference = {
        **thumbnail.examples[0]["input"],
        "reference_image_url": "={{ $json.thumbnail_url }}",
        "image_count": 1,
    }
    made = {
        "generate": [
            _start(),
            _node("Estimate", definitions.action("generor.generators.estimate"), drawn["input"]),
            _node("Generate", picture, {**drawn["input"], "downloadFiles": True}),
            _written("/tmp/picture.webp"),  # noqa: S108 - a place in the user's own n8n
        ],
        "search": [_start(), found, _node("Generate", thumbnail, reference)],
        "read": [_start(), _node("Creations", definitions.action("generor.creations.list"), {"limit": 10}, GET_MANY)],
        "write": [_start(), _node("Delete", definitions.action("generor.creations.delete"), {"id": 12345})],
        "trigger": [_trigger(picture)],
    }
    return {f"examples/generated/{name}.json": _workflow(name, nodes, picture) for name, nodes in made.items()}


def _workflow(name: str, nodes: list[Json], sampled: Action) -> bytes:
    for place, node in enumerate(nodes):
        node["position"] = [place * STEP, 0]
    body: Json = {
        "name": f"Genhook: {name}",
        "nodes": nodes,
        "connections": {
            before["name"]: {"main": [[{"node": after["name"], "type": "main", "index": 0}]]}
            for before, after in pairwise(nodes)
        },
        "pinData": {"Genhook Trigger": [{"json": _event(sampled)}]} if name == "trigger" else {},
        "settings": {"executionOrder": "v1"},
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _node(title: str, action: Action, filled: Json, operation: str | None = None) -> Json:
    parameters: Json = {
        "resource": f"{action.api.name}_{action.resource}",
        "operation": operation or action.operation,
    }
    known = action.input_schema["properties"]
    for name, value in filled.items():
        chosen = name in known and form.kind_of(action, name) == "locator"
        added = name in known and not form.top_level(action, name)
        place = parameters.setdefault(MORE, {}) if added else parameters
        place[name] = {"__rl": True, "mode": "id", "value": value} if chosen else value
    return _shown(title, "n8n-nodes-genhook.genhook", 1, parameters)


def _start() -> Json:
    return _shown("Start", "n8n-nodes-base.manualTrigger", 1, {})


def _written(path: str) -> Json:
    parameters = {"operation": "write", "fileName": path, "dataPropertyName": "data", "options": {}}
    return _shown("Write", "n8n-nodes-base.readWriteFile", 1, parameters)


def _trigger(action: Action) -> Json:
    parameters = {"events": ["run.completed"], "actions": [action.id]}
    return _shown("Genhook Trigger", "n8n-nodes-genhook.genhookTrigger", 1, parameters)


def _shown(name: str, kind: str, version: int, parameters: Json) -> Json:
    return {"id": name.lower().replace(" ", "-"), "name": name, "type": kind, "typeVersion": version} | {
        "parameters": parameters
    }


def _event(action: Action) -> Json:
    """A completed run of the action's first example, as it is posted."""
    example, moment = action.examples[0], "2026-01-01T00:00:00.000Z"
    run = {
        "id": "run_0196a2c47b1e7c559d2e3f6a8b1c4d5e",
        "action": action.id,
        "account": "0196a2c4-7b1e-7c55-9d2e-3f6a8b1c4d5e",
        "group": None,
        "status": "completed",
        "created_at": moment,
        "started_at": moment,
        "finished_at": moment,
        "progress": 1.0,
        "input": example["input"],
        "output": example["output"],
        "error": None,
        "estimate": {"credits": 1, "seconds": 4},
        "credits_charged": 1,
        "metadata": None,
        "connection": LOCAL,
        "sandbox": True,
        "callback": None,
    }
    return {"type": "run.completed", "timestamp": moment, "data": run}
