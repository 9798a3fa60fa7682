"""The errors that every envelope is made from: the base in `service.errors.base`, and its kinds here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from service.errors.base import MOST_FAULTS as MOST_FAULTS
from service.errors.base import Internal as Internal
from service.errors.base import Problem as Problem
from service.errors.base import ServiceError as ServiceError
from service.errors.base import kinds as kinds
from service.errors.base import of_code as of_code
from service.errors.base import pointer as pointer

VERBS = ("is ", "must ", "can't ")


class ValidationError(ServiceError):
    """The input does not fit the definition; `errors` point at each member."""

    status, code, title = 422, "validation", "Invalid input"

    @classmethod
    def at(cls, pointer: str, message: str) -> "ValidationError":
        """One fault at one member: `ValidationError.at("/prompt", "prompt is required")`."""
        return cls.of([Problem(pointer, message)])

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "ValidationError":
        """Return one error that tells of the first fault. A message that begins with its verb speaks of the member."""
        return cls(_with_subject(problems[0].pointer, problems[0].message), errors=problems)


@contextmanager
def below(prefix: str) -> Iterator[None]:
    """Moves the pointers of a ValidationError raised inside below `prefix`: `with below("/input"): …`."""
    try:
        yield
    except ValidationError as error:
        error.errors = tuple(Problem(prefix + problem.pointer, problem.message) for problem in error.errors)
        error.message = _with_subject(prefix, error.message)
        raise


def _with_subject(pointer: str, message: str) -> str:
    return f"{pointer[1:].replace('/', '.')} {message}" if pointer and message.startswith(VERBS) else message


@contextmanager
def told_at(pointer: str) -> Iterator[None]:
    """Tell every fault of a ValidationError raised inside at `pointer`; as it is where that is ""."""
    try:
        yield
    except ValidationError as error:
        if pointer:
            faults = [problem.message for problem in error.errors] or [error.message]
            error.errors = tuple(Problem(pointer, fault) for fault in faults)
        raise


class ReferenceUnreachable(ValidationError):
    """A media reference that can't be fetched, or isn't the media asked for."""

    code, title = "reference_unreachable", "Reference unreachable"


class AddressRefused(ReferenceUnreachable):
    """A URL whose address callers may not make the service reach: a private one, or one that does not resolve."""

    code, title = "address_refused", "Address refused"


class ProviderNotConfigured(ValidationError):
    """The provider asked for by name is not there for this account: no key, disabled, or not in the plan."""

    code, title = "provider_not_configured", "Provider not configured"


class ConnectionMissing(ValidationError):
    """The account has no key for the hosted original that the run is to be made on, or none any more."""

    code, title = "connection_missing", "Connection missing"


class BadRequest(ServiceError):
    """The request can't be read at all: JSON that does not parse, a body that is no object."""

    status, code, title = 400, "bad_request", "Bad request"


class Unauthorized(ServiceError):
    """No key, or one that is unknown or revoked."""

    status, code, title = 401, "unauthorized", "Unauthorized"


class InsufficientCredits(ServiceError):
    """The account can't pay for it. Permanent until it buys more."""

    status, code, title = 402, "insufficient_credits", "Not enough credits"


class MaxCreditsExceeded(ServiceError):
    """The estimate is over the caller's own `max_credits`."""

    status, code, title = 402, "max_credits_exceeded", "Over max_credits"


class BudgetExceeded(ServiceError):
    """It is more than a budget of the account or of the key has left; `budget` says which. Permanent in its period."""

    status, code, title = 402, "budget_exceeded", "Over budget"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message, **{"code": self.code, **details})


class StorageLimitExceeded(ServiceError):
    """The account's stored files are at its plan's limit."""

    status, code, title = 402, "storage_limit_exceeded", "Storage limit exceeded"


class Forbidden(ServiceError):
    """A valid key without the scope, permission, plan or ownership this needs."""

    status, code, title = 403, "forbidden", "Forbidden"


class NotFound(ServiceError):
    """Not there, or another account's private thing, which is the same to the caller."""

    status, code, title = 404, "not_found", "Not found"


class ModelNotFound(NotFound):
    """There is no such model, or none that does what is asked of it here."""

    code, title = "model_not_found", "Model not found"


class MethodNotAllowed(ServiceError):
    """The path exists, the method on it does not."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"


class Conflict(ServiceError):
    """The request does not fit the thing's present state."""

    status, code, title = 409, "conflict", "Conflict"


class SubscriptionLimit(Conflict):
    """The account has as many active subscriptions as it may have."""

    code, title = "subscription_limit", "Too many subscriptions"


class RunCanceled(Conflict):
    """The run whose end a REST caller was waiting for was canceled."""

    code, title = "canceled", "Canceled"


class IdempotencyInProgress(Conflict):
    """The first request under this key is still being accepted."""

    code, title, permanent = "idempotency_in_progress", "Idempotency key in use", False


class IdempotencyMismatch(ServiceError):
    """The same key came with another body."""

    status, code, title = 422, "idempotency_mismatch", "Idempotency key reused"


class PayloadTooLarge(ServiceError):
    """The body or upload is over its limit."""

    status, code, title = 413, "payload_too_large", "Payload too large"


class OutputTooLarge(ServiceError):
    """The output that was made, or that is certain to be made, is over the most that is stored of a run."""

    status, code, title = 422, "output_too_large", "Output too large"


class RequestTimeout(ServiceError):
    """The request came too slowly."""

    status, code, title, permanent = 408, "request_timeout", "Request timeout", False


class UriTooLong(ServiceError):
    """The URL is over its limit."""

    status, code, title = 414, "uri_too_long", "URL too long"


class UnsupportedMediaType(ServiceError):
    """The body is in a charset or content coding that is not read here."""

    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class HeadersTooLarge(ServiceError):
    """The headers are over their limit."""

    status, code, title = 431, "headers_too_large", "Headers too large"


class RateLimited(ServiceError):
    """Too many requests in a window, or too many parallel tasks."""

    status, code, title, permanent = 429, "rate_limited", "Rate limit exceeded", False


class Unavailable(ServiceError):
    """Something the service needs is not configured or not reachable now."""

    status, code, title, permanent = 503, "unavailable", "Unavailable", False


class Busy(Unavailable):
    """Too many callers wait at once; nothing was accepted."""

    code, title = "busy", "Too many callers waiting"


class EngineMissing(Unavailable):
    """The embedded engine of this media type is an extra that is not installed; the message names it."""

    code, title, permanent = "engine_missing", "Engine not installed", True


class ProviderError(ServiceError):
    """The provider failed or answered what can't be used."""

    status, code, title, permanent = 500, "provider_error", "Provider error", False


class RefusedByProvider(ProviderError):
    """The provider refuses this content or input; the same request will be refused again."""

    status, code, title, permanent = 422, "refused_by_provider", "Refused by the provider", True


class ProviderAuth(ProviderError):
    """The provider does not accept the key, or its account can't pay."""

    code, title, permanent = "provider_auth", "Provider key refused", True


class TimedOut(ServiceError):
    """The run outlived its time limit."""

    status, code, title, permanent = 504, "timed_out", "Timed out", False


class OutcomeUnknown(ServiceError):
    """Sent to a provider, no answer, and no way to ask: never sent again on its own."""

    status, code, title, permanent = 500, "outcome_unknown", "Outcome unknown", False


class Lost(ServiceError):
    """Three workers died at this run, so it is given up."""

    status, code, title, permanent = 500, "lost", "Lost", False
