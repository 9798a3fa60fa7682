"""The feed. Source: generor-api, 'Feed'."""

from typing import Any

import pytest

from tests.apis.generor.test_creations import enter, ids
from tests.support.house import Account

PATH = "/api/v1/feed"


def follow(follower: Account, followed: Account) -> None:
    assert follower.post(f"/api/v1/users/{followed.name}/follow").status_code == 200


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_the_feed_is_what_those_you_follow_make_public(me: Account, other: Account) -> None:
    third, stranger = me.house.account(), me.house.account()
    follow(me, other)
    follow(me, third)
    follow(stranger, me)
    first, joke = enter(other, "one"), enter(third, "two", generator="joke")
    enter(other, "three", privacy_mode=1)
    enter(other, "four", deleted_at=1)
    enter(other, "five", made=False)
    enter(stranger, "six")
    enter(me, "seven")

    assert ids(me, PATH) == [joke, first]
    assert ids(me, PATH, sort="oldest") == [first, joke]
    assert ids(me, PATH, generator="image") == [first]
    assert ids(me, PATH, generator="no-such-one") == []
    assert me.get(f"{PATH}?per_page=1").get_json()["meta"] == {
        "page": 1,
        "per_page": 1,
        "total": 2,
        "total_pages": 2,
        "has_next": True,
        "has_prev": False,
    }
    assert ids(me, PATH, page=2, per_page=1) == [first]
    assert ids(other, PATH) == []


def test_the_feed_follows_every_change(me: Account, other: Account) -> None:
    creation = enter(other, "one")
    assert ids(me, PATH) == []

    follow(me, other)
    assert ids(me, PATH) == [creation]
    other.call("PATCH", f"/api/v1/creations/{creation}", json={"privacy_mode": 1})
    assert ids(me, PATH) == []
    other.call("PATCH", f"/api/v1/creations/{creation}", json={"privacy_mode": 0})
    assert ids(me, PATH) == [creation]
    me.call("DELETE", f"/api/v1/users/{other.name}/follow")
    assert ids(me, PATH) == []


@pytest.mark.parametrize("query", ["generator=" + "x" * 61, "per_page=0", "per_page=101", "page=0", "sort=best"])
def test_a_feed_is_asked_for_rightly(me: Account, query: str) -> None:
    assert refused(me.get(f"{PATH}?{query}")) == (400, "VALIDATION_ERROR")


def test_a_feed_is_somebodys(me: Account, other: Account) -> None:
    follow(me, other)
    creation = enter(other, "one")

    assert refused(me.house.client.get(PATH)) == (401, "UNAUTHORIZED")
    assert refused(me.call("GET", PATH, scopes=("write",))) == (403, "FORBIDDEN")
    output = me.submit("generor.feed.list", {"generator": "image"}).get_json()["output"]
    assert [item["creation_id"] for item in output["data"]] == [creation]
