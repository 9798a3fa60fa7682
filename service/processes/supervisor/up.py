"""Starting, keeping and stopping the processes."""

import errno
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from service.accounts.crypt import Vault
from service.config import Settings
from service.config.bundle import ROOT
from service.config.process import PROGRAM
from service.processes.supervisor import embedded_redis
from service.processes.supervisor.child import Child
from service.processes.supervisor.first_start import make_owner, owner_file
from service.processes.supervisor.readiness import Readiness
from service.store import data_dir_lock
from service.store.data_dir_lock import StartRefused
from service.store.database import Database
from service.store.migrate import migrate, wait_until_reached

LOOK_S = 0.1
SAY_EVERY_S = 3.0
# A start that fails twice fails for a reason that a third won't mend.
FAILED_STARTS = 2
# A port of processes that were killed a moment ago is free again soon.
PORT_S = 2.0
STOPPING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Each process's words after `python -m service`, and the seconds it has to finish what is in hand.
WEB = "web"
WORKER = "worker"
# Beyond WORKER_DRAIN_S.
WORKER_STOP_S = 20.0
CALLBACKS = ("callbacks run", 20.0)
SWEEPER = ("sweeper", 10.0)


def up(settings: Settings, workers: int, say: Callable[[str], None]) -> None:
    """Run everything until SIGTERM or SIGINT, then stop it, work in hand first; `say` gets the one line when ready.

    Raises StartRefused (data dir or port in use, a process that can't start), Unreached where there is no database for
    a minute, WrongSecretKey, UnknownRevision.
    """
    settings = replace(settings, data_dir=settings.data_dir.resolve())
    stopping = _told_to_stop()
    with data_dir_lock.held(settings.data_dir) as inherited:
        _check_port(settings)
        wait_until_reached(settings.database, pause=stopping.wait)
        if stopping.is_set():
            return
        link = _prepare_database(settings)
        stages = _stages(settings, workers, inherited)
        try:
            readiness = Readiness(settings, partial(_tell, settings, link, say), say)
            _run(settings, stages, stopping, readiness)
        finally:
            _stop(stages, say)


def _run(
    settings: Settings, stages: Sequence[Sequence[Child]], stopping: threading.Event, readiness: Readiness
) -> None:
    children = [child for stage in stages for child in stage]
    for child in children:
        if child.name == "redis":
            embedded_redis.start(child, settings)
    for child in children:
        if child.name != "redis":
            child.start()
    while not stopping.wait(LOOK_S):
        for child in children:
            child.tend()
        if not readiness.reached:
            _check_start(children)
            readiness.look()


def _tell(settings: Settings, link: str | None, say: Callable[[str], None]) -> None:
    """Say that it is ready, and how to begin; the link only to a terminal, a key to nobody."""
    ready = f"Genhook is ready at {settings.url} (data in {settings.data_dir})."
    if link is not None and sys.stdout.isatty():
        say(f"{ready} Begin at {link} (good once, for a day; `{PROGRAM} console` prints another).")
    elif owner_file(settings).exists():
        say(f"{ready} The key of the account `owner`, and a link to the console: {owner_file(settings)}")
    else:
        say(f"{ready} Next, in another terminal: {PROGRAM} accounts create NAME --credits 100")


def _stages(settings: Settings, workers: int, inherited: int) -> list[list[Child]]:
    """The processes in the order they are stopped in: who takes work first, who it rests on last."""
    environment = {
        **os.environ,
        "GENHOOK_DATA_DIR": str(settings.data_dir),
        "HOST": settings.host,
        "PORT": str(settings.port),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
    }

    def process(kind: tuple[str, float]) -> Child:
        words, stop_s = kind
        # -P: a folder named service in the working directory is not this one.
        command = [sys.executable, "-P", "-m", "service", *words.split()]
        return Child(words.split()[0], command, environment, stop_s, inherited=[inherited])

    worker = (WORKER, settings.worker_drain_s + WORKER_STOP_S)
    stages = [
        [process((WEB, settings.worker_drain_s + WORKER_STOP_S))],
        [process(worker) for _ in range(workers)],
        [process(CALLBACKS), process(SWEEPER)],
    ]
    if not settings.redis_url:
        command = embedded_redis.command(settings)
        stages.append([Child("redis", command, environment, embedded_redis.STOP_S, inherited=[inherited])])
    return stages


def _stop(stages: Sequence[Sequence[Child]], say: Callable[[str], None]) -> None:
    """Stop stage by stage; say what is waited for where that takes a while. A second signal ends everything at once."""
    for stage in stages:
        for child in stage:
            child.ask_to_stop()
        asked = time.monotonic()
        deadlines = {id(child): asked + child.stop_s for child in stage}
        while waiting := [child for child in stage if child.alive and time.monotonic() < deadlines[id(child)]]:
            if time.monotonic() - asked > SAY_EVERY_S:
                asked = time.monotonic()
                names = ", ".join(f"{child.name} (process {child.pid})" for child in waiting)
                say(f"Waiting for {names} to finish what is in hand; stop again to end at once.")
            time.sleep(LOOK_S)
        for child in stage:
            child.wait(until=deadlines[id(child)])


def _told_to_stop() -> threading.Event:
    """Set at the first signal; the second ends the supervisor at once, and with it every process."""
    stopping = threading.Event()

    def told(number: int, _frame: object) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    for number in STOPPING_SIGNALS:
        signal.signal(number, told)
    return stopping


def _prepare_database(settings: Settings) -> str | None:
    """Migrate and check the database; the link of the owner that a first start makes."""
    migrate(settings.database)
    database, vault = Database(settings.database), Vault(settings.secret_keys)
    try:
        vault.check(database)
        return make_owner(settings, database, vault)
    finally:
        database.close()


def _check_port(settings: Settings) -> None:
    deadline = time.monotonic() + PORT_S
    while True:
        try:
            family, *_, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
            with socket.create_server(address[:2], family=family):
                return
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                why = f"Can't listen on {settings.host}:{settings.port}: {error.strerror}"
                raise StartRefused(f"{why}. Let HOST be an address of this machine, 0.0.0.0 for all.") from None
        if time.monotonic() > deadline:
            raise StartRefused(
                f"Port {settings.port} is in use. Choose another with --port, or stop the program that has it."
            )
        time.sleep(LOOK_S)


def _check_start(children: Sequence[Child]) -> None:
    for child in children:
        if child.deaths >= FAILED_STARTS:
            raise StartRefused(f"{child.name} can't start; the lines above say why.")
