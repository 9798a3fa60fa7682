"""POST /openai/v1/chat/completions: the same completions as Flixly's, under OpenAI's own path."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.apis.flixly import chat, completions
from service.apis.openai.catalog import find
from service.apis.request import Request
from service.generation.order import Order


def complete(request: Request) -> Order:
    """Order the conversation's next turn, `n` times. Raises ValidationError naming the field, and ModelNotFound."""
    return chat.order(request, find(request, "text"))


def complete_events(request: Request, run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the completion as a stream's events."""
    options = request.input.get("stream_options") or {}
    yield from completions.chunks(run["output"], bool(options.get("include_usage")))
