"""Calling the application for one request: its environment, and what it answers."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from service.web.edge.bodies import IN_MEMORY, Body

Headers = list[tuple[str, str]]
# In the environment: the error met before the application was asked, which it tells in the envelope of the path.
FAULT = "genhook.fault"
PIECE = 128 * 1024
_KNOWN: dict[bytes, str] = {}
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(slots=True)
class WsgiAnswer:
    """The application's answer: `body` whole as bytes, or something that goes on giving it."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: Any = b""

    @property
    def encoded_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as ASGI wants them."""
        return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers]


class ReadyBody:
    """A body that the event loop sends by itself, without a thread and without holding it, by its `pieces()`."""

    def close(self) -> None:
        """Give up what it is read from."""


class SpooledBody(ReadyBody):
    """A large body on disk: whoever reads it slowly takes no memory meanwhile."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        """Write it to a file that has no name."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 — closed by close()
        self._file.writelines(parts)
        self._file.seek(0)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read it as it is wanted."""
        while piece := await asyncio.to_thread(self._file.read, PIECE):
            yield piece

    def close(self) -> None:
        self._file.close()


def environment(scope: Any, body: Body) -> dict[str, Any]:
    """The WSGI environment of an ASGI scope."""
    host, port = scope["server"] or ("127.0.0.1", 0)
    client = scope["client"] or ("127.0.0.1", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "RAW_URI": scope["raw_path"].decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body.opened(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key, text = _key(name), value.decode("latin-1")
        environ[key] = f"{environ[key]}{_joint(key)}{text}" if key in environ else text
    # The length that was read: no other is true once a body was chunked or cut off.
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    if body.length or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(body.length)
    if body.fault is not None:
        environ[FAULT] = body.fault
    return environ


def call(application: Application, environ: dict[str, Any]) -> WsgiAnswer:
    """The answer, whole where its length is known."""
    answer = WsgiAnswer()

    def start(status: str, headers: Headers, _error: object = None) -> None:
        answer.status, answer.headers = int(status[:3]), headers

    given = application(environ, start)
    if isinstance(given, ReadyBody) or not _is_whole(answer):
        answer.body = given
        return answer
    try:
        parts = list(given)
        answer.body = SpooledBody(parts) if sum(map(len, parts)) > IN_MEMORY else b"".join(parts)
    finally:
        _close(given)
    return answer


def parts(given: Any) -> Iterator[bytes]:
    """The pieces of a body that goes on, closed at the end or when nobody wants more."""
    try:
        yield from given
    finally:
        _close(given)


def _is_whole(answer: WsgiAnswer) -> bool:
    return answer.status in (204, 304) or any(name.lower() == "content-length" for name, _ in answer.headers)


def _close(given: Any) -> None:
    close = getattr(given, "close", None)
    if close is not None:
        close()


def _key(name: bytes) -> str:
    key = _KNOWN.get(name)
    if key is None:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        # Callers choose names: only so many are worth remembering.
        if len(_KNOWN) < 200:
            _KNOWN[name] = key
    return key


def _joint(key: str) -> str:
    return "; " if key == "HTTP_COOKIE" else ","
