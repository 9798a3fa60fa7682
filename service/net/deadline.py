"""Cut a call's connections when its time is up, whatever it waits for."""

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType


class Deadline:
    """Cuts every connection made under it at its end: in a handshake, a header or between two bytes.

    The timeouts of a socket begin anew with each byte, so a server that drips would never meet them.
    """

    def __init__(self, seconds: float) -> None:
        """`seconds` from now."""
        self._at = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets.clear()

    @property
    def passed(self) -> bool:
        """Tell whether the time is up."""
        return self.left <= 0

    @property
    def left(self) -> float:
        """Seconds."""
        return self._at - time.monotonic()

    def watch(self, opened: socket.socket) -> None:
        """Cut this one too. A second handle on it, since TLS takes the first one over."""
        with self._lock:
            self._sockets.append(opened.dup())
        if self.passed:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
