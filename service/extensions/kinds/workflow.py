"""Workflows of ComfyUI servers: a model that runs one, and a generator with its marked inputs as parameters.

The document: `server`, `title`, `type`, `credits`, and the workflow: the `graph` in API format, `inputs` by name,
`outputs` and `seeds`, as in `service/providers/servers/comfyui/graph.py`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.extensions.book import Extension
from service.extensions.kinds import IdOf, Parts, data_schema
from service.extensions.kinds.server import model_key
from service.providers.servers.comfyui.graph import PICTURE, PROMPT

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TYPES = ("image", "video", "music", "text")
ICONS = {"image": "🖼", "video": "🎬", "music": "🎵", "text": "📝"}
# The typical seconds of a run, until there are measured ones.
SECONDS = 60
Json = Mapping[str, Any]


def parts(extension: Extension, id_of: IdOf) -> Parts:
    """The model and the generator."""
    spec, name = extension.spec, extension.name
    _check(spec)
    key = model_key(spec["server"], name)
    model_id = id_of(spec["type"], key)
    return Parts(models=(_model(name, key, model_id, spec),), generators=(_generator(name, model_id, spec),))


def summary(spec: Json) -> str:
    """The workflow's title, its server and its parameters."""
    return f"{spec['title']}, a workflow on {spec['server']} ({', '.join(spec['inputs']) or 'no parameters'})"


def _check(spec: Json) -> None:
    """Raises ValueError, KeyError or TypeError for a document that no command of ours wrote."""
    graph, price = spec["graph"], spec.get("credits", 0)
    if spec["type"] not in TYPES or not spec["outputs"] or type(price) is not int or price < 0:
        raise ValueError(f"its type must be one of {', '.join(TYPES)}, with outputs, and credits from 0 on")
    places = [(node, input) for node, input, _ in spec["seeds"]] + [tuple(one["at"]) for one in spec["inputs"].values()]
    for node, input in places:
        if input not in graph[node]["inputs"]:
            raise ValueError(f"node {node} has no input {input}")
    for node in spec["outputs"]:
        graph[node]["class_type"]
    for name in spec["inputs"]:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a parameter")


def _model(name: str, key: str, model_id: int, spec: Json) -> Json:
    workflow = {part: spec[part] for part in ("graph", "inputs", "outputs", "seeds")}
    return {
        "id": model_id,
        "key": key,
        "name": spec["title"],
        "type": spec["type"],
        "provider": spec["server"],
        "provider_model": name,
        "description": f"The workflow {name} on the added server {spec['server']}.",
        "credit_cost": spec.get("credits", 0),
        "unit": "item",
        "seconds": SECONDS,
        "supports_img2img": PICTURE in spec["inputs"],
        "call": {"inputs": {}, "fixed": {"workflow": workflow}},
        "outputs": len(spec["outputs"]),
        "added": True,
        "server": "comfyui",
        "only_for": name,
    }


def _generator(name: str, model_id: int, spec: Json) -> Json:
    return {
        "slug": name,
        "title": spec["title"],
        "description": f"A workflow on {spec['server']}.",
        "icon": ICONS[spec["type"]],
        "similar": [],
        "type": spec["type"],
        "status": "active",
        "prompt_required": False,
        "parameters": list(_parameters(spec["inputs"])),
        "prompt_template": "{{ prompt }}",
        "data_schema": data_schema(spec["type"]),
        "default_model": model_id,
        "only_models": [model_id],
        "added": True,
    }


def _parameters(inputs: Json) -> Iterator[Json]:
    """The inputs that are no top-level members of a request."""
    for name, one in inputs.items():
        if name in (PROMPT, PICTURE):
            continue
        shown: dict[str, Any] = {"id": name, "label": one["label"], "type": one["type"], "default": one.get("default")}
        if one["type"] in ("integer", "number"):
            step = 1 if one["type"] == "integer" else 0
            shown |= {"type": "number", "min": one.get("min"), "max": one.get("max"), "step": step}
        elif one["type"] == "enum":
            shown["options"] = [{"value": value, "label": value} for value in one["options"]]
        elif one["type"] == "boolean":
            shown["default"] = "true" if one["default"] else "false"
        elif one["type"] == "url":
            shown |= {"media": one["media"], "default": None}
        yield shown
