"""Models of fal and Replicate by their id: a row of the catalogue, and a generator with the model's own parameters.

The document is as `service/extensions/provider_models.py` makes it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from service.extensions.book import Extension
from service.extensions.kinds import IdOf, Parts, data_schema
from service.extensions.provider_models import TYPES
from service.extensions.provider_schemas import PROVIDERS

ICONS = {"image": "🖼", "video": "🎬", "speech": "🗣", "music": "🎵", "soundeffect": "🔊", "text": "📝"}
# The typical seconds of an item, until there are measured ones.
SECONDS = {"image": 20, "video": 120, "speech": 20, "music": 60, "soundeffect": 20, "text": 20}
# The members of ours that are sent under a name of their own only, here under none.
NEVER = ("video_url", "audio_url", "aspect_ratio", "generate_audio")
Json = Mapping[str, Any]


def parts(extension: Extension, id_of: IdOf) -> Parts:
    """The model and the generator. Raises ValueError for a document that no command of ours wrote."""
    spec, name = extension.spec, extension.name
    price = spec["credits"]
    if spec["type"] not in TYPES or spec["provider"] not in PROVIDERS or type(price) is not int or price < 0:
        raise ValueError("its provider, type or price is none")
    model_id = id_of(spec["type"], name)
    return Parts(models=(_model(name, model_id, spec),), generators=(_generator(name, model_id, spec),))


def summary(spec: Json) -> str:
    """The model and what it makes."""
    return f"{spec['model']} of {spec['provider']}, {spec['type']}"


def _model(name: str, model_id: int, spec: Json) -> Json:
    return {
        "id": model_id,
        "key": name,
        "name": spec["title"],
        "type": spec["type"],
        "provider": spec["provider"],
        "provider_model": spec["model"],
        "description": spec["description"],
        "credit_cost": spec["credits"],
        "unit": "item",
        "seconds": SECONDS[spec["type"]],
        "supports_img2img": spec["picture"] is not None,
        "requires": ["image_url"] if spec["picture_required"] else [],
        "call": _call(spec),
        "added": True,
        # Without a prompt of its own it can work for no other generator.
        "only_for": None if spec["prompt"] == "prompt" else name,
    }


def _call(spec: Json) -> Json:
    """The provider's names for prompt, picture and count, and for each parameter with the type that it is sent as."""
    inputs: dict[str, str | None] = dict.fromkeys(NEVER)
    inputs |= {"prompt": spec["prompt"], "image_url": spec["picture"]}
    inputs |= {f"parameters.{id}": f"{one['member']}:{one['sent']}" for id, one in spec["parameters"].items()}
    if spec["count"] is None:
        return {"inputs": inputs}
    return {"inputs": inputs | {"count": spec["count"]["member"]}, "most": spec["count"]["most"]}


def _generator(name: str, model_id: int, spec: Json) -> Json:
    return {
        "slug": name,
        "title": spec["title"],
        "description": spec["description"],
        "icon": ICONS[spec["type"]],
        "similar": [],
        "type": spec["type"],
        "status": "active",
        "prompt_required": spec["prompt_required"],
        "parameters": list(_parameters(spec["parameters"])),
        "prompt_template": "{{ prompt }}",
        "data_schema": data_schema(spec["type"]),
        "default_model": model_id,
        "only_models": [model_id],
        "added": True,
    }


def _parameters(parameters: Json) -> Iterator[Json]:
    for id, one in parameters.items():
        shown: dict[str, Any] = {"id": id, "label": one["label"], "type": one["type"], "default": one["default"]}
        if one["type"] in ("integer", "number"):
            step = 1 if one["type"] == "integer" else 0
            shown |= {"type": "number", "min": one.get("min"), "max": one.get("max"), "step": step}
        elif one["type"] == "enum":
            shown["options"] = [{"value": value, "label": value} for value in one["options"]]
        elif one["type"] == "boolean" and one["default"] is not None:
            shown["default"] = "true" if one["default"] else "false"
        elif one["type"] == "url":
            shown["media"] = one["media"]
        yield shown
