"""`kill -9` of the workers around a paid call: one submission, and one charge or none.

All of them die at once, while each provider is being asked: those with tickets about work that they have, the one
that answers inline for the work itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from tests.fakes.byteplus import FakeBytePlus
from tests.fakes.fal import FakeFal
from tests.fakes.google import FakeGoogleFilms
from tests.fakes.kie import FakeKie
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY, FakeProvider
from tests.fakes.replicate import FakeReplicate
from tests.support.installation import Client, Installation

pytestmark = pytest.mark.xdist_group("providers")

ACTION = "flixly.media.generate"
MODELS = {
    "fal": "flux-dev",
    "replicate": "flux-schnell",
    "kie": "nano-banana-2-kie",
    "byteplus": "dreamina-seedance-2-480p",
    "google": "gemini-omni-1-1-flash",
}
FILMS = ("byteplus", "google")
INLINE = "gpt-image-2"
NEVER = 1_000_000
WITH_TICKET = "SELECT run_id FROM intents WHERE ticket IS NOT NULL AND run_id = :run"
IN_HAND = "SELECT id FROM runs WHERE slot = 'claimed' AND id = :run"


@dataclass
class Survived:
    """The runs by provider, after the workers that had them in hand died."""

    client: Client
    fakes: dict[str, FakeProvider]
    runs: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, list[Any]] = field(default_factory=dict)

    def recorded(self, name: str) -> list[Any]:
        """The run's paid calls as they stand in the database: ticket and time of the intent."""
        query = "SELECT ticket, created_at FROM intents WHERE run_id = :run"
        return self.client.installation.rows(query, run=self.runs[name])


@pytest.fixture(scope="module")
def fakes() -> Iterator[dict[str, FakeProvider]]:
    kinds = (FakeFal, FakeReplicate, FakeKie, FakeBytePlus, FakeGoogleFilms, FakeOpenAI)
    made: dict[str, FakeProvider] = {kind.name: kind() for kind in kinds}
    for name in FILMS:
        made[name].makes = "video"
    yield made
    for fake in made.values():
        fake.close()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, fakes: dict[str, FakeProvider]) -> Iterator[Installation]:
    """Genhook, up, with the platform's own key for every provider."""
    environment = {f"{name.upper()}_API_KEY": KEY for name in fakes}
    environment |= {f"{name.upper()}_BASE_URL": fake.base_url for name, fake in fakes.items()}
    with Installation(tmp_path_factory.mktemp("up") / "data", 2, **environment) as made:
        yield made


@pytest.fixture(scope="module")
def survived(installation: Installation, fakes: dict[str, FakeProvider]) -> Survived:
    """Every run is accepted and sent, the workers are killed while they wait for an answer, and the work is done."""
    made = Survived(installation.account("buyer"), fakes)
    fakes["openai"].pause()
    made.runs["openai"] = _accepted(made.client, INLINE)
    for name, model in MODELS.items():
        fakes[name].polls = NEVER
        made.runs[name] = _accepted(made.client, model)
    for name in MODELS:
        installation.until(partial(installation.rows, WITH_TICKET, run=made.runs[name]))
        fakes[name].pause()
    for name, fake in fakes.items():
        installation.until(partial(_asking, installation, fake, made.runs[name]))
    made.tickets = {name: made.recorded(name) for name in MODELS}
    assert len(installation.kill("worker")) == 2
    for fake in fakes.values():
        for job in fake.jobs.values():
            job.polls = 0
        fake.resume()
    return made


def _accepted(client: Client, model: str) -> str:
    return str(client.submit(ACTION, {"model": model, "prompt": "a red fox"})["id"])


def _asking(installation: Installation, fake: FakeProvider, run_id: str) -> bool:
    """Return whether a worker has the run in hand and the provider has its question, which is not answered."""
    return fake.submissions == 1 and bool(installation.rows(IN_HAND, run=run_id)) and fake.unanswered > 0


@pytest.mark.parametrize("name", MODELS)
def test_a_worker_killed_after_the_ticket_is_stored_costs_one_submission_and_one_charge(
    survived: Survived, name: str
) -> None:
    client, fake, run_id = survived.client, survived.fakes[name], survived.runs[name]
    run = client.ended(run_id)
    assert run["status"] == "completed", run["error"]
    assert run["output"]["provider_used"] == name
    assert fake.submissions == 1
    assert client.charges(run_id) == [run["credits_charged"]] == [run["estimate"]["credits"]]
    assert len(survived.tickets[name]) == 1
    assert survived.recorded(name) == survived.tickets[name]
    (lost,) = client.installation.rows("SELECT losses FROM runs WHERE id = :run", run=run_id)
    assert lost.losses == 1


def test_a_worker_killed_between_post_and_answer_sends_nothing_again_and_costs_nothing(survived: Survived) -> None:
    client, fake, run_id = survived.client, survived.fakes["openai"], survived.runs["openai"]
    run = client.ended(run_id)
    assert (run["status"], run["error"]["code"]) == ("failed", "outcome_unknown")
    assert run["error"]["provider"]["name"] == "openai"
    assert [request.method for request in fake.requests] == ["POST"]
    assert fake.submissions == 1
    assert client.charges(run_id) == []


def test_the_books_balance_after_it(survived: Survived) -> None:
    for run_id in survived.runs.values():
        survived.client.ended(run_id)
    survived.client.check_books()
    assert sum(fake.submissions for fake in survived.fakes.values()) == len(survived.runs)
