"""/openai/v1/responses: chat completions in the members of OpenAI's newer clients."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from service.apis.flixly import chat
from service.apis.openai.catalog import find
from service.apis.openai.kept_responses import KeptResponses, kept
from service.apis.openai.response_input import as_chat
from service.apis.openai.response_output import events, shown
from service.apis.request import Request
from service.generation.order import Order


def create(request: Request) -> Order:
    """Order the next turn of a conversation. Raises ValidationError naming the field, and ModelNotFound."""
    before = KeptResponses(request)
    earlier = before.conversation(request.input.get("previous_response_id"))
    asked = as_chat(before.with_named_items(request.input), earlier)
    with asked.told_of_the_input():
        made = chat.order(replace(request, input=asked.values), find(request, "text"))
    return replace(asked.placed(made), facts={**made.facts, "operation": request.action.resource})


def create_answer(request: Request, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response with what it repeats of its request."""
    return shown(request.input, run)


def create_events(request: Request, run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the response as a stream's events."""
    yield from events(shown(request.input, run))


def get(request: Request) -> dict[str, Any]:
    """Return a response as it stands. Raises NotFound."""
    run = kept(request, request.input["response_id"])
    return shown(run["input"], run)
