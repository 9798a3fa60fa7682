"""Look up names in threads of their own, shared fairly between accounts.

A name whose servers are silent holds a thread until the system gives up, which takes ten seconds and more. So a look-up
has a deadline, an account has no more than its share of the threads at once, and a name that failed is not asked for
again for a moment. What succeeded is never kept: every use of a name checks its addresses anew.
"""

import socket
import threading
import time
from collections import Counter, deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

THREADS = 64
SHARE = 8
# Look-ups of one account that may wait for a thread, so that its callers hold few threads of their own.
WAITING = 16
FAILED_FOR_S = 5.0
# From then on a name counts as silent for those who ask next.
SILENT_S = 2.0
KEPT_FAILURES = 4096
IDLE_S = 30.0


class Unresolvable(Exception):
    """The host has no address now."""


@dataclass(slots=True)
class _Lookup:
    """One question to the system, and everybody who waits for its answer."""

    since: float
    waiting: list["Future[list[str]]"] = field(default_factory=list)


class Resolver:
    """Answers names with their addresses. Shared by every thread of a process."""

    def __init__(self, threads: int = THREADS, share: int = SHARE, waiting: int = WAITING) -> None:
        """At most `threads` look-ups at once, `share` of them and `waiting` in the queue for one account."""
        self._threads, self._share, self._most_waiting = threads, share, waiting
        self._changed = threading.Condition()
        self._queues: dict[str, deque[tuple[str, Future[list[str]]]]] = {}
        self._busy: Counter[str] = Counter()
        self._running: dict[str, _Lookup] = {}
        self._failed: dict[str, float] = {}
        self._alive = self._idle = 0

    def addresses(self, host: str, account: str, within_s: float) -> list[str]:
        """The host's addresses, waited for. Raises Unresolvable."""
        answer = self.ask(host, account)
        try:
            return answer.result(within_s)
        except TimeoutError:
            answer.cancel()
            raise Unresolvable(f"{host} was not resolved within {within_s:g} s.") from None

    def ask(self, host: str, account: str) -> "Future[list[str]]":
        """The host's addresses, or Unresolvable, once they are known. The future may be cancelled."""
        answer: Future[list[str]] = Future()
        with self._changed:
            refusal = self._refusal(host, account)
            if refusal is not None:
                answer.set_exception(Unresolvable(refusal))
            elif host in self._running:
                self._running[host].waiting.append(answer)
            else:
                self._queues.setdefault(account, deque()).append((host, answer))
                self._wake()
        return answer

    def _refusal(self, host: str, account: str) -> str | None:
        moment = time.monotonic()
        if self._failed.get(host, 0.0) > moment:
            return f"{host} can't be resolved."
        if host in self._running:
            return f"{host} is not being answered for." if moment - self._running[host].since > SILENT_S else None
        if len(self._queues.get(account, ())) >= self._most_waiting:
            return f"{host} was not looked up: too many names of this account are being looked up."
        return None

    def _wake(self) -> None:
        if self._idle < sum(map(len, self._queues.values())) and self._alive < self._threads:
            self._alive += 1
            threading.Thread(target=self._work, name="resolver", daemon=True).start()
        else:
            self._changed.notify()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            account, host, lookup = taken
            found, failure = _looked_up(host)
            with self._changed:
                self._busy[account] -= 1
                if not self._busy[account]:
                    del self._busy[account]
                del self._running[host]
                if failure is not None:
                    self._remember(host)
                waiting = lookup.waiting
                self._changed.notify()
            for answer in waiting:
                with suppress(InvalidStateError):
                    answer.set_result(found) if failure is None else answer.set_exception(Unresolvable(failure))

    def _take(self) -> tuple[str, str, _Lookup] | None:
        """The next question in turn; None where there is nothing to do for a while."""
        with self._changed:
            while True:
                chosen = self._next()
                if chosen is not None:
                    account, host, answer = chosen
                    if answer.cancelled():
                        continue
                    if host in self._running:
                        self._running[host].waiting.append(answer)
                        continue
                    lookup = self._running[host] = _Lookup(time.monotonic(), [answer])
                    self._busy[account] += 1
                    return account, host, lookup
                self._idle += 1
                awake = self._changed.wait(IDLE_S)
                self._idle -= 1
                if not awake and not self._queues:
                    self._alive -= 1
                    return None

    def _next(self) -> "tuple[str, str, Future[list[str]]] | None":
        """The first in the queue of the next account that has a share left, which goes to the end of the round."""
        for account in list(self._queues):
            if self._busy[account] >= self._share:
                continue
            queue = self._queues.pop(account)
            host, answer = queue.popleft()
            if queue:
                self._queues[account] = queue
            return account, host, answer
        return None

    def _remember(self, host: str) -> None:
        moment = time.monotonic()
        if len(self._failed) >= KEPT_FAILURES:
            self._failed = {name: until for name, until in self._failed.items() if until > moment}
        if len(self._failed) < KEPT_FAILURES:
            self._failed[host] = moment + FAILED_FOR_S


def _looked_up(host: str) -> tuple[list[str], str | None]:
    """The addresses, or why there are none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)), None
    except Exception:
        # Whatever it is, nobody must be left waiting for a thread that has ended.
        return [], f"{host} can't be resolved."
