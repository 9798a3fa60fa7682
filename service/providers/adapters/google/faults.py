"""Google's refusals: two shapes of error, and the reasons that come with HTTP 200."""

from typing import Any

from service.errors import ServiceError
from service.providers.faults import Fault, Kind, error_of, kind_of
from service.providers.http import Answer

_KIND: dict[str, Kind] = {
    "INVALID_ARGUMENT": "invalid",
    "FAILED_PRECONDITION": "invalid",
    "PERMISSION_DENIED": "auth",
    "UNAUTHENTICATED": "auth",
    "NOT_FOUND": "unknown_model",
    "RESOURCE_EXHAUSTED": "rate",
    "UNAVAILABLE": "down",
}
# What an answer ends with that was not withheld.
ENDED = (None, "STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED")
# Why it is withheld where the content is the reason; every other reason is a failure of the model's own.
REFUSALS = frozenset({"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "NO_MEDIA"})
REFUSALS |= {"IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR", "JAILBREAK", "completed"}


def fault(answer: Answer) -> Fault:
    """`{"error": {…}}`, at times in a list; a bad key is a 400, and a quota of the day is no limit to wait for."""
    told = answer.data[0] if isinstance(answer.data, list) and answer.data else answer.data
    error = told.get("error") if isinstance(told, dict) else None
    error = error if isinstance(error, dict) else {}
    message = str(error.get("message") or answer.text())
    details = [one for one in error.get("details") or [] if isinstance(one, dict)]
    code = str(error.get("status") or error.get("code") or answer.status)
    if any(one.get("reason") == "API_KEY_INVALID" for one in details) or "API key not valid" in message:
        return Fault("auth", message, "API_KEY_INVALID")
    kind = kind_of(answer.status, message)
    if kind not in ("moderation", "failed"):
        kind = _KIND.get(code, kind)
    if kind == "rate" and _of_the_day(details):
        return Fault("credit", message, code)
    return Fault(kind, message, code, _delay(details))


def withheld(name: str, message: str, code: str | None) -> ServiceError:
    """The error for content that was not made, whatever the status says: refused, or failed by the model itself."""
    return error_of(name, Fault("moderation" if code in REFUSALS else "failed", message, code))


def _of_the_day(details: list[dict[str, Any]]) -> bool:
    violations = [one for part in details for one in part.get("violations") or [] if isinstance(one, dict)]
    return any("PerDay" in str(one.get("quotaId")) for one in violations)


def _delay(details: list[dict[str, Any]]) -> float | None:
    """Seconds of RetryInfo, '31s'."""
    delays = [str(one["retryDelay"]).removesuffix("s") for one in details if "retryDelay" in one]
    try:
        return float(delays[0]) if delays else None
    except ValueError:
        return None
