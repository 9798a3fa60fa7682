"""Every process on a real Redis Cluster, and on a master that real sentinels replace when it dies."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.accounts.limits import Limiter, Window
from service.config import ProviderSettings
from service.generation.permits import NoPermit, Permits
from service.net.guard import Guard
from service.providers.adapters.openai import OpenAI
from service.providers.base import Access
from service.queue import Bell
from service.queue.redis_client import connect
from service.telemetry.gathering import Gathering
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY
from tests.support.installation import Client, Installation
from tests.support.valkeys import ClusterOfThree, Valkeys, Watched

JOKE = {"slug": "joke", "model_id": 37, "prompt": "A joke about several servers"}
FOX = {"model": "gpt-image-2", "prompt": "a red fox"}
RUNS = 12


@pytest.fixture(params=[ClusterOfThree, Watched])
def valkeys(request: pytest.FixtureRequest) -> Iterator[Valkeys]:
    made: Valkeys = request.param()
    yield made
    made.close()


@pytest.fixture
def openai() -> Iterator[FakeOpenAI]:
    made = FakeOpenAI()
    yield made
    made.close()


def test_every_use_of_redis_is_at_home_there(valkeys: Valkeys) -> None:
    url = valkeys.url
    limiters = [Limiter(url), Limiter(url)]
    window = (Window(60, 5), Window(86400, 100))
    verdicts = [limiters[n % 2].hit_all([(f"key-{identity}", window)])[0] for identity in range(4) for n in range(6)]
    assert [one.allowed for one in verdicts] == [True, True, True, True, True, False] * 4
    permits = Permits(url, {"openai": ProviderSettings(concurrency=1)})
    first, second = (permits.of(OpenAI(Access(KEY), Guard()), "a", name) for name in ("first", "second"))
    with first.begun(0, "m"), pytest.raises(NoPermit), second.begun(0, "m"):
        pass
    gathering = Gathering(url)
    gathering.flush()
    assert list(gathering.sums().collect())
    assert Bell(url).alive()


def test_runs_end_once_and_doctor_finds_it_sound(valkeys: Valkeys, openai: FakeOpenAI, tmp_path: Path) -> None:
    installation = Installation(
        tmp_path / "data",
        REDIS_URL=valkeys.url,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=openai.base_url,
        OPENAI_CONCURRENCY="2",
    )
    try:
        installation.start()
        client = installation.account("ada")
        check(client, openai)
        told = installation.cli("doctor")
        assert all(one["ok"] for one in told["checks"]), told
        assert client.call("GET", "/v1/bin").status_code == 200
        lose_one(valkeys, installation)
        check(client, openai, before=RUNS)
        assert installation.stop() == 0
    finally:
        installation.close()


def check(client: Client, openai: FakeOpenAI, before: int = 0) -> None:
    """Run some of both kinds. Raises AssertionError unless each ended, once."""
    ids = [client.submit("generor.generators.generate", JOKE)["id"] for _ in range(RUNS)]
    ids += [client.submit("flixly.media.generate", FOX)["id"] for _ in range(RUNS)]
    assert {client.ended(run_id)["status"] for run_id in ids} == {"completed"}
    assert openai.submissions == before + RUNS
    client.check_books()


def lose_one(valkeys: Valkeys, installation: Installation) -> None:
    """Kill the master, or a node of the cluster; wait until the service has what takes its place."""
    if isinstance(valkeys, Watched):
        valkeys.master.kill()
        alive: Callable[[], bool] = Bell(valkeys.url).alive
        installation.until(alive, 60)
        assert connect(valkeys.url).info("replication")["role"] == "master"
    else:
        # Nobody takes its slots: limits are counted in memory, and bells that are not heard are found in the database.
        valkeys.servers[0].kill()
