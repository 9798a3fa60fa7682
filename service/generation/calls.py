"""Counts and times a call to a provider, by what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import ServiceError
from service.providers.base import NotNow
from service.telemetry import metrics, traces


@contextmanager
def told(provider: str, call: str) -> Iterator[None]:
    """Count what is done within: `call` is submit, find, poll, fetch or cancel."""
    began, result = time.monotonic(), "ok"
    try:
        with traces.span(f"{provider} {call}", kind="client", provider=provider, call=call):
            yield
    except Exception as error:
        result = _result(error)
        raise
    finally:
        metrics.provider_calls.labels(provider, call, result).inc()
        metrics.provider_call_seconds.labels(provider, call).observe(time.monotonic() - began)


def _result(error: Exception) -> str:
    if isinstance(error, NotNow):
        return "retry_later"
    return error.code if isinstance(error, ServiceError) else "internal"
