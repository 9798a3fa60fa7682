"""The settings of a text and the size of a picture, as OpenAI takes them."""

import math
from collections.abc import Mapping
from typing import Any

from service.providers.encoding import keywords
from service.providers.structured import Ask

# What structured outputs take when they are strict.
STRICT = frozenset({"type", "description", "properties", "required", "additionalProperties", "items", "enum", "anyOf"})
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
        named = {"name": "answer", "schema": ask.schema, "strict": closed(ask.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


def closed(schema: Mapping[str, Any]) -> bool:
    """Return whether strict structured outputs take the schema: every object names and requires all it may have."""
    return keywords(schema) <= STRICT and all(_is_closed(part) for part in _parts(schema))


def _is_closed(schema: Mapping[str, Any]) -> bool:
    if schema.get("type") != "object":
        return True
    named, required = set(schema.get("properties", {})), set(schema.get("required", []))
    return schema.get("additionalProperties") is False and named == required


def _parts(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The schema and every schema in it."""
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    inner += [schema["items"]] if isinstance(schema.get("items"), Mapping) else []
    return [schema, *(part for one in inner for part in _parts(one))]


def pixels(width: int, height: int) -> str:
    """The nearest size that a picture may have."""
    width, height = max(width, math.ceil(height / RATIO)), max(height, math.ceil(width / RATIO))
    area = width * height
    scale = math.sqrt(min(max(area, LEAST_PIXELS), MOST_PIXELS) / area)
    turn = math.ceil if area < LEAST_PIXELS else math.floor
    sides = [max(SIDE, (turn if scale != 1 else round)(side * scale / SIDE) * SIDE) for side in (width, height)]
    return f"{sides[0]}x{sides[1]}"
