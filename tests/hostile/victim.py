"""The account that an attack must not harm: it asks for a short action every second and remembers the slowest answer.

A short action is a text generate that is waited for, so that web, database, queue and workers are all in the figure;
`/healthz` is asked beside it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from tests.support.installation import Client, Installation

EVERY_S = 1.0
# An answer later than this is as good as none.
GIVE_UP_S = 30.0
JOKE = {"input": {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about patience"}}


@dataclass
class Seen:
    """Seconds that each answer took, by what was asked; an answer that didn't come counts as GIVE_UP_S."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """The slowest answer of any kind, in seconds."""
        return max((max(taken) for taken in self.seconds.values() if taken), default=0.0)

    @property
    def answers(self) -> int:
        """Return how many answers there were."""
        return sum(map(len, self.seconds.values()))


class Victim:
    """Asks every second while an attack runs."""

    def __init__(self, installation: Installation, client: Client) -> None:
        self._url, self._client = installation.url, client
        self.usual = self._measured(self._act)

    @contextmanager
    def asking(self, before_s: float = 0.0) -> Iterator[Seen]:
        """Ask every second until the block ends and every answer is there."""
        seen, stopping, threads = Seen(), threading.Event(), list[threading.Thread]()

        def ask_on() -> None:
            while not stopping.is_set():
                for name, ask in (("short action", self._act), ("healthz", self._look)):
                    thread = threading.Thread(target=self._note, args=(seen, name, ask), daemon=True)
                    thread.start()
                    threads.append(thread)
                stopping.wait(EVERY_S)

        asker = threading.Thread(target=ask_on, daemon=True)
        time.sleep(before_s)
        asker.start()
        try:
            yield seen
        finally:
            stopping.set()
            asker.join()
            for thread in threads:
                thread.join(GIVE_UP_S)

    def _note(self, seen: Seen, name: str, ask: Callable[[], None]) -> None:
        try:
            taken = self._measured(ask)
        except Exception as error:
            seen.faults.append(f"{name}: {error!r}")
            taken = GIVE_UP_S
        seen.seconds.setdefault(name, []).append(taken)

    @staticmethod
    def _measured(ask: Callable[[], None]) -> float:
        began = time.monotonic()
        ask()
        return time.monotonic() - began

    def _act(self) -> None:
        path = "/v1/actions/generor.generators.generate?wait=30"
        answer = self._client.call("POST", path, json=JOKE, timeout=GIVE_UP_S)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "completed", answer.text

    def _look(self) -> None:
        assert requests.get(f"{self._url}/healthz", timeout=GIVE_UP_S).status_code == 200
