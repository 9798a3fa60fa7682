"""One HTTP/1.1 connection: uvicorn's, with deadlines for headers, bodies and answers, and bounds on headers.

Deadlines are looked at once a second for all connections together, by `watch`: a timer for each chunk of each
connection would cost more than it tells.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.errors import BadRequest, HeadersTooLarge, RequestTimeout, ServiceError, UriTooLong
from service.web.edge.crowd import Crowd, of_network
from service.web.edge.exchange import KEY, Exchange, Written
from service.web.edge.pace import TransferPace

HEADERS_S = 10.0
# The rest of a refused body is read and dropped for so long, so that its sender hears the refusal.
LINGER_S = 15.0
URL_BYTES = 16 * 1024
HEAD_BYTES = 48 * 1024
# What the kernel takes of an answer before it is sent: a slow reader's progress shows, and holds no megabytes.
UNSENT_BYTES = 64 * 1024
# What is told before a request is read, as a whole HTTP answer: (path, error) -> bytes.
Refusal = Callable[[str, ServiceError], bytes]


class Connection(HttpToolsProtocol):
    """A connection that ends where its caller stalls."""

    crowd: Crowd
    refusal: Refusal

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.address = ""
        self._head_bytes = 0
        self._head_since: float | None = None
        self._in_head = True
        self._receiving: TransferPace | None = None
        self._sending: TransferPace | None = None
        self._written = Written()
        self._taken_before = 0
        self._linger_until: float | None = None
        self._refused = False

    # Beginning and end

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it, or refuse it where there is no place."""
        super().connection_made(transport)
        self.address = of_network(self.client[0] if self.client else "")
        self._head_since = time.monotonic()
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        if not self.crowd.admit(self):
            self.expel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that its caller has left."""
        self.crowd.leave(self)
        if self.cycle is not None and not self.cycle.response_complete:
            self._exchange.gone = True
        super().connection_lost(exc)

    @property
    def dispensable(self) -> bool:
        """Return whether no request of it is at work."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def expel(self) -> None:
        """End it at once, its unsent answer with it."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()

    # Reading

    def data_received(self, data: bytes) -> None:
        """Feed the parser; refuse a head that is too long."""
        if self._refused:
            return
        moment = time.monotonic()
        if self._in_head:
            if self._head_since is None:
                self._head_since = moment
            self._head_bytes += len(data)
        elif self._receiving is not None:
            self._receiving.note(len(data), moment)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope[KEY] = Exchange(self._written)  # type: ignore[literal-required]

    def on_headers_complete(self) -> None:
        """Its head is there: refuse it where that is too long, else begin."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if len(self.url) > URL_BYTES or size > HEAD_BYTES:
            self._refuse_head()
            return
        self._in_head, self._head_since = False, None
        self._receiving = TransferPace.starting(time.monotonic())
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Part of the body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is there; what comes next is another's head."""
        if self._linger_until is not None:
            self._head_since, self._linger_until = time.monotonic(), None
        self._in_head, self._head_bytes, self._receiving = True, 0, None
        if not self._refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is written; the rest of a body that nobody reads is dropped for a while."""
        super().on_response_complete()
        if self.cycle.more_body and not self.transport.is_closing():
            self._linger_until = time.monotonic() + LINGER_S
            self._unset_keepalive_if_required()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP request."""
        self.refuse(BadRequest("This is not an HTTP/1.1 request that can be read."))

    def _refuse_head(self) -> None:
        too_long = UriTooLong(f"The URL may be {URL_BYTES} bytes at most.")
        too_many = HeadersTooLarge(f"The headers may be {HEAD_BYTES} bytes at most.")
        self.refuse(too_long if len(self.url) > URL_BYTES else too_many)

    def refuse(self, error: ServiceError) -> None:
        """Answer in place of the application, and end the connection; after answers begun before, only end it."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(self.refusal(self._path(), error))
        self.transport.close()

    def _path(self) -> str:
        url = getattr(self, "url", b"") or b""
        try:
            return (httptools.parse_url(url).path or b"").decode("ascii", "replace")
        except httptools.HttpParserInvalidURLError:
            return ""

    # Deadlines

    def watch(self, moment: float) -> None:
        """End or refuse it where its caller is too slow. Called once a second."""
        if self.transport is None or self.transport.is_closing():
            self._watch_closing(moment)
        elif self._is_stuck_sending(moment) or (self._linger_until is not None and moment > self._linger_until):
            self.expel()
        elif self._in_head and self._head_since is not None and moment - self._head_since > HEADERS_S:
            self._time_out_head()
        elif self._receiving is not None and self._is_awaited and self._receiving.too_slow(moment):
            self._time_out_body()

    @property
    def _is_awaited(self) -> bool:
        """Return whether the body's next bytes are the caller's to send."""
        return self.cycle is not None and self.cycle.more_body and not self.flow.read_paused

    @property
    def _exchange(self) -> Exchange:
        exchange: Exchange = self.cycle.scope[KEY]  # type: ignore[literal-required]
        return exchange

    def _time_out_head(self) -> None:
        if not self._head_bytes:
            self.transport.close()
            return
        self.refuse(RequestTimeout(f"The headers must come within {HEADERS_S:.0f} seconds."))

    def _time_out_body(self) -> None:
        if self.cycle.response_complete:
            self.expel()
            return
        self._receiving = None
        self._exchange.stalled = True
        self.cycle.message_event.set()

    def _watch_closing(self, moment: float) -> None:
        """A closed connection still sends what was written before; not for ever."""
        if self.transport is not None and self._is_stuck_sending(moment):
            self.transport.abort()

    def _is_stuck_sending(self, moment: float) -> bool:
        """Return whether the reader takes what there is for it too slowly. Having nothing to send is nobody's fault."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            self._sending = None
            return False
        taken = self._written.amount - unsent
        if self._sending is None:
            self._sending, self._taken_before = TransferPace.starting(moment), taken
        if taken > self._taken_before:
            self._sending.note(taken - self._taken_before, moment)
            self._taken_before = taken
        return self._sending.too_slow(moment)
