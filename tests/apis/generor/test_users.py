"""Profiles, follows and what users made public. Source: generor-api, 'Users'."""

from typing import Any

import pytest

from service.accounts import accounts
from service.errors import ValidationError
from tests.apis.generor.test_creations import enter
from tests.support.house import Account

BASE = "/api/v1/users"


def data(answer: Any) -> Any:
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json()["success"] is True
    return answer.get_json()["data"]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def follow(follower: Account, followed: Account) -> None:
    assert data(follower.post(f"{BASE}/{followed.name}/follow")) == {"following": True}


def names(account: Account, path: str, **query: Any) -> list[str]:
    return [user["username"] for user in data(account.get(path, query_string=query))]


def test_your_profile_has_the_documents_shape(me: Account, other: Account) -> None:
    enter(me, "public")
    enter(me, "private", privacy_mode=1)
    enter(me, "deleted", deleted_at=1)
    enter(me, "not made", made=False)
    follow(me, other)
    team = me.post("/api/v1/teams", {"name": "My Creative Team"}).get_json()["data"]

    profile = data(me.get(f"{BASE}/me"))

    joined = profile.pop("joined")
    assert (len(joined), joined[10]) == (19, " ")
    assert profile == {
        "user_id": me.user_id,
        "username": me.name,
        "email": None,
        "avatar": None,
        "bio": None,
        "website": None,
        "credits": {"total": 10_000, "paid": 10_000, "free": 0, "earned": 0, "max": 250, "held": 0},
        "creation_count": 2,
        "follower_count": 0,
        "following_count": 1,
        "teams": [{name: value for name, value in team.items() if name != "members"}],
    }
    assert refused(me.house.client.get(f"{BASE}/me")) == (401, "UNAUTHORIZED")


def test_a_profiles_changes_stay_and_the_rest_is_left_alone(me: Account) -> None:
    wanted = {"bio": "Updated bio", "website": "https://example.com"}

    changed = data(me.call("PATCH", f"{BASE}/me", json=wanted))

    assert {name: changed[name] for name in wanted} == wanted
    more = {"avatar": "http://example.com/me.png", "email": "me@example.com"}
    data(me.call("PATCH", f"{BASE}/me", json=more))
    profile = data(me.get(f"{BASE}/me"))
    assert {name: profile[name] for name in (*wanted, *more)} == wanted | more
    data(me.call("PATCH", f"{BASE}/me", json={"bio": None, "website": "", "username": "root", "credits": 5}))
    profile = data(me.get(f"{BASE}/me"))
    assert (profile["bio"], profile["website"], profile["email"]) == (None, None, "me@example.com")
    assert (profile["username"], profile["credits"]["total"]) == (me.name, 10_000)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"username": "root"},
        {"bio": "x" * 1001},
        {"bio": 5},
        {"website": "javascript:alert(1)"},
        {"website": "https://" + "x" * 1993},
        {"avatar": "me.png"},
        {"avatar": "https://" + "x" * 1993},
        {"email": "john"},
        {"email": "a@" + "x" * 319},
    ],
)
def test_a_profile_takes_nothing_that_is_none(me: Account, wrong: dict[str, Any]) -> None:
    before = data(me.get(f"{BASE}/me"))

    assert refused(me.call("PATCH", f"{BASE}/me", json=wrong)) == (400, "VALIDATION_ERROR")

    assert data(me.get(f"{BASE}/me")) == before


@pytest.mark.parametrize(
    "longest",
    [
        {"bio": "x" * 1000},
        {"website": "https://" + "x" * 1992},
        {"avatar": "http://" + "x" * 1993},
        {"email": "a@" + "x" * 318},
    ],
)
def test_a_profile_takes_what_is_just_short_enough(me: Account, longest: dict[str, str]) -> None:
    profile = data(me.call("PATCH", f"{BASE}/me", json=longest))

    assert {name: profile[name] for name in longest} == longest


