"""Ratings of creations. Source: generor-api, 'Ratings'."""

from typing import Any

import pytest

from tests.apis.generor.test_creations import enter
from tests.support.house import Account

ABSENT = (404, "NOT_FOUND")
WRONG = (400, "VALIDATION_ERROR")


def data(answer: Any) -> Any:
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["data"]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def of(creation: int) -> str:
    return f"/api/v1/creations/{creation}/rating"


def rate(account: Account, creation: int, score: Any) -> Any:
    return account.post(of(creation), {"score": score})


def test_a_rating_is_the_average_of_everybodys_scores(me: Account, other: Account) -> None:
    creation = enter(me, "public")
    assert me.house.client.get(of(creation)).get_json() == {
        "success": True,
        "data": {"creation_id": creation, "average": 0, "count": 0},
    }

    assert data(rate(me, creation, 5)) == {"creation_id": creation, "average": 5, "count": 1, "score": 5}
    assert data(rate(other, creation, 4)) == {"creation_id": creation, "average": 4.5, "count": 2, "score": 4}
    data(rate(me.house.account(), creation, 4))

    assert data(me.house.client.get(of(creation))) == {"creation_id": creation, "average": 4.33, "count": 3}
    assert data(me.get(of(enter(me, "another")))) == {"creation_id": creation + 1, "average": 0, "count": 0}


def test_a_second_score_replaces_the_first(me: Account) -> None:
    creation = enter(me, "public")
    data(rate(me, creation, 5))

    assert data(rate(me, creation, 1)) == {"creation_id": creation, "average": 1, "count": 1, "score": 1}


@pytest.mark.parametrize("score", [0, 6, -1, 4.5, "6", None, True])
def test_a_score_is_1_to_5(me: Account, score: Any) -> None:
    creation = enter(me, "public")

    assert refused(rate(me, creation, score)) == refused(me.post(of(creation))) == WRONG
    assert data(me.get(of(creation)))["count"] == 0


def test_a_private_creation_is_rated_by_its_owner_alone(me: Account, other: Account) -> None:
    creation = enter(me, "private", privacy_mode=1)

    assert data(rate(me, creation, 3))["average"] == 3
    assert data(me.get(of(creation)))["count"] == 1
    for hidden in (rate(other, creation, 1), other.get(of(creation)), me.house.client.get(of(creation))):
        assert refused(hidden) == ABSENT
    for gone in (enter(me, "deleted", deleted_at=1), enter(me, "not made", made=False), 999):
        assert refused(rate(me, gone, 1)) == refused(me.get(of(gone))) == ABSENT
    assert refused(me.get(of(0))) == WRONG


def test_ratings_are_given_by_keys_that_may(me: Account) -> None:
    creation = enter(me, "public")

    assert refused(me.house.client.post(of(creation), json={"score": 5})) == (401, "UNAUTHORIZED")
    answer = me.call("POST", of(creation), scopes=("read", "generate"), json={"score": 5})
    assert refused(answer) == (403, "FORBIDDEN")
    assert data(me.get(of(creation)))["count"] == 0


def test_the_same_operations_are_actions(me: Account) -> None:
    creation = enter(me, "public")

    rated = me.submit("generor.ratings.rate", {"id": creation, "score": 2}).get_json()["output"]
    shown = me.submit("generor.ratings.get", {"id": creation}).get_json()["output"]

    assert rated == shown | {"score": 2}
    assert shown["average"] == 2
