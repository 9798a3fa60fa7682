"""OpenAI's refusals."""

import re

from service.providers.faults import Fault, Kind, kind_of
from service.providers.http import Answer

_KIND: dict[str, Kind] = {
    "insufficient_quota": "credit",
    "billing_hard_limit_reached": "credit",
    "invalid_api_key": "auth",
    "model_not_found": "unknown_model",
    "moderation_blocked": "moderation",
    "content_policy_violation": "moderation",
    "image_content_policy_violation": "moderation",
}
# «20ms», «6m0s»: how long until a limit is reset.
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LIMITS = ("requests", "tokens")
_UNVERIFIED = "organization must be verified"


def fault(answer: Answer) -> Fault:
    """`error` with its message, type and code; a limit's own reset where there is no Retry-After."""
    told = answer.data.get("error") if isinstance(answer.data, dict) else None
    told = told if isinstance(told, dict) else {}
    message = str(told.get("message") or answer.text())
    code = told.get("code") or told.get("type")
    kind = _KIND.get(str(code)) or kind_of(answer.status, message)
    if answer.status == 403 and _UNVERIFIED in message.lower():
        # The key is good: its organization may not use this model yet, which no other key of it would mend.
        kind = "failed"
    return Fault(kind, message, code, reset_of(answer) if kind == "rate" else None)


def reset_of(answer: Answer) -> float | None:
    """Seconds until the limit that is used up is reset."""
    if "Retry-After" in answer.headers:
        return None
    used_up = [limit for limit in _LIMITS if answer.headers.get(f"x-ratelimit-remaining-{limit}") == "0"]
    waits = [_seconds(answer.headers.get(f"x-ratelimit-reset-{limit}", "")) for limit in used_up]
    return max(waits) if waits else None


def _seconds(duration: str) -> float:
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(duration))
