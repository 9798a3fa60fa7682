"""Two accounts in a Genhook in which nobody works."""

import pytest

from tests.support.house import Account, House


@pytest.fixture
def me(idle_house: House) -> Account:
    """Whoever asks."""
    return idle_house.account()


@pytest.fixture
def other(me: Account) -> Account:
    """Somebody else in the same Genhook."""
    return me.house.account()
