"""The HTTP client of every provider: a paid POST goes out once, a GET is asked again, the key stays at its host."""

import codecs
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from service.errors import ServiceError
from service.net import retry_after
from service.net.client import AGENT, CHUNK
from service.net.failures import why
from service.net.outbound import outbound_session
from service.providers.base import Access, NotNow
from service.providers.faults import Fault, error_of, unknown, unusable

CONNECT_S, READ_S = 10.0, 30.0
# A body that answers inline holds whole pictures in base64.
MOST_BYTES = 96 * 1024 * 1024
# Two of these, a call and its repair, are within a worker's limit for one step.
MOST_CALL_S = 400.0
# Reading what is not quite JSON takes long.
MOST_LENIENT = 8 * 1024 * 1024
LONGEST_NUMBER = 18
TIMED_OUT = 408
TRIES = 3
# Longer hints give the worker back: the run is asked again when it wakes.
MOST_PAUSE_S = 4.0
# What a call raises that got no answer.
UNANSWERED = (requests.RequestException, HTTPError, OSError)


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer, read whole: `data` is the JSON of its body, None where that is no JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    data: Any = None

    @property
    def ok(self) -> bool:
        """Return whether the status says so; some providers put the error inside."""
        return 200 <= self.status < 300

    def text(self, most: int = 300) -> str:
        """The start of the body, for messages."""
        return self.body[:most].decode("utf-8", "replace")


class Http:
    """One provider's API, with one key. Shared by threads: every call has a connection of its own."""

    def __init__(
        self,
        name: str,
        access: Access,
        hosts: Mapping[str, str],
        headers: Mapping[str, str],
        read_fault: Callable[[Answer], Fault],
    ) -> None:
        """`hosts` are the provider's addresses by what they serve; the access's base_url stands in for all of them.

        `headers` hold the key; `read_fault` reads the provider's error envelope.
        """
        self.name = name
        self._hosts = {use: (access.base_url or address).rstrip("/") for use, address in hosts.items()}
        self._own = frozenset(_place(address) for address in self._hosts.values())
        self._headers = {"User-Agent": AGENT, "Accept": "application/json", **headers}
        self._read_fault = read_fault

    def address(self, use: str, path: str) -> str:
        """The absolute URL of `path` at the host that serves `use`."""
        return f"{self._hosts[use]}/{path.lstrip('/')}"

    def own(self, url: str) -> bool:
        """Return whether `url` is at one of the provider's configured hosts."""
        return _place(url) in self._own

    def headers_for(self, url: str) -> dict[str, str]:
        """The key's headers. Raises ProviderError for a host that may not see the key."""
        if not self.own(url):
            raise unusable(self.name, f"it names an address that is not its own, {url}")
        return dict(self._headers)

    def post_once(
        self,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
        read_s: float = 60.0,
        most: int = MOST_BYTES,
    ) -> Answer:
        """Send paid work, once. Raises NotNow where it is proven not to have been received, else OutcomeUnknown."""
        body = {"data": orjson.dumps(json)} if json is not None else {"data": data, "files": files}
        kind = {"Content-Type": "application/json"} if json is not None else {}
        sent = {**self.headers_for(url), **kind, "Connection": "close", **(headers or {})}
        try:
            answer = self._call("POST", url, most=most, timeout=(CONNECT_S, read_s), headers=sent, **body)
        except UNANSWERED as error:
            if never_sent(error):
                raise NotNow(f"{self.name} can't be reached: {why(error)}.", provider=self._told(error)) from error
            raise unknown(self.name, why(error)) from error
        if not answer.ok:
            raise self.failure(answer, sent=True)
        return answer

    def get(self, url: str, params: Mapping[str, Any] | None = None, refused: tuple[int, ...] = ()) -> Answer:
        """Ask, again where it may help, else NotNow. An answer with a `refused` status is returned, not raised."""
        return self.ask("GET", url, refused=refused, params=params)

    def ask(self, method: str, url: str, refused: tuple[int, ...] = (), **sent: Any) -> Answer:
        """A call that costs nothing and may be repeated: a status, an upload, a cancel."""
        headers = {**self.headers_for(url), **sent.pop("headers", {})}
        for left in reversed(range(TRIES)):
            try:
                return self._asked(method, url, refused, headers=headers, **sent)
            except NotNow as failure:
                pause = 0.2 * (TRIES - left) if failure.retry_after is None else float(failure.retry_after)
                if not left or pause > MOST_PAUSE_S:
                    raise
                time.sleep(pause)
        raise AssertionError("the last try answers or raises")

    def failure(self, answer: Answer, sent: bool = False) -> ServiceError:
        """Return what an error answer means; with `sent`, to a paid POST, where only a 429 says that nothing was taken.

        No provider promises that its 503 or time-out stands before the work (provider-contracts, section 9, 2).
        """
        fault = self._read_fault(answer)
        if fault.retry_after is None:
            hint = retry_after.seconds(answer.headers.get("Retry-After"))
            fault = Fault(fault.kind, fault.message, fault.code, hint)
        if sent and (fault.kind == "down" or (fault.kind == "failed" and _leaves_open(answer.status))):
            return unknown(self.name, fault.message, fault.code)
        if fault.kind == "failed" and answer.status >= 500:
            return error_of(self.name, Fault("down", fault.message, fault.code, fault.retry_after))
        return error_of(self.name, fault)

    def _asked(self, method: str, url: str, refused: tuple[int, ...], **sent: Any) -> Answer:
        try:
            answer = self._call(method, url, most=MOST_BYTES, timeout=(CONNECT_S, READ_S), **sent)
        except UNANSWERED as error:
            raise NotNow(f"{self.name} can't be reached: {why(error)}.", provider=self._told(error)) from error
        if answer.ok and answer.body and answer.data is None:
            raise NotNow(f"{self.name} answered what can't be read.", provider=self._told_text(answer))
        if not answer.ok and answer.status not in refused:
            raise self.failure(answer)
        return answer

    def _call(self, method: str, url: str, *, most: int, timeout: tuple[float, float], **sent: Any) -> Answer:
        return exchange(method, url, within_s=min(MOST_CALL_S, 10 * timeout[1]), most=most, timeout=timeout, **sent)

    def _told(self, error: Exception) -> dict[str, Any]:
        return {"name": self.name, "code": None, "message": why(error)}

    def _told_text(self, answer: Answer) -> dict[str, Any]:
        return {"name": self.name, "code": None, "message": answer.text()}


