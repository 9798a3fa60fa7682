"""Fixtures with real processes. Their modules share one installation, whose processes any test may kill."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.fakes.receiver import Receiver, Reply
from tests.support.installation import Client, Installation

_numbers = count(1)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Genhook, up: two workers, retries every second, no cap on one host."""
    with Installation(
        tmp_path_factory.mktemp("up") / "data",
        CALLBACK_RETRY_SCHEDULE="1,1,1,1,1,1,1,1",
        CALLBACK_RATE_PER_HOST="0",
    ) as made:
        yield made


@pytest.fixture
def client(installation: Installation) -> Client:
    """An account on the pro plan with 100,000 credits."""
    installation.until(installation.ready)
    return installation.account(f"caller-{next(_numbers)}")


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receiver]]:
    """Makes receivers that answer as they are told, then 204."""
    made: list[Receiver] = []

    def make(*replies: Reply | int) -> Receiver:
        made.append(Receiver(*replies))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def receiver(receivers: Callable[..., Receiver]) -> Receiver:
    """A receiver that takes everything."""
    return receivers()
