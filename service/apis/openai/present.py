"""Presents in OpenAI's words what was made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.apis.flixly import completions
from service.apis.openai.response_output import made_response
from service.generation.made import MadeRun
from service.generation.order import Order
from service.store.clock import iso

PREFIX, RUN_PREFIX = "video_", "run_"
STATUS = {"queued": "queued", "running": "in_progress", "completed": "completed"}


def present(order: Order, made: MadeRun) -> dict[str, Any]:
    """Return what was made: a chat completion, a response, or the files' addresses with what they cost."""
    if completions.is_chat(order):
        completion = completions.completion(order, made)
        is_response = order.facts.get("operation") == "responses"
        return made_response(made.run_id, completion, made.finished_at) if is_response else completion
    own = {"credits_used": made.credits, "provider_used": order.provider, "sandbox": order.sandbox}
    lacking = {"lacking": made.lacking()} if made.lacking() else {}
    items = [item for item in made.there if item.path is not None]
    if order.facts["operation"] == "images":
        pictures = [{"url": made.url(str(item.path))} for item in items]
        return {"created": made.created_at // 1000, "data": pictures, **own, **lacking}
    item = items[0]
    told = {"url": made.url(str(item.path)), "content_type": item.content_type, "duration": item.duration}
    if order.facts["operation"] != "videos":
        return {**told, **own}
    ended = {"id": made.run_id, "status": "completed", "progress": 1.0, "error": None}
    times = {"created_at": iso(made.created_at), "finished_at": iso(made.finished_at)}
    return video(order, {**ended, **times}) | {"url": told["url"], **own}


def video_id(run_id: str) -> str:
    """Return a run's id as OpenAI's clients expect one of a video."""
    return PREFIX + run_id.removeprefix(RUN_PREFIX)


def run_id_of(video: str) -> str:
    """Return the run behind a video's id."""
    return RUN_PREFIX + video.removeprefix(PREFIX)


def video(order: Order, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a film as it stands: OpenAI's `video`."""
    params, error = order.task.params, run["error"] or {}
    status = STATUS.get(run["status"], "failed")
    size = f"{params['width']}x{params['height']}" if params.get("width") else None
    failure = {"code": error.get("code", "canceled"), "message": error.get("message", "The video was canceled.")}
    return {
        "id": video_id(run["id"]),
        "object": "video",
        "created_at": _seconds(run["created_at"]),
        "completed_at": _seconds(run["finished_at"]) if status == "completed" else None,
        "expires_at": None,
        "status": status,
        "progress": 100 if status == "completed" else int(run["progress"] * 100),
        "model": order.facts["model"],
        "prompt": order.facts["prompt"],
        "seconds": str(params.get("seconds") or ""),
        "size": size,
        "quality": "standard",
        "remixed_from_video_id": None,
        "error": failure if status == "failed" else None,
        "sandbox": order.sandbox,
    }


def _seconds(moment: str | None) -> int | None:
    return None if moment is None else int(datetime.fromisoformat(moment).timestamp())
