"""POST /api/v1/chat/completions, in the OpenAI shape."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.apis.flixly import completions
from service.apis.flixly.messages import Conversation, conversation, texts
from service.apis.flixly.older_tools import answers_functions, with_tools
from service.apis.request import Request
from service.catalog import Model
from service.catalog.pricing import quote
from service.definitions import caller_schemas
from service.errors import ValidationError, below
from service.generation import route
from service.generation.made import OUTPUT_BYTES
from service.generation.order import Order
from service.generation.route import Route
from service.providers.base import Task

SCHEMA_AT = "/response_format/json_schema/schema"
PASSED_ON = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
# An embedded engine's answer where any JSON object is asked for.
ANY_OBJECT = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
Json = dict[str, Any]


def complete(request: Request) -> Order:
    """Order the conversation's next turn, `n` times. Raises ValidationError naming the field."""
    return order(request, _model(request))


def complete_events(request: Request, run: Mapping[str, Any]) -> Iterator[Json]:
    """Yield the completion as a stream's events."""
    options = request.input.get("stream_options") or {}
    yield from completions.chunks(run["output"], bool(options.get("include_usage")))


def order(request: Request, model: Model) -> Order:
    """Order the next turn of the conversation from this model. Raises ValidationError naming the field."""
    wanted = with_tools(request.input)
    talk = conversation(wanted["messages"])
    media = "vision" if talk.pictures else "text"
    if talk.pictures and not model.vision:
        raise ValidationError.at(talk.shown_at, f"{model.key} reads no pictures")
    plan = request.catalog.plan(request.caller.plan)
    chosen = route.choose(request.settings, request.caller, plan, model, media)
    price = quote(None, model, {"count": wanted.get("n")})
    params, wants_json = _params(wanted, talk, chosen), _wants_json(wanted)
    if wants_json and talk.pictures and chosen.sandbox:
        raise ValidationError.at("/response_format", "the embedded engine answers in JSON to texts, not to pictures")
    task = Task(
        media=media,
        model=model.provider_model,
        prompt=talk.spoken if chosen.sandbox else talk.prompt,
        count=price.count,
        params=params,
        references=talk.pictures,
    )
    return chosen.order(
        model,
        task,
        price.prices,
        wanted.get("seed"),
        time_limit_s=request.action.time_limit_s,
        facts={
            "type": "IMAGE_TO_TEXT" if talk.pictures else "TEXT_TO_TEXT",
            "model": wanted["model"],
            "chat": {
                "prompt_tokens": sum(map(completions.tokens, texts(wanted["messages"]))),
                "max_tokens": _most_tokens(wanted),
                "stop": _stops(wanted),
                "json": wants_json,
                "functions": answers_functions(request.input),
            },
        },
    )


def _model(request: Request) -> Model:
    """Find a text model by its key, or by its provider's own id, which clients made for that provider send."""
    key, known = request.input["model"], request.catalog.models("text")
    found = next((model for model in known if model.key == key), None)
    found = found or next((model for model in known if model.provider_model == key), None)
    if found is None:
        listed = "GET /api/v1/generate/models?type=TEXT_TO_TEXT lists them"
        raise ValidationError.at("/model", f"There is no chat model {key}; {listed}.")
    return request.offered(found, "/model")


def _params(wanted: Mapping[str, Any], talk: Conversation, chosen: Route) -> Json:
    """The engine's parameters: instructions, the turns before the prompt, how to write, and what only chats have."""
    told = {
        "instructions": talk.instructions,
        "messages": list(talk.turns),
        "max_tokens": _most_tokens(wanted),
        "stop": _stops(wanted),
    }
    params = {name: wanted[name] for name in PASSED_ON if wanted.get(name) is not None}
    params |= {name: value for name, value in told.items() if value}
    shape = wanted.get("response_format") or {}
    schema = _schema(shape, wanted)
    if shape.get("type") == "json_object" and chosen.sandbox:
        schema = ANY_OBJECT
    chat: Json = {"json": True} if shape.get("type") == "json_object" else {}
    if shape.get("type") == "json_schema":
        named = shape["json_schema"]
        chat = {"schema_name": named["name"], "strict": named.get("strict")}
    chat |= _tools(wanted, chosen)
    return params | {"chat": chat} | ({} if schema is None else {"schema": schema})


def _wants_json(wanted: Mapping[str, Any]) -> bool:
    return (wanted.get("response_format") or {}).get("type") in ("json_object", "json_schema")


def _schema(shape: Mapping[str, Any], wanted: Mapping[str, Any]) -> Json | None:
    """The schema that the answer is to hold to. Raises ValidationError where it can't be used."""
    if shape.get("type") != "json_schema":
        return None
    with below(SCHEMA_AT):
        return checked(shape["json_schema"].get("schema") or {"type": "object"}, wanted.get("n") or 1)


def checked(schema: Mapping[str, Any], count: int) -> Json:
    """Return the caller's schema as it is kept. Raises ValidationError at the part that can't be used."""
    kept = caller_schemas.check(schema)
    if not _of_objects(kept, kept):
        raise ValidationError.at("/type", "a schema must be of an object")
    size = caller_schemas.least_sizes(kept)[id(kept)] * count
    if size > OUTPUT_BYTES:
        raise ValidationError.at("", f"its shortest answer is over {OUTPUT_BYTES} bytes, the most that is kept")
    return kept


def _of_objects(schema: caller_schemas.Schema, root: Mapping[str, Any]) -> bool:
    """Return whether everything that fits is an object."""
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


def _tools(wanted: Mapping[str, Any], chosen: Route) -> Json:
    """The tools and who decides about them. Raises ValidationError where the engine calls none but must."""
    tools, choice = wanted.get("tools") or [], wanted.get("tool_choice")
    names = [tool["function"]["name"] for tool in tools]
    for n, tool in enumerate(tools):
        with below(f"/tools/{n}/function/parameters"):
            caller_schemas.check(tool["function"].get("parameters") or {})
    named = choice["function"]["name"] if isinstance(choice, Mapping) else None
    if named is not None and named not in names:
        raise ValidationError.at("/tool_choice/function/name", f"there is no tool {named} in tools")
    must = named is not None or choice == "required"
    if must and not tools:
        raise ValidationError.at("/tool_choice", "tool_choice needs tools to choose from")
    if must and not chosen.tools:
        told = "the embedded engine" if chosen.sandbox else chosen.provider
        raise ValidationError.at(
            "/tool_choice", f"{told} calls no tools for this model; tool_choice can be auto or none"
        )
    if not tools or not chosen.tools:
        return {}
    how = {"tool_choice": choice, "parallel_tool_calls": wanted.get("parallel_tool_calls")}
    return {"tools": list(tools), **{name: value for name, value in how.items() if value is not None}}


def _most_tokens(wanted: Mapping[str, Any]) -> int | None:
    """The limit, under its newer name or the older one."""
    newer: int | None = wanted.get("max_completion_tokens")
    return newer if newer is not None else wanted.get("max_tokens")


def _stops(wanted: Mapping[str, Any]) -> Sequence[str]:
    stop = wanted.get("stop") or []
    return [stop] if isinstance(stop, str) else list(stop)
