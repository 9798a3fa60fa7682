"""The example workflows of the n8n package, one for each kind of action, from the definitions' own examples."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from service.definitions import LOCAL, Action, Definitions
from service.describe import form
from service.packs.n8n.operations import MORE

Json = dict[str, Any]
STEP = 220


def examples(definitions: Definitions) -> dict[str, bytes]:
    """Make examples/generated/<kind>.json, ready to be imported, by path, from `examples.json` beside this module.

    A node takes the input of the `like` example of its action, or of the sampled action where it has none of its own.
    """
    told = orjson.loads(Path(__file__).with_name("examples.json").read_bytes())
    sampled = definitions.action(told["sampled"])
    made = {
        kind: [_start(), *(_told(definitions, sampled, node) for node in nodes)]
        for kind, nodes in told["workflows"].items()
    }
    made["trigger"] = [_trigger(sampled)]
    return {f"examples/generated/{name}.json": _workflow(name, nodes, sampled) for name, nodes in made.items()}


def _told(definitions: Definitions, sampled: Action, node: Json) -> Json:
    """Make one node as `examples.json` tells it."""
    if "write" in node:
        return _written(node["write"])
    action = definitions.action(node["action"])
    filled = {} if "like" not in node else _first_like(action, node["like"]) or _first_like(sampled, node["like"])
    return _node(node["title"], action, {**filled, **node.get("input", {})}, node.get("operation"))


def _first_like(action: Action, like: Json) -> Json:
    """Return the input of the action's first example that has these values; empty where none has."""
    inputs = (example["input"] for example in action.examples)
    return next((found for found in inputs if found.items() >= like.items()), {})


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
