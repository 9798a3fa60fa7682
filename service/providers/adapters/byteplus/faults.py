"""ModelArk's refusals, by their codes."""

from collections.abc import Mapping
from typing import Any

from service.providers.faults import Fault, Kind, is_moderation, kind_of
from service.providers.http import Answer

# The longest beginning that fits counts.
_KIND: dict[str, Kind] = {
    "AuthenticationError": "auth",
    "AccessDenied": "auth",
    "OperationDenied": "auth",
    "AccountOverdueError": "credit",
    "SetLimitExceeded": "credit",
    "InvalidParameter": "invalid",
    "MissingParameter": "invalid",
    "InvalidEndpointOrModel": "unknown_model",
    "ModelNotOpen": "unknown_model",
    "UnsupportedModel": "unknown_model",
}


def fault(answer: Answer) -> Fault:
    """The `error` of an answer that says so by its status."""
    told = answer.data.get("error") if isinstance(answer.data, dict) else None
    told = told if isinstance(told, dict) else {}
    message = str(told.get("message") or answer.text())
    code = str(told.get("code") or answer.status)
    return Fault(_kind(code, kind_of(answer.status, message)), message, code)


def fault_in(told: Mapping[str, Any], status: str) -> Fault:
    """The `error` of a task that ended, or of an item that was not made; `status` where it says nothing."""
    message, code = str(told.get("message") or status), str(told.get("code") or status)
    return Fault(_kind(code, "moderation" if is_moderation(message) else "failed"), message, code)


def _kind(code: str, otherwise: Kind) -> Kind:
    if "SensitiveContent" in code:
        return "moderation"
    return next((kind for beginning, kind in _KIND.items() if code.startswith(beginning)), otherwise)
