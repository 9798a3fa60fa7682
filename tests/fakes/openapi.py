"""A server made from an OpenAPI document: answers each operation with a value of its own schema, and keeps what came.

`fail(…)` queues answers in place of that; every request is kept whole in `seen`.
"""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass
class Seen:
    """One request as it came, its path not decoded."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body's JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> list[tuple[str, str]]:
        """Its body's form."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    @property
    def parts(self) -> list[tuple[str, str | None, str, bytes]]:
        """Its body's parts: name, file's name where it is one, type, bytes; in their order."""
        message = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode() + self.body
        )
        return [
            (
                str(part.get_param("name", header="content-disposition")),
                part.get_filename(),
                part.get_content_type() if "content-type" in part else "",
                part.get_payload(decode=True) or b"",
            )
            for part in message.iter_parts()  # type: ignore[attr-defined]
        ]


@dataclass
class Answer:
    """An answer to give; `drop` closes the connection without one."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False


def _bytes(body: Any) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return (body if isinstance(body, str) else json.dumps(body)).encode()


class OpenApiServer:
    """Serves a document below `base`, the path of its base URL."""

    def __init__(self, document: Mapping[str, Any], base: str = "") -> None:
        self.seen: list[Seen] = []
        self._next: list[Answer] = []
        self._document, self._base = document, base
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}{base}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def fail(self, *answers: Answer) -> None:
        """Give these answers first, one a request."""
        self._next += answers

    def forget(self) -> None:
        """Begin anew: nothing came, and no answer is prepared."""
        self.seen.clear()
        self._next.clear()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, seen: Seen) -> Answer:
        """The answer of the operation that the request is of; 404 where the document has none."""
        if self._next:
            return self._next.pop(0)
        for template, item in self._document["paths"].items():
            pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(self._base + template))
            operation = item.get(seen.method.lower())
            if operation is not None and re.fullmatch(pattern, seen.path):
                return self._success(operation)
        return Answer(404, {"message": f"no {seen.method} {seen.path}"})

    def _success(self, operation: Mapping[str, Any]) -> Answer:
        status, response = next(iter((str(key), part) for key, part in operation["responses"].items()))
        content = self._at(response).get("content", {})
        number = 200 if status == "default" else int(status)
        if not content:
            return Answer(number)
        kind, media = next(iter(content.items()))
        body = self._value(media.get("schema", {})) if "json" in kind else "plain words"
        return Answer(number, body, {"Content-Type": kind})

    def _at(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            named, node = node["$ref"], self._document
            for part in named[2:].split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def _value(self, schema: Any, depth: int = 0) -> Any:
        schema = self._at(schema)
        if "example" in schema:
            return schema["example"]
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())[:1], *schema.get("oneOf", ())[:1]):
            schema = {**self._at(part), **schema}
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            members = schema.get("properties", {}) if depth < 4 else {}
            return {name: self._value(part, depth + 1) for name, part in members.items()}
        if kind == "array":
            return [self._value(schema.get("items", {}), depth + 1)] if depth < 4 else []
        return {"integer": 7, "number": 1.5, "boolean": True}.get(kind, schema.get("enum", ["words"])[0])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                query = parse_qsl(parts.query, keep_blank_values=True)
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen = Seen(self.command, parts.path, query, headers, self.rfile.read(length))
                server.seen.append(seen)
                answer = server.answer(seen)
                if answer.drop:
                    self.close_connection = True
                    self.connection.close()
                    return
                body = _bytes(answer.body)
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        return Handler
