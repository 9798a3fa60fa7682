"""Who is claimed next, and how many places of a worker are one account's."""

from collections import Counter
from collections.abc import Callable

from service.config import BLOCKING, ProviderSettings
from service.runs.claim import CALLS_PER_ACCOUNT, claim, due
from tests.support.house import Account, House

PICTURE = {"model": "flux-dev", "prompt": "a castle"}


def submitted(account: Account, number: int) -> None:
    for _ in range(number):
        assert account.submit("flixly.media.generate", PICTURE).status_code == 202


def test_one_accounts_calls_leave_others_places_in_each_worker(houses: Callable[..., House]) -> None:
    house = houses(providers={"fal": ProviderSettings("key", "http://127.0.0.1:9")})
    many, one = house.account("enterprise"), house.account("enterprise")
    submitted(many, CALLS_PER_ACCOUNT + 4)
    taken = Counter(claimed.account_id for claimed in claim(house.context, "first", BLOCKING, 20))
    assert taken == {many.id: CALLS_PER_ACCOUNT}
    with house.context.database.read() as db:
        assert not due(db, "first", BLOCKING)
        assert due(db, "second", BLOCKING), "another worker has places of its own"

    submitted(one, 1)
    (claimed,) = claim(house.context, "first", BLOCKING, 4)
    assert claimed.account_id == one.id
    assert Counter(claimed.account_id for claimed in claim(house.context, "second", BLOCKING, 20)) == {many.id: 4}
