"""Servers: a named provider and the models that it offers.

The document: `kind` (how it is spoken to), `base_url`, `software` (what it runs, where that is known), `credits`, and
`models`, each with `id` (the server's own), `type`, and optional `name`, `vision` and `seconds`.
"""

import re
from collections.abc import Mapping
from typing import Any

from service.extensions.addresses import check_base_url
from service.extensions.book import Extension
from service.extensions.kinds import IdOf, Parts
from service.providers import servers

# A model's id as it can stand in a key, in lists and in log lines.
MODEL_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")
# The typical seconds of an item, until there are measured ones.
SECONDS = {"text": 20, "image": 40, "speech": 10}
RATIOS = {"text": False, "image": True, "speech": False}
Json = Mapping[str, Any]


def parts(extension: Extension, id_of: IdOf) -> Parts:
    """The server's models, as rows of the catalogue."""
    _check(extension.spec)
    return Parts(models=tuple(_row(extension, model, id_of) for model in extension.spec["models"]))


def summary(spec: Json) -> str:
    """The server's address, and how many models it offers."""
    return f"{spec['kind']} server at {spec['base_url']}, {len(spec['models'])} models"


def model_key(name: str, model: str) -> str:
    """The key of a server's model."""
    return f"{name}/{model}"


def _check(spec: Json) -> None:
    """Raises ValueError, KeyError or TypeError for a document that no command of ours wrote."""
    if spec["kind"] not in servers.kinds():
        raise ValueError(f"there is no kind of server {spec['kind']!r}")
    check_base_url(spec["base_url"])
    price = spec.get("credits", 0)
    if type(price) is not int or price < 0:
        raise ValueError("credits must be a whole number from 0 on")
    for model in spec["models"]:
        if not MODEL_ID.fullmatch(model["id"]) or model["type"] not in SECONDS:
            raise ValueError(f"{model['id']!r} is no model of text, image or speech")


def _row(extension: Extension, model: Json, id_of: IdOf) -> Json:
    name, type, key = extension.name, model["type"], model_key(extension.name, model["id"])
    inputs = {"size": "size", "aspect_ratio": None} if type == "image" else {}
    return {
        "id": id_of(type, key),
        "key": key,
        "name": model.get("name") or model["id"],
        "type": type,
        "provider": name,
        "provider_model": model["id"],
        "description": model.get("description") or f"{model['id']} on the added server {name}.",
        "credit_cost": extension.spec.get("credits", 0),
        "unit": "item",
        "seconds": model.get("seconds", SECONDS[type]),
        "vision": model.get("vision", False),
        "supports_aspect_ratio": RATIOS[type],
        "call": {"inputs": inputs},
        "added": True,
        "server": extension.spec["kind"],
    }