def test_a_profile_is_changed_by_keys_that_may_write(me: Account) -> None:
    answer = me.call("PATCH", f"{BASE}/me", scopes=("read", "generate"), json={"bio": "x"})

    assert refused(answer) == (403, "FORBIDDEN")
    assert refused(me.call("GET", f"{BASE}/me", scopes=("write",))) == (403, "FORBIDDEN")
    assert refused(me.house.client.patch(f"{BASE}/me", json={"bio": "x"})) == (401, "UNAUTHORIZED")


def test_anybody_sees_a_users_public_profile_and_no_more(me: Account, other: Account) -> None:
    me.call("PATCH", f"{BASE}/me", json={"email": "me@example.com", "bio": "Hello"})
    enter(me, "public")
    enter(me, "private", privacy_mode=1)
    enter(me, "deleted", deleted_at=1)
    follow(other, me)

    profile = data(me.house.client.get(f"{BASE}/{me.name}"))

    profile.pop("joined")
    assert profile == {
        "user_id": me.user_id,
        "username": me.name,
        "avatar": None,
        "bio": "Hello",
        "website": None,
        "creation_count": 1,
        "follower_count": 1,
        "following_count": 0,
    }
    assert data(me.get(f"{BASE}/{me.name}"))["creation_count"] == 1


def test_names_are_found_as_they_are_written(me: Account) -> None:
    odd = me.house.account(name="Ünal O'Neil+1 @home")

    shown = data(me.house.client.get(f"{BASE}/%C3%9Cnal%20O'Neil%2B1%20@home"))

    assert shown["user_id"] == odd.user_id
    assert refused(me.get(f"{BASE}/ünal%20O'Neil%2B1%20@home")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["", "/creations", "/followers", "/following", "/follow"])
def test_a_user_who_is_not_there_has_nothing(me: Account, path: str) -> None:
    assert refused(me.get(f"{BASE}/nobody{path}")) == (404, "NOT_FOUND")
    if path == "/follow":
        assert refused(me.post(f"{BASE}/nobody{path}")) == (404, "NOT_FOUND")
        assert refused(me.call("DELETE", f"{BASE}/nobody{path}")) == (404, "NOT_FOUND")
    assert refused(me.get(f"{BASE}/{'x' * 101}{path}")) == (400, "VALIDATION_ERROR")


def test_nobody_is_called_me(me: Account) -> None:
    context = me.house.context

    with pytest.raises(ValidationError, match="whoever asks"):
        context.database.write(lambda db: accounts.create(db, context.vault, name="me", plan="free", credits=0))

    assert refused(me.get(f"{BASE}/me/creations")) == (404, "NOT_FOUND")


def test_a_users_page_has_public_creations_only_even_for_its_owner(me: Account, other: Account) -> None:
    first, second = enter(me, "one"), enter(me, "two")
    enter(me, "three", privacy_mode=1)
    enter(me, "four", deleted_at=1)
    enter(me, "five", made=False)
    enter(other, "six")
    path = f"{BASE}/{me.name}/creations"

    for answer in (me.get(path), other.get(path), me.house.client.get(path)):
        assert [creation["creation_id"] for creation in data(answer)] == [second, first]
    oldest = me.get(f"{path}?sort=oldest&per_page=1").get_json()
    assert [creation["creation_id"] for creation in oldest["data"]] == [first]
    assert oldest["meta"] == {
        "page": 1,
        "per_page": 1,
        "total": 2,
        "total_pages": 2,
        "has_next": True,
        "has_prev": False,
    }


def test_following_goes_one_way_and_is_done_once(me: Account, other: Account) -> None:
    path = f"{BASE}/{other.name}/follow"
    assert data(me.get(path)) == {"following": False}

    follow(me, other)
    follow(me, other)

    assert data(me.get(path)) == {"following": True}
    assert data(other.get(f"{BASE}/{me.name}/follow")) == {"following": False}
    assert names(me, f"{BASE}/{other.name}/followers") == [me.name]
    assert data(me.call("DELETE", path)) == {"following": False}
    assert data(me.call("DELETE", path)) == {"following": False}
    assert data(me.get(path)) == {"following": False}
    assert names(me, f"{BASE}/{other.name}/followers") == []


