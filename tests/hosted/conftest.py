"""What every test of hosted connections asks for: a Genhook here, and originals that it has keys for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.accounts import keyring
from service.config import ProviderSettings
from tests.fakes.hosted import FakeHosted
from tests.fakes.provider import KEY
from tests.fakes.youtube import KEY as YOUTUBE_KEY
from tests.fakes.youtube import FakeYouTube
from tests.support.house import Account, House
from tests.support.serving import serving

APIS = ("flokan", "flixly", "generor")


@dataclass
class Served:
    """A second Genhook behind a real port, which speaks all three APIs; `seen` are the requests that reached it."""

    house: House
    holder: Account
    url: str
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)

    def came(self, method: str, path: str) -> int:
        """Return how often that was asked."""
        return sum((one, at) == (method, path) for one, at, _ in self.seen)


@pytest.fixture
def original(houses: Callable[..., House]) -> Iterator[Served]:
    youtube = FakeYouTube()
    house = houses(public_url="http://original.test", youtube=ProviderSettings(YOUTUBE_KEY, youtube.base_url))
    house.work()
    served = Served(house, house.account(), "")

    def seen(environ: dict[str, Any], start: Any) -> Any:
        key = environ.get("HTTP_IDEMPOTENCY_KEY")
        served.seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], key))
        return house.app(environ, start)

    with serving(seen) as url:
        served.url = url
        yield served
    youtube.close()


@pytest.fixture
def fake() -> Iterator[FakeHosted]:
    server = FakeHosted()
    yield server
    server.close()


def connect(account: Account, name: str, key: str, url: str | None) -> None:
    """Store the account's key for a hosted original."""
    context = account.house.context
    context.database.write(lambda db: keyring.set_connection(db, context.vault, account.id, name, key, url))


@pytest.fixture
def connected(original: Served, house: House) -> Account:
    """An account here with keys of the second Genhook for all three APIs."""
    account = house.account(credits=0)
    for api in APIS:
        connect(account, api, original.holder.key(api), original.url)
    return account


@pytest.fixture
def faked(idle_house: House, fake: FakeHosted) -> Account:
    """An account here, in which nobody works yet, with keys of the fake for all three APIs.

    Its client does not hold answers against our schemas: the originals' examples lack what a Genhook adds.
    """
    idle_house.app.test_client_class = FlaskClient
    account = idle_house.account(credits=0)
    for api in APIS:
        connect(account, api, KEY, fake.url)
    return account
