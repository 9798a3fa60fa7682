"""POST /api/v1/chat/completions, in the OpenAI shape. Source: contract, section 1; OpenAI's reference."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.apis.flixly import completions
from service.apis.request import Request
from service.catalog import Model
from service.catalog.pricing import quote
from service.definitions import caller_schemas
from service.errors import ValidationError, below
from service.generation import route
from service.generation.made import OUTPUT_BYTES
from service.generation.order import Order, asked
from service.providers.base import Reference, Task

# Whoever speaks as one of these tells the model how to answer.
INSTRUCTING = ("system", "developer")
MOST_IMAGES = 10
SCHEMA_AT = "/response_format/json_schema/schema"
PASSED_ON = ("temperature", "top_p", "presence_penalty", "frequency_penalty")


def complete(request: Request) -> Order:
    """The conversation's next turn, `n` times. Raises ValidationError naming the field."""
    wanted = request.input
    model, messages = _model(request), wanted["messages"]
    pictures = _pictures(messages, model)
    media = "vision" if pictures else "text"
    plan = request.catalog.plan(request.caller.plan)
    chosen = route.choose(request.db, request.settings, request.caller.account_id, plan, model, media)
    price = quote(None, model, {"count": wanted.get("n")})
    asking, schema = _asking(messages), _schema(wanted, media)
    task = Task(
        media=media,
        model=model.provider_model,
        prompt=_text(messages[asking]),
        count=price.count,
        params=_params(wanted, messages, asking) | ({} if schema is None else {"schema": schema}),
        references=pictures,
    )
    return Order(
        task=asked(model, task, wanted.get("seed")),
        provider=chosen.provider,
        model_id=model.id,
        lane=chosen.lane(media),
        time_limit_s=request.action.time_limit_s,
        prices=price.prices,
        seconds=model.seconds * price.count,
        sandbox=chosen.sandbox,
        byok=chosen.byok,
        facts={
            "type": "IMAGE_TO_TEXT" if pictures else "TEXT_TO_TEXT",
            "model": wanted["model"],
            "chat": {
                "prompt_tokens": sum(completions.tokens(_text(message)) for message in messages),
                "max_tokens": _most_tokens(wanted),
                "stop": _stops(wanted),
                "json": schema is not None,
            },
        },
    )


def complete_events(values: Mapping[str, Any], output: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The completion as a stream's events."""
    options = values.get("stream_options") or {}
    yield from completions.chunks(output, bool(options.get("include_usage")))


def _model(request: Request) -> Model:
    """A text model by its key, or by its provider's own id, which clients made for that provider send."""
    key, known = request.input["model"], request.catalog.models("text")
    found = next((model for model in known if model.key == key), None)
    found = found or next((model for model in known if model.provider_model == key), None)
    if found is None:
        listed = "GET /api/v1/generate/models?type=TEXT_TO_TEXT lists them"
        raise ValidationError.at("/model", f"There is no chat model {key}; {listed}.")
    return found


def _asking(messages: Sequence[Mapping[str, Any]]) -> int:
    """Where the message stands that is to be answered: the user's last."""
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if message["role"] == "user" and (_text(message) or _urls(message)):
            return place
    raise ValidationError.at("/messages", "messages must hold a message of the user with text or a picture")


def _params(wanted: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], asking: int) -> dict[str, Any]:
    """The engine's parameters: instructions, the turns beside the one to answer, and how to write."""
    instructions = "\n\n".join(_text(message) for message in messages if message["role"] in INSTRUCTING)
    turns = [
        {"role": message["role"], "content": _text(message)}
        for place, message in enumerate(messages)
        if place != asking and message["role"] not in INSTRUCTING and _text(message)
    ]
    said = {"instructions": instructions, "messages": turns, "max_tokens": _most_tokens(wanted), "stop": _stops(wanted)}
    params = {name: wanted[name] for name in PASSED_ON if wanted.get(name) is not None}
    return params | {name: value for name, value in said.items() if value}


def _schema(wanted: Mapping[str, Any], media: str) -> dict[str, Any] | None:
    """The schema that the answer is to hold to. Raises ValidationError where it is none, or not an object's."""
    shape = wanted.get("response_format") or {"type": "text"}
    if shape["type"] == "text":
        return None
    if media != "text":
        raise ValidationError.at("/response_format", "a schema goes with text only, not with pictures")
    with below(SCHEMA_AT):
        return checked(shape["json_schema"]["schema"], wanted.get("n") or 1)


def checked(schema: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Return the caller's schema as it is kept. Raises ValidationError at the part that can't be used."""
    kept = caller_schemas.check(schema)
    if not _of_objects(kept, kept):
        raise ValidationError.at("/type", "a schema must be of an object")
    size = caller_schemas.least_sizes(kept)[id(kept)] * count
    if size > OUTPUT_BYTES:
        raise ValidationError.at("", f"its shortest answer is over {OUTPUT_BYTES} bytes, the most that is kept")
    return kept


def _of_objects(schema: caller_schemas.Schema, root: Mapping[str, Any]) -> bool:
    """Whether everything that fits is an object."""
    if not isinstance(schema, Mapping):
        return False
    if schema.get("type", "object" if "properties" in schema else None) == "object":
        return True
    named = caller_schemas.target(root, schema["$ref"]) if "$ref" in schema else False
    ways = [schema[way] for way in ("anyOf", "oneOf") if way in schema]
    return (
        (named is not None and _of_objects(named, root))
        or any(_of_objects(part, root) for part in schema.get("allOf", ()))
        or any(all(_of_objects(part, root) for part in parts) for parts in ways)
    )


def _most_tokens(wanted: Mapping[str, Any]) -> int | None:
    """The limit, under its newer name or the older one."""
    newer: int | None = wanted.get("max_completion_tokens")
    return newer if newer is not None else wanted.get("max_tokens")


def _stops(wanted: Mapping[str, Any]) -> list[str]:
    stop = wanted.get("stop") or []
    return [stop] if isinstance(stop, str) else list(stop)


def _text(message: Mapping[str, Any]) -> str:
    """What a message says, its parts together."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def _urls(message: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The message's pictures, and at which part each stands."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return []
    return [(place, part["image_url"]["url"]) for place, part in enumerate(content) if part["type"] == "image_url"]


def _pictures(messages: Sequence[Mapping[str, Any]], model: Model) -> tuple[Reference, ...]:
    """Every picture of the conversation, in its order. Raises ValidationError at one that the model doesn't take."""
    found = [(n, place, url) for n, message in enumerate(messages) for place, url in _urls(message)]
    for number, (n, place, _) in enumerate(found):
        if not model.vision:
            raise ValidationError.at(f"/messages/{n}/content/{place}", f"{model.key} reads no pictures")
        if number >= MOST_IMAGES:
            raise ValidationError.at(
                f"/messages/{n}/content/{place}", f"a conversation has {MOST_IMAGES} pictures at most"
            )
    return tuple(Reference("image", url) for _, _, url in found)
