"""The settings of a text and the size of a picture, as OpenAI takes them."""

import math
from collections.abc import Mapping
from typing import Any

from service.definitions.caller_schemas import Schema, nodes
from service.providers.conversation import Ask
from service.providers.encoding import keywords

# What structured outputs take when they are strict.
STRICT = frozenset({"type", "title", "description", "properties", "required", "additionalProperties", "items", "enum"})
STRICT |= {"anyOf", "const", "$ref", "$defs"}
EFFORT = {"off": "none", "on": "medium", "high": "high"}
# Sides are multiples of 16, ratios up to 3:1, and a picture has so many pixels.
SIDE, RATIO, LEAST_PIXELS, MOST_PIXELS = 16, 3, 655_360, 8_294_400


def settings(ask: Ask) -> dict[str, Any]:
    """The members of a completion beside its messages.

    Sampling goes to a model that does not think only: the others refuse the request for it. Penalties and stops are
    refused by most of today's models; stops are kept to by whoever shows the answer.
    """
    given = ask.settings
    body: dict[str, Any] = {"store": False}
    if "max_tokens" in given:
        body["max_completion_tokens"] = given["max_tokens"]
    effort = EFFORT.get(str(given.get("thinking_mode")))
    if effort is not None:
        body["reasoning_effort"] = effort
    if effort == "none":
        body |= {name: given[name] for name in ("temperature", "top_p") if name in given}
    if ask.schema is not None:
        strict = closed(ask.schema) if ask.strict is None else ask.strict
        named = {"name": ask.schema_name, "schema": ask.schema, "strict": strict}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif ask.json:
        body["response_format"] = {"type": "json_object"}
    return body


def closed(schema: Mapping[str, Any]) -> bool:
    """Return whether strict structured outputs take the schema: every object names and requires all it may have."""
    parts = [part for path, part in nodes(schema) if path[-1:] != ("additionalProperties",)]
    return keywords(schema) <= STRICT and all(map(_is_closed, parts))


def _is_closed(schema: Schema) -> bool:
    if not isinstance(schema, Mapping):
        return False
    if schema.get("type") != "object":
        return True
    named, required = set(schema.get("properties", {})), set(schema.get("required", []))
    return schema.get("additionalProperties") is False and named == required


def pixels(width: int, height: int) -> str:
    """The nearest size that a picture may have."""
    width, height = max(width, math.ceil(height / RATIO)), max(height, math.ceil(width / RATIO))
    area = width * height
    scale = math.sqrt(min(max(area, LEAST_PIXELS), MOST_PIXELS) / area)
    turn = math.ceil if area < LEAST_PIXELS else math.floor
    sides = [max(SIDE, (turn if scale != 1 else round)(side * scale / SIDE) * SIDE) for side in (width, height)]
    return f"{sides[0]}x{sides[1]}"
