"""One process that is kept alive: started, watched, started again when it dies, stopped in order."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from service.config.process import die_with_parent

FIRST_PAUSE_S = 0.2
# With a process's own start this stays under the promised 5 s.
LONGEST_PAUSE_S = 4.0
# One that lived this long died of something else than its start.
SETTLED_S = 10.0
log = structlog.get_logger("supervisor")


@dataclass
class Child:
    """One process. `stop_s` are the seconds it gets to finish what is in hand after SIGTERM."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_s: float
    inherited: Sequence[int] = ()
    output: int | None = None
    deaths: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _pause: float = FIRST_PAUSE_S
    _started: float = 0.0
    _due: float = 0.0

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self.alive and self._process is not None else None

    @property
    def alive(self) -> bool:
        """Return whether it runs now."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, in a session of its own: a Ctrl-C in the terminal reaches the supervisor only."""
        self._process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            pass_fds=self.inherited,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid()),
        )
        self._started = time.monotonic()

    def tend(self) -> None:
        """Start it again where it has died, after a pause that grows while it dies at once."""
        if self.alive:
            return
        moment = time.monotonic()
        if self._process is not None:
            self._note_death(moment, self._process.returncode)
        elif moment >= self._due:
            self.start()

    def _note_death(self, moment: float, code: int) -> None:
        self.deaths += 1
        if moment - self._started > SETTLED_S:
            self._pause = FIRST_PAUSE_S
        log.warning("a process ended, starting it again", process=self.name, code=code, after_s=self._pause)
        self._process, self._due = None, moment + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what is in hand, take nothing new."""
        if self._process is not None and self.alive:
            self._process.terminate()

    def wait(self, until: float) -> None:
        """Wait for its end until that monotonic moment, then end it."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("did not stop in time, killed", process=self.name, seconds=self.stop_s)
            self._process.kill()
            self._process.wait()
