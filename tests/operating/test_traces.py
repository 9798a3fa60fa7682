"""One trace and one request id from a caller to the callback, over all processes, told to a collector of OTLP."""

import json
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY
from tests.fakes.receiver import Receiver
from tests.support.installation import Installation

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
ACTION = "/v1/actions/generor.generators.generate"
# Asked of a provider, and made by the embedded engine.
TEXTS = [{"slug": "joke", "model_id": model, "prompt": "A joke about distance"} for model in (12, 37)]


class Collector:
    """What OpenTelemetry's own exporters send to: OTLP over HTTP."""

    def __init__(self) -> None:
        self._spans: dict[str, tuple[str, Span]] = {}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = zlib.decompress(body, 31)
                collector._take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _take(self, told: ExportTraceServiceRequest) -> None:
        for resource in told.resource_spans:
            named = {one.key: one.value.string_value for one in resource.resource.attributes}
            process = named["service.instance.id"].partition("-")[0]
            for scope in resource.scope_spans:
                self._spans |= {one.span_id.hex(): (process, one) for one in scope.spans}

    def of_trace(self) -> dict[str, tuple[str, Span]]:
        """Return the caller's spans by their ids, with the process that told each."""
        return {key: found for key, found in list(self._spans.items()) if found[1].trace_id.hex() == TRACE}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


@pytest.mark.parametrize("text", TEXTS)
def test_one_trace_and_one_request_id_over_all_processes(
    text: dict[str, object], collector: Collector, tmp_path: Path
) -> None:
    openai, receiver = FakeOpenAI(), Receiver()
    with Installation(
        tmp_path / "data",
        workers=1,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="200",
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=openai.base_url,
    ) as made:
        client = made.account("tracer")
        headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "X-Request-Id": "from-the-caller"}
        body = {"input": text, "callback_url": receiver.url}
        answer = client.call("POST", ACTION, json=body, headers=headers)
        assert (answer.status_code, answer.headers["X-Request-Id"]) == (202, "from-the-caller")
        made.until(lambda: receiver.posts, 60)
        wanted = {"accept", "queue", "step", "callback"}
        made.until(lambda: wanted <= {span.name for _, span in collector.of_trace().values()}, 60)

        found = collector.of_trace()
        # Each hangs on another of the trace, and the first on the caller's own.
        assert {span.parent_span_id.hex() for _, span in found.values()} <= {CALLER, *found}
        named = {span.name: process for process, span in found.values()}
        assert (named["accept"], named["step"], named["callback"]) == ("web", "worker", "callbacks")
        (post,) = receiver.posts
        _, trace, span_id, _ = post.headers["traceparent"].split("-")
        assert (trace, found[span_id][1].name) == (TRACE, "callback")
        # No stranger is told whose call it is.
        assert not [one for one in openai.requests if {"Traceparent", "X-Request-Id"} & set(one.headers)]
        assert made.stop() == 0
    openai.close()
    receiver.close()


def test_what_goes_wrong_with_a_run_is_logged_with_its_request_and_account(tmp_path: Path) -> None:
    receiver = Receiver(500)
    with Installation(tmp_path / "data", workers=1, CALLBACK_RETRY_SCHEDULE="1,1,1") as made:
        client = made.account("logger")
        body = {"input": TEXTS[1], "callback_url": receiver.url}
        run = client.call("POST", ACTION, json=body, headers={"X-Request-Id": "to-be-logged"}).json()
        made.until(lambda: len(receiver.posts) > 1, 90)
        lines = [json.loads(line) for line in made.log.read_text().splitlines() if line.startswith("{")]
        (line,) = (line for line in lines if line["event"] == "delivery attempt failed")
        told = {name: line[name] for name in ("run", "account", "request_id", "host", "status")}
        assert told == {
            "run": run["id"],
            "account": run["account"],
            "request_id": "to-be-logged",
            "host": "127.0.0.1",
            "status": 500,
        }
        assert made.stop() == 0
    receiver.close()
