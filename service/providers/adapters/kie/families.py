"""The families of kie's models: how each is asked for work and tells of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from service.providers.base import Task
from service.providers.faults import Fault, is_moderation, unusable

# Suno wants an address to call back and is asked instead: a name that never resolves (RFC 2606).
NO_CALLBACK = "https://genhook.invalid/callback"


@dataclass(frozen=True, slots=True)
class Record:
    """One task as kie tells of it, whatever its family: `fault` where it failed, `files` where it is done.

    `credits` are kie's own, where it says how many it took.
    """

    done: bool = False
    fraction: float = 0.5
    files: tuple[dict[str, Any], ...] = ()
    fault: Fault | None = None
    credits: float | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A group of kie's models that share a way to be asked: paths, the request around the members, the record."""

    create: str
    record: str
    request: Callable[[str, dict[str, Any]], dict[str, Any]]
    read: Callable[[dict[str, Any]], Record]


def family_of(task: Task) -> str:
    """Suno's models are named by version only, so their media tells; Flux Kontext has calls of its own."""
    if task.media in ("music", "soundeffect"):
        return task.media
    return "kontext" if task.model.startswith("flux-kontext") else "jobs"


def _job(data: dict[str, Any]) -> Record:
    state = data.get("state")
    if state == "fail":
        return Record(fault=_failed(data.get("failCode"), data.get("failMsg")))
    if state != "success":
        return Record(fraction=0.5 if state == "generating" else 0.05)
    try:
        urls = orjson.loads(data.get("resultJson") or "{}").get("resultUrls") or []
    except (orjson.JSONDecodeError, AttributeError):
        raise unusable("kie", "a result that can't be read") from None
    return Record(True, 1.0, tuple({"url": str(url)} for url in urls), credits=data.get("creditsConsumed"))


def _flagged(data: dict[str, Any]) -> Record:
    """The families with a `successFlag`: 0 is under way, 1 done, 2 and 3 failed."""
    flag, response = data.get("successFlag"), data.get("response") or {}
    if flag in (2, 3):
        return Record(fault=_failed(data.get("errorCode"), data.get("errorMessage")))
    if flag != 1:
        return Record(fraction=_number(data.get("progress")))
    url = response.get("resultImageUrl")
    return Record(True, 1.0, ({"url": url},) if url else ())


def _suno(data: dict[str, Any]) -> Record:
    status = str(data.get("status"))
    if status == "SENSITIVE_WORD_ERROR":
        return Record(fault=Fault("moderation", str(data.get("errorMessage") or status), status))
    if status.endswith(("_FAILED", "_ERROR", "_EXCEPTION")):
        return Record(fault=_failed(data.get("errorCode") or status, data.get("errorMessage") or status))
    if status != "SUCCESS":
        return Record(fraction={"TEXT_SUCCESS": 0.3, "FIRST_SUCCESS": 0.7}.get(status, 0.05))
    tracks = (data.get("response") or {}).get("sunoData") or []
    found = [{"url": one["audioUrl"], "duration": one.get("duration")} for one in tracks if one.get("audioUrl")]
    return Record(True, 1.0, tuple(found))


def _music(model: str, given: dict[str, Any]) -> dict[str, Any]:
    plain = {"customMode": False, "instrumental": False, "callBackUrl": NO_CALLBACK}
    return {**plain, "model": model, **given}


FAMILIES = {
    "jobs": Family(
        "api/v1/jobs/createTask",
        "api/v1/jobs/recordInfo",
        lambda model, given: {"model": model, "input": given},
        _job,
    ),
    "kontext": Family(
        "api/v1/flux/kontext/generate",
        "api/v1/flux/kontext/record-info",
        lambda model, given: {"model": model, **given},
        _flagged,
    ),
    "music": Family("api/v1/generate", "api/v1/generate/record-info", _music, _suno),
    "soundeffect": Family(
        "api/v1/generate/sounds",
        "api/v1/generate/record-info",
        lambda model, given: {"model": model, **given},
        _suno,
    ),
}


def _failed(code: Any, message: Any) -> Fault:
    text = str(message or "it failed without a word")
    moderated = is_moderation(text) or str(code) == "400"
    return Fault("moderation" if moderated else "failed", text, None if code is None else str(code))


def _number(text: Any) -> float:
    try:
        return min(0.99, max(0.05, float(text)))
    except (TypeError, ValueError):
        return 0.5
