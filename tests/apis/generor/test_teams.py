"""Teams, their members, invite codes and creations. Source: generor-api, 'Teams'."""

from typing import Any

import pytest

from tests.apis.generor.test_creations import enter
from tests.support.house import Account

BASE = "/api/v1/teams"
ABSENT = (404, "NOT_FOUND")
WRONG = (400, "VALIDATION_ERROR")
TEAM = {"team_id", "name", "owner_id", "role", "member_count", "invite_code", "created_at"}


def data(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()["data"]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def create(owner: Account, name: str = "My Creative Team") -> Any:
    return data(owner.post(BASE, {"name": name}), 201)


def join(account: Account, team: dict[str, Any]) -> Any:
    return data(account.post(f"{BASE}/join/{team['invite_code']}"))


def at(team: dict[str, Any], rest: str = "") -> str:
    return f"{BASE}/{team['team_id']}{rest}"


def members(account: Account, team: dict[str, Any]) -> list[tuple[str, str]]:
    return [(member["username"], member["role"]) for member in data(account.get(at(team)))["members"]]


def test_a_new_team_is_its_creators(me: Account, other: Account) -> None:
    team = create(me)

    assert team.keys() == TEAM | {"members"}
    assert (team["name"], team["owner_id"], team["role"]) == ("My Creative Team", me.user_id, "owner")
    assert (team["member_count"], len(team["invite_code"])) == (1, 20)
    (member,) = team["members"]
    assert (len(member["joined_at"]), member) == (
        19,
        {
            "user_id": me.user_id,
            "username": me.name,
            "avatar": None,
            "role": "owner",
            "joined_at": member["joined_at"],
        },
    )
    assert data(me.get(at(team))) == team
    assert refused(other.get(at(team))) == ABSENT


@pytest.mark.parametrize("name", ["x", "x" * 100, "  é  "])
def test_a_team_is_called_anything_of_1_to_100_characters(me: Account, name: str) -> None:
    assert create(me, name)["name"] == name


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": " "}, {"name": "x" * 101}, {"name": 5}, {"name": None}])
def test_a_team_needs_a_name(me: Account, body: dict[str, Any]) -> None:
    assert refused(me.post(BASE, body)) == WRONG
    assert data(me.get(BASE)) == []


def test_your_list_has_the_teams_you_are_in_newest_first(me: Account, other: Account) -> None:
    first, second = create(me, "first"), create(other, "second")
    create(other, "third")
    join(me, second)

    listed = me.get(BASE).get_json()

    assert [(team["name"], team["role"], team["member_count"]) for team in listed["data"]] == [
        ("second", "member", 2),
        ("first", "owner", 1),
    ]
    assert all(team.keys() == TEAM for team in listed["data"])
    assert (listed["meta"]["total"], listed["meta"]["per_page"]) == (2, 20)
    assert [team["team_id"] for team in data(me.get(f"{BASE}?sort=oldest&per_page=1"))] == [first["team_id"]]
    assert len(data(me.get(f"{BASE}?per_page=100"))) == 2
    for wrong in ("per_page=0", "per_page=101", "page=0", "sort=best"):
        assert refused(me.get(f"{BASE}?{wrong}")) == WRONG
    assert [team["name"] for team in data(me.get("/api/v1/users/me"))["teams"]] == ["first", "second"]


def test_an_invite_code_lets_in_whoever_has_it_once(me: Account, other: Account) -> None:
    team = create(me)

    joined = join(other, team)

    assert (joined["team_id"], joined["role"], joined["member_count"]) == (team["team_id"], "member", 2)
    assert join(other, team)["member_count"] == join(me, team)["member_count"] == 2
    assert members(me, team) == members(other, team) == [(me.name, "owner"), (other.name, "member")]
    for wrong in ("0" * 20, "members", team["invite_code"][:-1]):
        assert refused(other.post(f"{BASE}/join/{wrong}")) == ABSENT
    assert refused(other.post(f"{BASE}/join/{'x' * 41}")) == WRONG


def test_a_new_invite_code_ends_the_one_before(me: Account, other: Account) -> None:
    team = create(me)

    renewed = data(me.post(at(team, "/invite")))

    assert renewed.keys() == {"team_id", "invite_code"}
    assert renewed["team_id"] == team["team_id"]
    assert renewed["invite_code"] != team["invite_code"]
    assert data(me.get(at(team)))["invite_code"] == renewed["invite_code"]
    assert refused(other.post(f"{BASE}/join/{team['invite_code']}")) == ABSENT
    assert join(other, renewed)["member_count"] == 2


def test_every_member_may_add_a_user_by_name(me: Account, other: Account) -> None:
    team, third = create(me), me.house.account()

    added = data(me.post(at(team, "/members"), {"username": other.name}), 201)

    assert added.pop("joined_at")
    assert added == {"user_id": other.user_id, "username": other.name, "avatar": None, "role": "member"}
    assert data(other.post(at(team, "/members"), {"username": third.name}), 201)["username"] == third.name
    assert data(me.post(at(team, "/members"), {"username": third.name}), 201)["username"] == third.name
    assert members(third, team) == [(me.name, "owner"), (other.name, "member"), (third.name, "member")]


def test_only_a_member_adds_and_only_somebody_who_is_there(me: Account, other: Account) -> None:
    team = create(me)
    path = at(team, "/members")

    assert refused(other.post(path, {"username": other.name})) == ABSENT
    assert refused(me.post(path, {"username": "nobody"})) == ABSENT
    assert refused(me.post(f"{BASE}/999/members", {"username": other.name})) == ABSENT
    for body in ({}, {"username": ""}, {"username": "x" * 101}, {"username": 5}):
        assert refused(me.post(path, body)) == WRONG
    assert members(me, team) == [(me.name, "owner")]


def test_only_the_owner_removes_members(me: Account, other: Account) -> None:
    team, third = create(me), me.house.account()
    join(other, team)
    join(third, team)
    path = at(team, f"/members/{third.user_id}")

    assert refused(other.call("DELETE", path)) == (403, "FORBIDDEN")
    assert refused(other.call("DELETE", at(team, f"/members/{other.user_id}"))) == (403, "FORBIDDEN")
    assert refused(me.house.account().call("DELETE", path)) == ABSENT
    assert data(me.call("DELETE", path)) == {
        "team_id": team["team_id"],
        "user_id": third.user_id,
        "removed": True,
    }
    assert refused(me.call("DELETE", path)) == ABSENT
    assert refused(third.get(at(team))) == ABSENT
    assert refused(me.call("DELETE", at(team, f"/members/{me.user_id}"))) == WRONG
    assert refused(me.call("DELETE", at(team, "/members/0"))) == WRONG
    assert members(me, team) == [(me.name, "owner"), (other.name, "member")]


def test_a_member_who_was_put_out_does_not_come_back_by_the_code_it_knows(me: Account, other: Account) -> None:
    team = create(me)
    join(other, team)

    data(me.call("DELETE", at(team, f"/members/{other.user_id}")))

    assert refused(other.post(f"{BASE}/join/{team['invite_code']}")) == ABSENT
    renewed = data(me.get(at(team)))["invite_code"]
    assert data(other.post(f"{BASE}/join/{renewed}"))["team_id"] == team["team_id"]


def test_only_the_owner_renews_the_invite_code(me: Account, other: Account) -> None:
    team = create(me)
    assert refused(other.post(at(team, "/invite"))) == ABSENT
    join(other, team)

    assert refused(other.post(at(team, "/invite"))) == (403, "FORBIDDEN")

    assert data(me.get(at(team)))["invite_code"] == team["invite_code"]


def test_a_member_who_left_is_out(me: Account, other: Account) -> None:
    team = create(me)
    join(other, team)

    assert data(other.call("DELETE", at(team))) == {"team_id": team["team_id"], "left": True}

    assert members(me, team) == [(me.name, "owner")]
    for gone in (other.call("DELETE", at(team)), other.get(at(team)), other.get(at(team, "/creations"))):
        assert refused(gone) == ABSENT
    assert data(other.get(BASE)) == []


def test_an_owners_place_goes_to_whoever_is_there_longest(me: Account, other: Account) -> None:
    team, third = create(me), me.house.account()
    join(other, team)
    join(third, team)

    data(me.call("DELETE", at(team)))

    assert members(third, team) == [(other.name, "owner"), (third.name, "member")]
    assert data(other.get(at(team)))["owner_id"] == other.user_id
    assert data(other.call("DELETE", at(team, f"/members/{third.user_id}")))["removed"] is True


def test_a_team_that_nobody_is_in_is_closed_and_its_number_used_up(me: Account, other: Account) -> None:
    team = create(me)
    enter(me, "under it", team_id=team["team_id"])

    data(me.call("DELETE", at(team)))

    assert refused(me.get(at(team))) == refused(me.post(f"{BASE}/join/{team['invite_code']}")) == ABSENT
    following = create(other)
    assert following["team_id"] != team["team_id"]
    assert data(other.get(at(following, "/creations"))) == []


def test_a_teams_creations_are_public_ones_and_ones_own(me: Account, other: Account) -> None:
    team, another = create(me), create(me)
    join(other, team)
    number = team["team_id"]
    mine = enter(me, "mine", team_id=number)
    theirs = enter(other, "theirs", team_id=number)
    secret = enter(other, "secret", team_id=number, privacy_mode=1)
    enter(me, "deleted", team_id=number, deleted_at=1)
    enter(me, "not made", team_id=number, made=False)
    enter(me, "elsewhere", team_id=another["team_id"])
    enter(me, "in no team")

    def listed(account: Account, **query: Any) -> list[int]:
        found = data(account.get(at(team, "/creations"), query_string=query))
        assert all(creation["team_id"] == number for creation in found)
        return [creation["creation_id"] for creation in found]

    assert listed(me) == [theirs, mine]
    assert listed(other) == [secret, theirs, mine]
    assert listed(other, sort="oldest", per_page=2) == [mine, theirs]
    assert me.get(at(team, "/creations")).get_json()["meta"]["total"] == 2
    for wrong in ({"per_page": 0}, {"per_page": 101}, {"page": 0}):
        assert refused(me.get(at(team, "/creations"), query_string=wrong)) == WRONG
    assert refused(me.house.account().get(at(team, "/creations"))) == ABSENT


def test_teams_need_a_key_that_may(me: Account, other: Account) -> None:
    team = create(me)
    reads = [("GET", BASE), ("GET", at(team)), ("GET", at(team, "/creations"))]
    writes = [
        ("POST", BASE),
        ("DELETE", at(team)),
        ("POST", at(team, "/members")),
        ("DELETE", at(team, f"/members/{other.user_id}")),
        ("POST", f"{BASE}/join/{team['invite_code']}"),
        ("POST", at(team, "/invite")),
    ]

    for method, path in (*reads, *writes):
        assert refused(me.house.client.open(path, method=method)) == (401, "UNAUTHORIZED")
    for method, path in writes:
        assert refused(me.call(method, path, scopes=("read", "generate"))) == (403, "FORBIDDEN")
    for method, path in reads:
        assert refused(me.call(method, path, scopes=("write",))) == (403, "FORBIDDEN")
    assert members(me, team) == [(me.name, "owner")]


def test_the_same_operations_are_actions(me: Account, other: Account) -> None:
    team = me.submit("generor.teams.create", {"name": "Ours"}).get_json()["output"]
    number = team["team_id"]
    me.submit("generor.teams.add_member", {"id": number, "username": other.name})
    body = {"field": "user_id", "input": {"id": number}}
    choices = me.post("/v1/actions/generor.teams.remove_member/fields", body).get_json()["options"]
    refusal = other.submit("generor.teams.remove_member", {"id": number, "user_id": me.user_id})
    removed = me.submit("generor.teams.remove_member", {"id": number, "user_id": other.user_id}).get_json()

    assert choices == [{"value": a.user_id, "label": a.name} for a in (me, other)]
    assert refusal.status_code == 403
    assert removed["output"] == {"team_id": number, "user_id": other.user_id, "removed": True}
    assert other.submit("generor.teams.get", {"id": number}).status_code == 404
