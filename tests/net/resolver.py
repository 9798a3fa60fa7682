"""A resolver that answers as it is told, in place of the system's."""

import socket
from collections import deque
from collections.abc import Sequence
from typing import Any

import pytest

_real = socket.getaddrinfo


class Names:
    """Host names and what they resolve to: one list of addresses an answer, the last one for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self._answers: dict[str, deque[Sequence[str]]] = {}
        monkeypatch.setattr(socket, "getaddrinfo", self._look)

    def tell(self, host: str, *answers: Sequence[str]) -> None:
        """Return what `host` resolves to, answer by answer; an empty one is no such name."""
        self._answers[host] = deque(answers)

    def _look(self, host: Any, port: Any, *rest: Any, **options: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self._answers:
            return _real(host, port, *rest, **options)
        self.asked.append(name)
        answers = self._answers[name]
        addresses = answers.popleft() if len(answers) > 1 else answers[0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in one], socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]
