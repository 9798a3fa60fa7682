"""A workflow's graph for one run: the caller's values put in, and seeds of its own.

A workflow is `{"graph": …, "inputs": {name: {"at": [node, input], "type": …}}, "outputs": [node, …], "seeds": [[node,
input, largest], …]}`: the graph in ComfyUI's API format, where each of our members goes, which nodes' files are kept
(one item each), and which inputs decide about chance.
"""

import copy
import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from service.providers.base import Reference, Task

# Names of prompts are made from those of paid calls, so that whoever finds one recorded can look for it.
NAMESPACE = uuid.UUID("6f1d4f0a-3c1b-4d0e-9a55-2b8f6c0f7a11")
PROMPT, PICTURE = "prompt", "image_url"
PARAMETERS = "/parameters/"
LARGEST_SEED = 2**63 - 1


def prompt_id(intent: str) -> str:
    """ComfyUI's id of the paid call of this name: a canonical lower-case UUID, as it wants them."""
    return str(uuid.uuid5(NAMESPACE, intent))


def filled(task: Task, upload: Callable[[Reference], str]) -> dict[str, Any]:
    """The graph to send. `upload` puts a reference on the server and returns the name that it has there."""
    workflow = task.fixed["workflow"]
    graph: dict[str, Any] = copy.deepcopy(dict(workflow["graph"]))
    for node, input, largest in workflow["seeds"]:
        graph[node]["inputs"][input] = _seed(task.intent, f"{node}.{input}", largest)
    for name, value in _values(task, workflow["inputs"], upload).items():
        node, input = workflow["inputs"][name]["at"]
        graph[node]["inputs"][input] = value
    return graph


def _values(task: Task, inputs: Mapping[str, Mapping[str, Any]], upload: Callable[[Reference], str]) -> dict[str, Any]:
    """Return the caller's values by the workflow's own names; the rest stays as the graph has it."""
    given = task.params.get("parameters") or {}
    values = {name: _typed(text, inputs[name]["type"]) for name, text in given.items() if name in inputs}
    for reference in task.references:
        name = reference.at.rpartition(PARAMETERS)[2] if PARAMETERS in reference.at else PICTURE
        if name in inputs:
            values[name] = upload(reference)
    if PROMPT in inputs and task.prompt:
        values[PROMPT] = task.prompt
    return values


def _typed(text: str, type: str) -> Any:
    """A parameter's value, which is a text in orders, as the graph has it."""
    if type == "integer":
        return int(float(text)) if "." in text else int(text)
    if type == "number":
        return float(text)
    return text == "true" if type == "boolean" else text


def _seed(intent: str, place: str, largest: int) -> int:
    """A seed of this run's own: the same graph with the same seeds would be answered with old files."""
    digest = hashlib.sha256(f"{intent}/{place}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % (min(largest, LARGEST_SEED) + 1)
