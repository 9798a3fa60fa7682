"""Fixtures: one live Genhook and one process of the app for all tests."""

from collections.abc import Iterator

import pytest

from tests.fakes.receiver import Receiver
from tests.fakes.youtube import KEY, FakeYouTube
from tests.support.installation import Client, Installation
from tests.zapier.core import Core, Zap
from tests.zapier.records import Records


@pytest.fixture(scope="session")
def core() -> Iterator[Core]:
    """The app in zapier-platform-core."""
    made = Core()
    yield made
    made.close()


@pytest.fixture(scope="session")
def youtube() -> Iterator[FakeYouTube]:
    """Return where videos are searched for."""
    made = FakeYouTube()
    yield made
    made.close()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, youtube: FakeYouTube) -> Iterator[Installation]:
    """Genhook, up."""
    folder = tmp_path_factory.mktemp("up") / "data"
    with Installation(folder, workers=1, YOUTUBE_API_KEY=KEY, YOUTUBE_BASE_URL=youtube.base_url) as made:
        yield made


@pytest.fixture(scope="session")
def client(installation: Installation) -> Client:
    """An account on the enterprise plan, with a creation of its own."""
    made = installation.account("zapier", plan="enterprise")
    run = made.submit("generor.generators.generate", {"slug": "joke", "prompt": "A joke about tea", "model_id": 37})
    assert made.ended(run["id"])["status"] == "completed"
    return made


@pytest.fixture(scope="session")
def records(client: Client, installation: Installation) -> Records:
    """Return what examples can be run on."""
    johndoe, janedoe = (installation.account(name, plan="enterprise") for name in ("johndoe", "janedoe"))
    return Records(client, johndoe, janedoe)


@pytest.fixture
def zap(core: Core, client: Client) -> Zap:
    """A Zap whose connection holds the account's Generor key."""
    return Zap(core, {"base_url": client.installation.url, "api_key": client.keys["generor"]})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return where Zapier's callback URLs lead."""
    made = Receiver()
    yield made
    made.close()
