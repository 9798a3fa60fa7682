"""What the fakes of all providers share: a real local HTTP server, its request log, and troubles in one vocabulary.

A fake subclasses `FakeProvider`, answers its provider's paths in `answer`, and words each trouble as its wire does.
Results lie on a second port, as with the real ones: nothing there may ever see the key.
"""

import contextlib
import io
import json
import re
import struct
import threading
import wave
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from PIL import Image, ImageDraw
from werkzeug.formparser import parse_form_data

KEY = "fake-provider-key"
AUDIO = ("speech", "music", "soundeffect")
MOST_PAUSE_S = 60.0


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"null")

    @property
    def form(self) -> tuple[dict[str, str], list[tuple[str, str, bytes]]]:
        """The fields of a form, and its files: name, type and bytes of each."""
        told = {"wsgi.input": io.BytesIO(self.body), "CONTENT_TYPE": self.headers.get("Content-Type", "")}
        _, fields, files = parse_form_data({**told, "CONTENT_LENGTH": str(len(self.body)), "REQUEST_METHOD": "POST"})
        kept = [(name, file.mimetype, file.read()) for name, file in files.items(multi=True)]
        return fields.to_dict(), kept


@dataclass(frozen=True)
class Reply:
    """What is answered; `drop` closes the connection instead."""

    status: int = 200
    data: Any = None
    body: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False

    def bytes(self) -> bytes:
        return json.dumps(self.data).encode() if self.body is None else self.body


@dataclass
class Job:
    """One accepted submission: polls until it is done, and how it ends: "made" or the name of a trouble."""

    id: str
    model: str
    input: dict[str, Any]
    polls: int
    end: str
    count: int = 1
    canceled: bool = False


class FakeProvider:
    """One provider's server. Troubles set by a test hold for the submission that comes next."""

    name: ClassVar[str]
    # Cases of the suite that the wire does not have, each with a quotation from where that is said.
    lacks: ClassVar[dict[str, str]] = {}

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.makes = "image"
        self.polls = 0
        # Whether work that is not done has been begun, or waits in the provider's queue.
        self.begun = False
        self.requests: list[Request] = []
        self.jobs: dict[str, Job] = {}
        self.file_requests: list[Request] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.links = "alive"
        self.result_host: str | None = None
        self._troubles: deque[tuple[str, Any]] = deque()
        self._poll_troubles: deque[Reply] = deque()
        self.unanswered = 0
        self._answering = threading.Event()
        self._answering.set()
        self._api = _serve(self._answer, host)
        self._files = _serve(self._file, host)
        self.url = f"http://{host}:{self._api.server_port}"
        self.files_url = f"http://{host}:{self._files.server_port}"

    @property
    def base_url(self) -> str:
        """Return what <PROVIDER>_BASE_URL is set to."""
        return self.url

    @property
    def submissions(self) -> int:
        """Return how many paid calls were accepted."""
        return len(self.jobs)

    def close(self) -> None:
        self.resume()
        for server in (self._api, self._files):
            server.shutdown()
            server.server_close()

    def trouble(self, kind: str, detail: Any = None, times: int = 1) -> None:
        """The next submissions meet it.

        At the door: limit (`detail` seconds of a hint, or None), away, broken, broken_after, drop, garbled, no_credit.
        In the work: refused, failed, hidden (an error inside a 200), empty.
        """
        self._troubles.extend([(kind, detail)] * times)

    def stumble(self, status: int = 503, times: int = 1) -> None:
        """The next questions about a job get this status."""
        self._poll_troubles.extend([Reply(status, body=b"upstream away", content_type="text/plain")] * times)

    def pause(self) -> None:
        """From now on everything is taken and done, and nothing is answered until `resume`."""
        self._answering.clear()

    def resume(self) -> None:
        self._answering.set()

    # What a fake words itself.

    def authorized(self, request: Request) -> bool:
        raise AssertionError("every fake checks the key")

    def answer(self, request: Request) -> Reply:
        raise AssertionError("every fake answers its paths")

    def unauthorized(self) -> Reply:
        return Reply(401, {"detail": "Unauthorized"})

    def limited(self, hint: float | None) -> Reply:
        headers = {} if hint is None else {"Retry-After": f"{hint:g}"}
        return Reply(429, {"detail": "Too many requests"}, headers=headers)

    def broken(self) -> Reply:
        return Reply(500, body=b"<html>Internal Server Error</html>", content_type="text/html")

    def hint_in(self, request: Request) -> str | None:
        """Return where a submission asks to be told; None where it does not, or the wire has no webhooks."""
        return None

    def webhook(self, job: Job, age_s: int = 0) -> tuple[dict[str, str], bytes]:
        """Return what is posted there when the job is done, `age_s` ago: headers and body."""
        raise AssertionError(f"{self.name} gives no hints")

    def away(self) -> Reply:
        return Reply(503, body=b"upstream connect error", content_type="text/plain", headers={"Retry-After": "1"})

    def no_credit(self) -> Reply:
        return Reply(402, {"detail": "Insufficient credit"})

    # What they are built with.

    def submit(self, model: str, given: dict[str, Any], accepted: Callable[[Job], Reply], count: int = 1) -> Reply:
        """Accept the work, or meet the trouble that was set."""
        kind, detail = self._troubles.popleft() if self._troubles else ("made", None)
        if kind == "limit":
            return self.limited(detail)
        if kind == "away":
            return self.away()
        if kind == "broken":
            return self.broken()
        if kind == "no_credit":
            return self.no_credit()
        end = "made" if kind in ("broken_after", "drop", "garbled") else kind
        job = Job(f"job-{len(self.jobs) + 1}", model, given, self.polls, end, count)
        self.jobs[job.id] = job
        reply = accepted(job)
        if kind == "broken_after":
            return self.broken()
        if kind == "drop":
            return Reply(drop=True)
        if kind == "garbled":
            return Reply(200, body=b'{"id": "trunc', headers=reply.headers)
        return reply

    def asked(self, job: Job) -> bool:
        """One question about a job: whether it is done by now."""
        if job.polls > 0:
            job.polls -= 1
            return False
        return True

    def made_url(self, job: Job, number: int = 0) -> str:
        """The public address of a made file."""
        name = f"{job.id}-{number}"
        self.files[name] = media_bytes(self.makes)
        return f"{self.result_host or self.files_url}/files/{name}"

    def _answer(self, request: Request) -> Reply:
        self.requests.append(request)
        reply = self._reply(request)
        if not self._answering.is_set():
            self.unanswered += 1
            self._answering.wait(MOST_PAUSE_S)
        return reply

    def _reply(self, request: Request) -> Reply:
        if not self.authorized(request):
            return self.unauthorized()
        if request.method == "GET" and self._poll_troubles:
            return self._poll_troubles.popleft()
        return self.answer(request)

    def _file(self, request: Request) -> Reply:
        self.file_requests.append(request)
        name = request.path.rpartition("/")[2]
        if self.links == "dead" or name not in self.files:
            return Reply(403, body=b"<Error><Code>AccessDenied</Code></Error>", content_type="application/xml")
        if self.links == "text":
            return Reply(200, body=b"<html><body>Please log in</body></html>", content_type="image/png")
        content_type, body = self.files[name]
        return Reply(200, body=body, content_type=content_type)


