"""Presents in Generor's words what a generate made. Source: generor-api, 'Response (201 Created)'."""

from typing import Any

from service.generation.made import MadeItem, MadeRun
from service.generation.order import Order

# A text has a file where it was narrated.
URL_MEMBERS = {
    "video": "video_url",
    "text": "audio_url",
    "speech": "audio_url",
    "music": "audio_url",
    "soundeffect": "audio_url",
}


def present(order: Order, made: MadeRun) -> dict[str, Any]:
    """The creations, each with its text's fields or its file's URL, and what they cost."""
    adjustments = {"adjustments": dict(order.adjustments)} if order.adjustments else {}
    there = made.there
    lacking = {"lacking": made.lacking()} if len(there) < len(made.items) else {}
    return {
        "generator": order.facts["generator"],
        "model_id": order.model_id,
        "model_type": order.facts["model_type"],
        "model_name": order.facts["model_name"],
        "creations": [_creation(order, made, item) for item in there],
        "credit_cost": made.credits,
        "credit_cost_estimated": order.credits,
        "credits_remaining": made.balance,
        "time_taken_seconds": round(made.seconds, 2),
        "sandbox": order.sandbox,
        "engine": made.engine,
        **adjustments,
        **lacking,
    }


def _creation(order: Order, made: MadeRun, item: MadeItem) -> dict[str, Any]:
    shown: dict[str, Any] = {"creation_id": item.creation_id, **(item.fields or {})}
    if item.path is not None:
        shown[URL_MEMBERS.get(order.task.media, "image_url")] = made.url(item.path)
    return shown
