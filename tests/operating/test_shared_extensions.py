"""Two machines on one database and one Redis: extensions come and go under load, and every process keeps up."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.extensions import documents
from tests.extensions.openapi.conftest import DOCUMENTS
from tests.fakes.openai_server import FakeServer
from tests.fakes.openapi import OpenApiServer
from tests.fakes.provider import KEY
from tests.support import postgres
from tests.support.installation import Client, Installation

# By contract.
TAKEN_UP_S = 10
JOKE = {"slug": "joke", "model_id": 37, "prompt": "A joke about doors"}
PETS = "petstore.yaml"
READ = "pets.pet.get_pet_by_id"
Machines = tuple[Installation, Installation]


@pytest.fixture
def machines(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    """Two of them, each with a data dir, web processes and a worker of its own."""
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with postgres.server() as server:
        shared = {
            "DATABASE_URL": postgres.empty(server),
            "REDIS_URL": redis_url,
            "GENHOOK_SECRET_KEY": "installation-secret-of-32-characters",
        }
        one, two = (Installation(tmp_path / name, workers=1, **shared) for name in ("one", "two"))
        with one, two:
            yield one, two


@pytest.fixture
def cellar() -> Iterator[FakeServer]:
    made = FakeServer()
    yield made
    made.close()


@pytest.fixture
def pets() -> Iterator[OpenApiServer]:
    made = OpenApiServer(documents.read(str(DOCUMENTS / PETS)))
    yield made
    made.close()


class Load:
    """Callers that ask both machines without a pause, until `end`. Every answer is kept."""

    def __init__(self, callers: list[Client]) -> None:
        self.answers: list[tuple[str, int, str]] = []
        self.runs: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(caller,)) for caller in callers]
        for thread in self._threads:
            thread.start()

    def _ask(self, caller: Client) -> None:
        while not self._over.is_set():
            for method, path, body in (
                ("POST", "/v1/actions/generor.generators.generate", {"input": JOKE}),
                ("GET", "/openai/v1/models", None),
                ("GET", "/v1/actions", None),
            ):
                answer = caller.call(method, path, json=body)
                self.answers.append((path, answer.status_code, answer.text[:300]))
                if method == "POST" and answer.ok:
                    self.runs.append(answer.json()["id"])
            # Three requests a second are below the limit of a key.
            time.sleep(1)

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    @property
    def refused(self) -> list[tuple[str, int, str]]:
        return [answer for answer in self.answers if answer[1] not in (200, 202)]


def at(machine: Installation, client: Client) -> Client:
    """The same account as a caller of this machine's own address has it."""
    made = {"name": client.name, "workspace_id": client.id, "callback_secret": client.secret}
    return Client(machine, made, client.keys)


def models(caller: Client) -> set[str]:
    return {model["id"] for model in caller.call("GET", "/openai/v1/models").json()["data"]}


def seen_by_every_process(caller: Client, is_so: Callable[[Client], bool]) -> bool:
    """Several connections: each web process of the machine takes some."""
    time.sleep(0.5)
    return all(is_so(caller) for _ in range(3))


def taken_up(callers: list[Client], is_so: Callable[[Client], bool]) -> float:
    """The seconds until both machines have it so, which are few enough."""
    began = time.monotonic()
    for caller in callers:
        Installation.until(lambda caller=caller: seen_by_every_process(caller, is_so), TAKEN_UP_S)  # type: ignore[misc]
    return time.monotonic() - began


def paused(machine: Installation) -> list[int]:
    pids = machine.pids("worker")
    for pid in pids:
        machine.pause(pid)
    return pids


def test_adding_and_removing_under_load_loses_no_request_on_either_machine(
    machines: Machines, cellar: FakeServer, pets: OpenApiServer
) -> None:
    one, two = machines
    ada = one.account("ada", "enterprise")
    callers = [at(one, ada), at(two, ada)]
    load = Load([at(machine, one.account(f"load-{number}", "enterprise")) for number, machine in enumerate(machines)])
    added: list[str] = []
    try:
        for number, (adding, other) in enumerate((machines, machines[::-1])):
            asking = one.account(f"asks-{number}", "enterprise")
            added += _round(adding, other, callers, [at(one, asking), at(two, asking)], cellar, pets)
    finally:
        load.end()
    assert load.refused == []
    assert len(load.runs) > 10
    ended = "SELECT id FROM runs WHERE slot = 'ended' AND status = 'completed'"
    wanted = {*load.runs, *added}
    Installation.until(lambda: wanted <= {row.id for row in one.rows(ended)}, 120)
    assert all(len(ada.charges(run)) == 1 for run in load.runs)
    # Each paid call was made once, whoever made it.
    assert len(cellar.posts()) == len(added) / 2
    ada.check_books()


def _round(
    adding: Installation,
    other: Installation,
    callers: list[Client],
    asking: list[Client],
    cellar: FakeServer,
    pets: OpenApiServer,
) -> list[str]:
    """Add both on one machine, run them on either worker, and remove both again: the accepted runs."""
    server = ("add", "server", "cellar", "--kind", "openai", "--base-url", cellar.url, "--key", KEY)
    adding.cli(*server)
    api = ("add", "api", "pets", str(DOCUMENTS / PETS), "--operations", "*", "--base-url", pets.url, "--public")
    adding.cli(*api)
    taken_up(asking, lambda caller: "cellar/small" in models(caller))
    taken_up(asking, lambda caller: caller.call("GET", f"/v1/actions/{READ}").status_code == 200)
    accepted = []
    for machine in (adding, other):
        # The other machine's worker is the one that is left.
        stopped = paused(machine)
        try:
            runs = [run["id"] for caller in callers for run in _asked_for(caller)]
            for run in runs:
                assert callers[0].ended(run, 60)["status"] == "completed"
            accepted += runs
        finally:
            for pid in stopped:
                machine.resume(pid)
    late = [run["id"] for caller in callers for run in _asked_for(caller)]
    for name in ("cellar", "pets"):
        other.cli("extensions", "remove", name)
    taken_up(asking, lambda caller: not any(model.startswith("cellar/") for model in models(caller)))
    taken_up(asking, lambda caller: caller.call("GET", f"/v1/actions/{READ}").status_code == 404)
    return accepted + late


def _asked_for(caller: Client) -> list[Any]:
    """A text of the added server, and a read of the added API."""
    text = caller.submit("flixly.media.generate", {"model": "cellar/small", "prompt": "Say it."})
    return [text, caller.submit(READ, {"petId": 7})]
