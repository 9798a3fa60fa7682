"""Traces by OpenTelemetry, where the extra `otel` is installed and OTEL_EXPORTER_OTLP_ENDPOINT says where they go.

A trace goes from the request (whose `traceparent` it continues) over the accepted run, its wait and its steps, to the
calls to providers and the callback, which carries `traceparent` on. Everything here does nothing while traces are off.
"""

import importlib.util
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

HEADER = "traceparent"
NAME = "genhook"
# Either of the standard variables says where traces go.
SWITCHES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
log = structlog.get_logger("traces")
_OFF: AbstractContextManager[None] = nullcontext()
_tracer: Any = None


def start(process: str) -> None:
    """Send this process's traces to where the environment says; without it, or without the extra, there are none."""
    if not any(os.environ.get(name) for name in SWITCHES):
        return
    if not _installed():
        log.warning("traces are asked for, and not installed: pip install 'genhook[otel]'")
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {"service.instance.id": f"{process}-{os.getpid()}"}
    if not os.environ.get("OTEL_SERVICE_NAME"):
        named["service.name"] = NAME
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    use(provider)


def use(provider: "TracerProvider | None") -> None:
    """Trace with this provider from now on; None ends it."""
    global _tracer
    _tracer = None if provider is None else provider.get_tracer(NAME)


def on() -> bool:
    """Tell whether traces are taken."""
    return _tracer is not None


def span(
    name: str, parent: str | None = None, kind: str = "internal", **attributes: str | int
) -> AbstractContextManager[None]:
    """Trace what is done within, below the span of `parent` (a traceparent), else below this thread's span.

    `kind` is internal, server, client, producer or consumer.
    """
    return _OFF if _tracer is None else _span(name, parent, kind, attributes)


def past(name: str, parent: str | None, began_ms: int, **attributes: str | int) -> None:
    """Trace what began at that Unix time in milliseconds and ends now."""
    if _tracer is not None:
        began = min(began_ms * 1_000_000, time.time_ns())
        _tracer.start_span(name, _context(parent), start_time=began, attributes=_full(attributes)).end()


def rename(name: str, **attributes: str | int) -> None:
    """Name this thread's span by what is known of it by now."""
    if _tracer is not None:
        from opentelemetry import trace

        current = trace.get_current_span()
        current.update_name(name)
        current.set_attributes(_full(attributes))


def traceparent() -> str | None:
    """Return this thread's span as a traceparent header; None while traces are off."""
    if _tracer is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(HEADER)


@contextmanager
def _span(name: str, parent: str | None, kind: str, attributes: Mapping[str, str | int]) -> Iterator[None]:
    from opentelemetry.trace import SpanKind

    with _tracer.start_as_current_span(
        name, _context(parent), kind=SpanKind[kind.upper()], attributes=_full(attributes)
    ):
        yield


def _context(parent: str | None) -> Any:
    if parent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({HEADER: parent})


def _full(attributes: Mapping[str, str | int]) -> dict[str, str | int]:
    """Name attributes as ours: `genhook.run`."""
    return {f"{NAME}.{name}": value for name, value in attributes.items()}


def _installed() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False
