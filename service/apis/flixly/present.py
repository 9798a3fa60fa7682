"""A task in Flixly's words."""

from typing import Any

from service.apis.flixly import completions
from service.generation.made import MadeItem, MadeRun
from service.generation.order import Order
from service.store.clock import iso


def present(order: Order, made: MadeRun) -> dict[str, Any]:
    """Return what was made: a chat completion in the OpenAI shape, everything else as a task."""
    return completions.completion(order, made) if completions.is_chat(order) else _completed(order, made)


def task(order: Order, run_id: str, status: str, created_at: int) -> dict[str, Any]:
    """Return what a task shows in every status."""
    return {
        "id": run_id,
        "status": status,
        "type": order.facts["type"],
        "model": order.facts["model"],
        "outputs": [],
        "text": None,
        "credits_used": 0,
        "credits_remaining": None,
        "provider_used": order.provider,
        "sandbox": order.sandbox,
        "created_at": iso(created_at),
        "completed_at": None,
    }


def _completed(order: Order, made: MadeRun) -> dict[str, Any]:
    """The completed task: its files as `outputs`, or its `text`; members that don't apply are null."""
    texts = [item.fields.get("text") for item in made.there if item.fields is not None]
    more: dict[str, Any] = {"lacking": made.lacking()} if made.lacking() else {}
    more |= {"adjustments": dict(order.adjustments)} if order.adjustments else {}
    return {
        **task(order, made.run_id, "completed", made.created_at),
        "outputs": [_output(made, item) for item in made.there if item.path is not None],
        "text": "\n\n".join(str(text) for text in texts) if texts else None,
        "credits_used": made.credits,
        "credits_remaining": made.balance,
        "provider_used": order.provider,
        "completed_at": iso(made.finished_at),
        **more,
    }


def _output(made: MadeRun, item: MadeItem) -> dict[str, Any]:
    return {
        "url": made.url(str(item.path)),
        "content_type": item.content_type,
        "width": item.width,
        "height": item.height,
        "duration": item.duration,
    }
