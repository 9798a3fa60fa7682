"""Maps a provider's refusals to errors for the caller: one clear error each, the provider's own words kept."""

from dataclasses import dataclass
from typing import Literal

from service.errors import OutcomeUnknown, ProviderAuth, ProviderError, RefusedByProvider, ServiceError
from service.providers.base import Limited, NotNow

Kind = Literal["auth", "credit", "rate", "moderation", "invalid", "unknown_model", "down", "failed"]

_KIND_OF_STATUS: dict[int, Kind] = {
    400: "invalid",
    401: "auth",
    402: "credit",
    403: "auth",
    404: "unknown_model",
    409: "invalid",
    413: "invalid",
    415: "invalid",
    422: "invalid",
    429: "rate",
    503: "down",
}
# Words that providers use where a refusal by moderation has no code of its own.
_MODERATION = ("nsfw", "content policy", "content_policy", "moderation", "sensitive", "safety", "flagged", "prohibited")


@dataclass(frozen=True, slots=True)
class Fault:
    """A provider's refusal in its own words: its code and message, what sort it is, seconds until it may be asked."""

    kind: Kind
    message: str
    code: str | None = None
    retry_after: float | None = None


def kind_of(status: int, text: str = "") -> Kind:
    """The sort of a refusal by its HTTP status, and by its text where that speaks of moderation."""
    kind = _KIND_OF_STATUS.get(status, "failed")
    return "moderation" if kind in ("invalid", "failed") and is_moderation(text) else kind


def is_moderation(text: str) -> bool:
    """Return whether the provider's text says that the content was refused."""
    folded = text.lower()
    return any(word in folded for word in _MODERATION)


def error_of(provider: str, fault: Fault) -> ServiceError:
    """The error that the caller is told. NotNow for what may be asked again."""
    told = {"name": provider, "code": fault.code, "message": fault.message}
    wait = None if fault.retry_after is None else max(1, round(fault.retry_after))
    match fault.kind:
        case "auth":
            return ProviderAuth(f"{provider} does not accept the key.", provider=told)
        case "credit":
            return ProviderError(f"The account at {provider} can't pay for this.", provider=told)
        case "moderation":
            return RefusedByProvider(f"{provider} refuses this content.", provider=told)
        case "invalid":
            return RefusedByProvider(f"{provider} does not take this request.", provider=told)
        case "unknown_model":
            return ProviderError(f"{provider} does not know what was asked for.", provider=told)
        case "rate":
            return Limited(f"{provider} does not take requests now.", provider=told, retry_after=wait)
        case "down":
            return NotNow(f"{provider} does not take requests now.", provider=told, retry_after=wait)
        case "failed":
            return ProviderError(f"{provider} failed.", provider=told)


def unknown(provider: str, message: str, code: str | None = None) -> OutcomeUnknown:
    """Sent, and no ticket came back: the work may be under way, and is never sent again on its own."""
    told = {"name": provider, "code": code, "message": message}
    return OutcomeUnknown(f"{provider} may have received this, and gave no receipt.", provider=told)


def unusable(provider: str, message: str, code: str | None = None) -> ProviderError:
    """The provider's answer can't be used."""
    told = {"name": provider, "code": code, "message": message}
    return ProviderError(f"{provider} answered what can't be used: {message}.", provider=told)