def test_nobody_follows_themselves(me: Account) -> None:
    assert refused(me.post(f"{BASE}/{me.name}/follow")) == (400, "VALIDATION_ERROR")
    assert data(me.get(f"{BASE}/{me.name}/follow")) == {"following": False}


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "{me}/follow", None, "username is your own; nobody follows themselves"),
        ("PATCH", "me", {"website": "none"}, "website must be an http or https URL"),
        ("PATCH", "me", {"email": "none"}, "email must be an email address"),
        ("PATCH", "me", {"bio": "\0"}, "bio must not contain a NUL character"),
    ],
)
def test_a_refusal_names_the_member_and_says_what_is_right(
    me: Account, method: str, path: str, body: Any, message: str
) -> None:
    answer = me.call(method, f"{BASE}/{path.format(me=me.name)}", json=body)

    assert answer.get_json()["error"] == {"code": "VALIDATION_ERROR", "message": message, "status": 400}


def test_following_needs_a_key_that_may(me: Account, other: Account) -> None:
    path = f"{BASE}/{other.name}/follow"

    for method in ("GET", "POST", "DELETE"):
        assert refused(me.house.client.open(path, method=method)) == (401, "UNAUTHORIZED")
    for method in ("POST", "DELETE"):
        assert refused(me.call(method, path, scopes=("read", "generate"))) == (403, "FORBIDDEN")
    assert data(me.call("GET", path, scopes=("read",))) == {"following": False}


def test_followers_and_following_are_public_pages_latest_first(me: Account) -> None:
    fans = [me.house.account() for _ in range(3)]
    for fan in fans:
        follow(fan, me)
        follow(me, fan)
    expected = [fan.name for fan in reversed(fans)]

    for kind in ("followers", "following"):
        path = f"{BASE}/{me.name}/{kind}"
        shown = me.house.client.get(path).get_json()
        assert [user["username"] for user in shown["data"]] == expected
        assert shown["data"][0].keys() == {"user_id", "username", "avatar", "bio", "followed_at"}
        assert shown["data"][0]["user_id"] == fans[-1].user_id
        assert (shown["meta"]["total"], shown["meta"]["per_page"]) == (3, 20)
        assert names(me, path, sort="oldest", per_page=2) == expected[:0:-1]
        assert names(me, path, per_page=2, page=2) == expected[2:]
        assert names(me, path, per_page=100) == expected
        for wrong in ({"per_page": 0}, {"per_page": 101}, {"page": 0}, {"sort": "best"}):
            assert refused(me.get(path, query_string=wrong)) == (400, "VALIDATION_ERROR")
    assert data(me.get(f"{BASE}/me"))["follower_count"] == 3
    assert names(me, f"{BASE}/{fans[0].name}/following") == [me.name]


def test_the_same_operations_are_actions(me: Account, other: Account) -> None:
    followed = me.submit("generor.users.follow", {"username": other.name}).get_json()
    asked = me.submit("generor.users.is_following", {"username": other.name}).get_json()
    changed = me.submit("generor.users.update", {"bio": "By an action"}).get_json()
    listed = me.submit("generor.users.following", {"username": me.name}).get_json()

    assert followed["output"] == asked["output"] == {"following": True}
    assert changed["output"]["bio"] == "By an action"
    assert [user["username"] for user in listed["output"]["data"]] == [other.name]
    assert me.submit("generor.users.get", {"username": "nobody"}).status_code == 404
    himself = me.submit("generor.users.follow", {"username": me.name})
    assert (himself.status_code, himself.get_json()["errors"][0]["pointer"]) == (422, "/input/username")
