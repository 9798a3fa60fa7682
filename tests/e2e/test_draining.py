"""Told to stop: paid calls that were sent are waited for, all else is given back, and a second signal ends at once."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.fakes.fal import FakeFal
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY
from tests.support.installation import Client, Installation

pytestmark = pytest.mark.xdist_group("draining")
ACTION = "flixly.media.generate"
INLINE, TICKETED = "gpt-image-2", "flux-dev"
CLAIMED = "SELECT id FROM runs WHERE slot = 'claimed' AND id = :run"
INTENT = "SELECT run_id FROM intents WHERE run_id = :run"


@pytest.fixture
def openai() -> Iterator[FakeOpenAI]:
    made = FakeOpenAI()
    yield made
    made.close()


@pytest.fixture
def fal() -> Iterator[FakeFal]:
    made = FakeFal()
    yield made
    made.close()


@pytest.fixture
def installation(tmp_path_factory: pytest.TempPathFactory, openai: FakeOpenAI, fal: FakeFal) -> Iterator[Installation]:
    environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.base_url}
    environment |= {"FAL_API_KEY": KEY, "FAL_BASE_URL": fal.base_url}
    with Installation(tmp_path_factory.mktemp("up") / "data", workers=1, **environment) as made:
        yield made


def sent(client: Client, fake: FakeOpenAI) -> str:
    """A run whose paid call was sent and is not answered."""
    fake.pause()
    run_id = str(client.submit(ACTION, {"model": INLINE, "prompt": "a red fox"})["id"])
    client.installation.until(lambda: fake.unanswered and client.installation.rows(INTENT, run=run_id), 90)
    return run_id


def test_a_worker_told_to_stop_ends_paid_calls_and_gives_back_the_rest(
    installation: Installation, openai: FakeOpenAI, fal: FakeFal
) -> None:
    client = installation.account("buyer")
    fal.polls = 1_000_000
    polled = client.submit(ACTION, {"model": TICKETED, "prompt": "a red fox"})["id"]
    installation.until(lambda: installation.rows(f"{INTENT} AND ticket IS NOT NULL", run=polled), 90)
    fal.pause()
    installation.until(lambda: fal.unanswered and installation.rows(CLAIMED, run=polled), 90)
    paid = sent(client, openai)
    (worker,) = installation.pids("worker")
    os.kill(worker, signal.SIGTERM)
    installation.until(lambda: not installation.rows(CLAIMED, run=polled), 30)
    assert installation.rows(CLAIMED, run=paid)
    assert worker in installation.pids("worker")
    openai.resume()
    for job in fal.jobs.values():
        job.polls = 0
    fal.resume()
    for run_id in (paid, polled):
        assert client.ended(run_id)["status"] == "completed"
        (row,) = installation.rows("SELECT losses FROM runs WHERE id = :run", run=run_id)
        assert row.losses == 0
    assert (openai.submissions, fal.submissions) == (1, 1)
    client.check_books()


def test_up_says_what_it_waits_for_and_a_second_signal_ends_it_at_once(
    installation: Installation, openai: FakeOpenAI
) -> None:
    client = installation.account("buyer")
    paid = sent(client, openai)
    assert installation._up is not None
    installation._up.terminate()
    installation.until(lambda: "Waiting for worker" in installation.log.read_text(), 60)
    openai.resume()
    assert installation._up.wait(90) == 0
    (row,) = installation.rows("SELECT status, losses FROM runs WHERE id = :run", run=paid)
    assert (row.status, row.losses) == ("completed", 0)

    installation.start()
    sent(client, openai)
    installation._up.terminate()
    installation.until(lambda: installation.log.read_text().count("Waiting for worker") > 1, 60)
    installation._up.terminate()
    assert installation._up.wait(30) != 0
