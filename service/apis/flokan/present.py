"""A generation in Flokan's words. Source: flokan-thumbnail-generator-api, 'Response 201'."""

from typing import Any
from uuid import UUID

from service.generation.made import MadeRun
from service.generation.order import Order
from service.store.clock import iso

PREFIX = "files/"


def present(order: Order, made: MadeRun) -> dict[str, Any]:
    """The completed record: paths, URLs, sizes, what it cost and who made it."""
    lacking = {"lacking": made.lacking()} if made.lacking() else {}
    return {
        **record(order, made.run_id, made.account_id, made.created_at),
        "status": "completed",
        "image_paths": [str(item.path).removeprefix(PREFIX) for item in made.there],
        "image_urls": [made.url(str(item.path)) for item in made.there],
        "total_file_size_bytes": sum(item.size for item in made.there),
        "generation_time_ms": made.finished_at - made.created_at,
        "provider_used": order.provider if order.byok else "system",
        "credits_consumed": made.credits,
        "sandbox": order.sandbox,
        "engine": made.engine,
        **lacking,
    }


def record(order: Order, run_id: str, workspace_id: str, created_at: int) -> dict[str, Any]:
    """Return what a generation shows in every status: what was asked for, with nothing made yet."""
    asked = order.facts
    return {
        "id": str(UUID(run_id.removeprefix("run_"))),
        "workspace_id": workspace_id,
        "card_id": asked.get("card_id"),
        "video_title": asked["video_title"],
        "prompt": asked.get("prompt"),
        "image_model": asked["image_model"],
        "aspect_ratio": asked["aspect_ratio"],
        "image_count": asked["image_count"],
        "status": "pending",
        "image_paths": [],
        "image_urls": [],
        "total_file_size_bytes": 0,
        "generation_time_ms": None,
        "created_at": iso(created_at),
        "provider_used": order.provider if order.byok else "system",
        "credits_consumed": 0,
        "sandbox": order.sandbox,
        "engine": None,
    }