def exchange(
    method: str, url: str, *, within_s: float, timeout: tuple[float, float], most: int = MOST_BYTES, **sent: Any
) -> Answer:
    """One call on a connection of its own, read whole; nothing is repeated, no redirect followed.

    Raises one of UNANSWERED.
    """
    deadline = time.monotonic() + within_s
    with outbound_session(url) as session:
        answer = session.request(method, url, stream=True, allow_redirects=False, timeout=timeout, **sent)
        with answer:
            body = b"".join(_bounded(answer, most, deadline))
    return Answer(answer.status_code, answer.headers, body, parsed(body))


def _bounded(answer: requests.Response, most: int, deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in answer.iter_content(CHUNK):
        size += len(chunk)
        if size > most:
            raise requests.exceptions.ContentDecodingError(f"the answer is larger than {most} bytes")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the answer took too long")
        yield chunk


def parsed(body: bytes) -> Any:
    """The body's JSON, as Python or JavaScript may have written it; None where it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        begins = body[:16].removeprefix(codecs.BOM_UTF8).lstrip()
        return _lenient(body) if begins[:1] in (b"{", b"[") and len(body) <= MOST_LENIENT else None


def _lenient(body: bytes) -> Any:
    """Read JSON with a byte-order mark, letters of another encoding, half surrogates, NaN or numbers without end."""
    try:
        read = json.loads(
            body.decode("utf-8-sig", "replace"), parse_constant=lambda _: None, parse_int=_whole, parse_float=_finite
        )
        # Lone surrogates become question marks.
        return orjson.loads(json.dumps(read, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _whole(text: str) -> int | None:
    return int(text) if len(text) <= LONGEST_NUMBER else None


def _finite(text: str) -> float | None:
    return value if math.isfinite(value := float(text)) else None


def never_sent(error: Exception) -> bool:
    """Tell whether no connection was made, not even through the proxy: nothing can have been received."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(reason, NewConnectionError)


def _leaves_open(status: int) -> bool:
    """Return whether a failure with this status may have come after the work was taken."""
    return status >= 500 or status == TIMED_OUT


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