def media_bytes(media: str) -> tuple[str, bytes]:
    """A small real file of a media: its type and bytes."""
    if media == "vector":
        return "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
    if media in AUDIO:
        return "audio/wav", _wav()
    if media == "video":
        box = b"ftypmp42" + struct.pack(">I", 0) + b"mp42isom"
        return "video/mp4", struct.pack(">I", len(box) + 4) + box + b"\0" * 64
    picture, drawn = io.BytesIO(), Image.new("RGB", (96, 72), (236, 240, 244))
    ImageDraw.Draw(drawn).ellipse((30, 16, 66, 56), (200, 60, 30))
    drawn.save(picture, "PNG")
    return "image/png", picture.getvalue()


def written(instructions: str) -> str:
    """Return what a language model answers: as many items as JSON as it was told, of the schema that it was told."""
    if "JSON Schema" not in instructions:
        return "Written."
    told = next(line for line in instructions.splitlines() if line.startswith("{"))
    many = re.search(r"exactly (\d+) items", instructions)
    if "text generator" not in instructions:
        return json.dumps(_of_schema(json.loads(told)))
    item = _of_schema(json.loads(told)["properties"]["items"]["items"])
    return json.dumps({"items": [item] * (int(many[1]) if many else 1)})


def _of_schema(schema: dict[str, Any]) -> Any:
    if schema["type"] == "object":
        return {name: _of_schema(part) for name, part in schema["properties"].items()}
    return {"string": "Written.", "integer": 3, "number": 2.5, "boolean": True, "array": []}[schema["type"]]


def _wav() -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\0" * 800)
    return sound.getvalue()


def _serve(answer: Callable[[Request], Reply], host: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = answer(Request(self.command, parts.path, query, dict(self.headers.items()), body))
            if reply.drop:
                self.close_connection = True
                return
            # Whoever asked may be dead by now.
            with contextlib.suppress(ConnectionError):
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            payload = reply.bytes()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(payload)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        setattr(Handler, f"do_{method}", Handler._any)
    server = ThreadingHTTPServer((host, 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
