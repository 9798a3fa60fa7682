"""Genhook in single processes, on as many machines as a test has; `keep` starts again what ends, as systemd does."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.operating.machines import Machine
from tests.support.installation import ROOT, Installation, pids_below

SECRET = "installation-secret-of-32-characters"


@dataclass
class Running:
    """One process, with the machine that it is on."""

    role: tuple[str, ...]
    process: subprocess.Popen[bytes]
    machine: Machine | None = None
    code: Path = ROOT
    # Whether it is to run: what ends all the same is started again.
    wanted: bool = True

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """`kill -9` it for good, and what it started: no child answers for its dead parent."""
        self.wanted = False
        for pid in [*pids_below(self.process.pid), self.process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


class Fleet(Installation):
    """The processes; `url` is another web process's each time it is asked for."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.webs: list[str] = []
        self._turns = cycle([""])
        super().__init__(folder, GENHOOK_SECRET_KEY=SECRET, **environment)
        self.running: list[Running] = []
        self._closing = threading.Event()
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return next(self._turns)

    @url.setter
    def url(self, value: str) -> None:
        self._turns = cycle([value])

    def migrate(self) -> None:
        assert self.run("migrate").returncode == 0

    def launch(self, *role: str, machine: Machine | None = None, code: Path = ROOT, port: int | None = None) -> Running:
        """Start a process of that code, on a machine that has a folder of its own."""
        if role[0] == "web":
            self.webs.append(f"http://{machine.address if machine else '127.0.0.1'}:{port or self.port}")
            self._turns = cycle(self.webs)
        made = Running(role, self._start(role, machine, code, port or self.port), machine, code)
        self.running.append(made)
        return made

    def keep(self) -> None:
        """From now on start again what ends by itself."""
        threading.Thread(target=self._keep, daemon=True).start()

    def _keep(self) -> None:
        while not self._closing.wait(0.5):
            for one in self.running:
                if one.wanted and not one.alive:
                    one.process = self._start(one.role, one.machine, one.code, self.port)

    def _start(self, role: tuple[str, ...], machine: Machine | None, code: Path, port: int) -> subprocess.Popen[bytes]:
        words: Sequence[str] = (*(machine.within if machine else ()), sys.executable, "-m", "service", *role)
        environment = {**self.environment, "PORT": str(port)}
        if machine is not None:
            environment |= {"GENHOOK_DATA_DIR": str(self.folder / machine.name), "HOST": "0.0.0.0"}
        with self.log.open("ab") as log:
            return subprocess.Popen(words, env=environment, cwd=code, stdout=log, stderr=log)

    def on(self, machine: Machine) -> list[Running]:
        return [one for one in self.running if one.machine is machine]

    def workers(self) -> list[Running]:
        return [one for one in self.running if one.role[0] == "worker" and one.alive]

    def stop_in_order(self) -> list[Any]:
        """SIGTERM to all; how each ended."""
        self._closing.set()
        alive = [one for one in self.running if one.alive]
        for one in alive:
            one.process.terminate()
        return [(one.role, one.process.wait(60)) for one in alive]

    def close(self) -> None:
        self._closing.set()
        for one in self.running:
            if one.alive:
                one.kill()
        super().close()
