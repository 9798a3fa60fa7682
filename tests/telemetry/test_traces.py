"""One trace from the caller's request to the callback, and one request id in every log line on the way."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from service.generation import calls, texts
from service.generation.engine import Engine
from service.telemetry import traces
from tests.fakes.receiver import Receiver
from tests.processes.test_deliverer import deliver
from tests.support.house import Account, House

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
ACTION = "generor.generators.generate"
JOKE = {"slug": "joke", "prompt": "A joke about traces", "model_id": 37}
PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    traces.use(provider)
    yield kept
    traces.use(None)


def spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """Return the spans of the caller's trace by their names."""
    return {
        one.name: one for one in exporter.get_finished_spans() if one.context and one.context.trace_id == int(TRACE, 16)
    }


def test_one_trace_goes_from_the_request_to_the_callback(
    account: Account, house: House, exporter: InMemorySpanExporter
) -> None:
    receiver = Receiver()
    headers = {"traceparent": PARENT, "X-Request-Id": "from-the-caller"}
    run = account.submit(ACTION, JOKE, headers=headers, callback_url=receiver.url).get_json()
    account.ended(run["id"], 60)
    deliver(house, lambda: bool(receiver.posts))
    receiver.close()
    found = spans(exporter)
    request = next(one for name, one in found.items() if name.startswith("POST /v1/actions/"))
    assert request.parent is not None
    assert request.parent.span_id == int(PARENT.split("-")[2], 16)
    assert found.keys() >= {"accept", "queue", "step", "callback"}
    for name in ("queue", "step", "callback"):
        assert found[name].parent is not None
        assert found[name].parent.span_id == found["accept"].context.span_id
    assert found["step"].attributes is not None
    assert found["step"].attributes["genhook.run"] == run["id"]
    (told,) = receiver.posts
    assert told.headers["traceparent"].split("-")[1:3] == [TRACE, f"{found['callback'].context.span_id:016x}"]


def test_a_call_to_a_provider_is_a_span_of_its_step(exporter: InMemorySpanExporter) -> None:
    with traces.span("step", PARENT, "consumer"), calls.told("fal", "submit"):
        pass
    found = spans(exporter)
    assert found["fal submit"].parent is not None
    assert found["fal submit"].parent.span_id == found["step"].context.span_id


def test_nothing_is_traced_or_sent_while_traces_are_off(account: Account, house: House) -> None:
    receiver = Receiver()
    run = account.submit(ACTION, JOKE, headers={"traceparent": PARENT}, callback_url=receiver.url).get_json()
    account.ended(run["id"], 60)
    deliver(house, lambda: bool(receiver.posts))
    receiver.close()
    assert "traceparent" not in receiver.posts[0].headers
    assert traces.traceparent() is None


def test_traces_stay_off_until_the_environment_says_where_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in traces.SWITCHES:
        monkeypatch.delenv(name, raising=False)
    traces.start("web")
    assert not traces.on()


def test_what_lacks_is_told_where_traces_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(traces.SWITCHES[0], "http://127.0.0.1:4318")
    monkeypatch.setattr(traces, "_installed", lambda: False)
    with capture_logs() as logs:
        traces.start("web")
    assert not traces.on()
    assert "pip install" in logs[0]["event"]


@pytest.mark.parametrize(("where", "name", "values"), [(texts, "written", JOKE), (Engine, "advance", PICTURE)])
def test_a_step_logs_with_the_run_the_account_and_the_request(
    where: object, name: str, values: dict[str, object], account: Account, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, object]] = []
    step = getattr(where, name)

    def watched(*given: object) -> object:
        seen.append(get_contextvars())
        return step(*given)

    monkeypatch.setattr(where, name, watched)
    run = account.submit(ACTION, values, headers={"X-Request-Id": "from-the-caller"}).get_json()
    account.ended(run["id"], 60)
    assert seen[0] == {"run": run["id"], "account": account.id, "request_id": "from-the-caller"}
