"""Comments, replies and votes. Source: generor-api, 'Comments'."""

from typing import Any

import pytest

from tests.apis.generor.test_creations import enter
from tests.support.house import Account

ABSENT = (404, "NOT_FOUND")
WRONG = (400, "VALIDATION_ERROR")


def data(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()["data"]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def on(creation: int) -> str:
    return f"/api/v1/creations/{creation}/comments"


def say(account: Account, creation: int, text: str = "Great creation!", **members: Any) -> Any:
    return data(account.post(on(creation), {"text": text, **members}), 201)


def vote(account: Account, comment: dict[str, Any], way: Any) -> Any:
    return account.post(f"/api/v1/comments/{comment['comment_id']}/vote", {"vote": way})


def delete(account: Account, comment: dict[str, Any]) -> Any:
    return account.call("DELETE", f"/api/v1/comments/{comment['comment_id']}")


def texts(account: Account, creation: int, **query: Any) -> list[str]:
    return [comment["text"] for comment in data(account.get(on(creation), query_string=query))]


def test_a_comment_is_there_for_everybody(me: Account, other: Account) -> None:
    creation = enter(me, "public")

    comment = say(other, creation, parent_id=None)

    shown = data(me.house.client.get(on(creation)))
    assert shown == [comment]
    assert len(comment.pop("created_at")) == 19
    assert comment == {
        "comment_id": shown[0]["comment_id"],
        "creation_id": creation,
        "user_id": other.user_id,
        "username": other.name,
        "text": "Great creation!",
        "parent_id": None,
        "reply_count": 0,
        "upvotes": 0,
        "downvotes": 0,
    }


def test_replies_stand_among_the_comments_and_are_counted(me: Account, other: Account) -> None:
    creation = enter(me, "public")
    first = say(other, creation, "first")
    reply = say(me, creation, "reply", parent_id=first["comment_id"])
    say(other, creation, "reply to the reply", parent_id=reply["comment_id"])
    gone = say(me, creation, "gone", parent_id=first["comment_id"])
    delete(me, gone)

    shown = data(me.get(on(creation)))

    assert [(comment["text"], comment["parent_id"], comment["reply_count"]) for comment in shown] == [
        ("reply to the reply", reply["comment_id"], 0),
        ("reply", first["comment_id"], 1),
        ("first", None, 1),
    ]


def test_a_reply_is_to_a_comment_on_the_same_creation(me: Account) -> None:
    creation, another = enter(me, "one"), enter(me, "two")
    elsewhere, deleted = say(me, another), say(me, creation)
    delete(me, deleted)

    for parent in (elsewhere["comment_id"], deleted["comment_id"], 999):
        assert refused(me.post(on(creation), {"text": "Yes", "parent_id": parent})) == ABSENT
    for parent in (0, "0", "1.5", 1.5):
        assert refused(me.post(on(creation), {"text": "Yes", "parent_id": parent})) == WRONG
    assert texts(me, creation) == []


@pytest.mark.parametrize("text", ["x", "x" * 5000, " <b>é</b>\n"])
def test_a_comment_is_kept_as_it_is_written(me: Account, text: str) -> None:
    creation = enter(me, "public")

    assert say(me, creation, text)["text"] == text


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": " \n"}, {"text": "x" * 5001}, {"text": 5}, {"text": None}])
def test_a_comment_says_something_and_not_too_much(me: Account, body: dict[str, Any]) -> None:
    creation = enter(me, "public")

    assert refused(me.post(on(creation), body)) == WRONG
    assert texts(me, creation) == []


def test_comments_come_in_pages_newest_first(me: Account) -> None:
    creation = enter(me, "public")
    for n in range(3):
        say(me, creation, f"number {n}")

    listed = me.get(f"{on(creation)}?per_page=2").get_json()

    assert [comment["text"] for comment in listed["data"]] == ["number 2", "number 1"]
    assert listed["meta"] == {
        "page": 1,
        "per_page": 2,
        "total": 3,
        "total_pages": 2,
        "has_next": True,
        "has_prev": False,
    }
    assert texts(me, creation, page=2, per_page=2) == ["number 0"]
    assert texts(me, creation, sort="oldest", per_page=1) == ["number 0"]
    assert len(texts(me, creation, per_page=100)) == 3
    for wrong in ({"per_page": 0}, {"per_page": 101}, {"page": 0}, {"sort": "best"}):
        assert refused(me.get(on(creation), query_string=wrong)) == WRONG


def test_only_its_author_deletes_a_comment(me: Account, other: Account) -> None:
    creation = enter(me, "public")
    comment = say(other, creation, "mine")
    say(me, creation, "reply", parent_id=comment["comment_id"])

    assert refused(delete(me, comment)) == ABSENT
    assert data(delete(other, comment)) == {"comment_id": comment["comment_id"], "deleted": True}

    assert texts(me, creation) == ["reply"]
    assert refused(delete(other, comment)) == refused(vote(me, comment, "up")) == ABSENT
    assert refused(other.call("DELETE", "/api/v1/comments/0")) == WRONG


def test_a_vote_counts_once_and_can_be_changed(me: Account, other: Account) -> None:
    creation = enter(me, "public")
    comment = say(me, creation)
    number = comment["comment_id"]

    assert data(vote(other, comment, "up")) == {"comment_id": number, "vote": "up", "upvotes": 1, "downvotes": 0}
    assert data(vote(other, comment, "up"))["upvotes"] == 1
    assert data(vote(me, comment, "up"))["upvotes"] == 2
    assert data(vote(other, comment, "down")) == {"comment_id": number, "vote": "down", "upvotes": 1, "downvotes": 1}
    (shown,) = data(other.get(on(creation)))
    assert (shown["upvotes"], shown["downvotes"]) == (1, 1)


@pytest.mark.parametrize("way", ["sideways", "UP", "", None, 1, True])
def test_a_vote_is_up_or_down(me: Account, way: Any) -> None:
    comment = say(me, enter(me, "public"))

    assert refused(vote(me, comment, way)) == WRONG
    assert refused(me.post(f"/api/v1/comments/{comment['comment_id']}/vote")) == WRONG


def test_what_is_said_of_a_private_creation_is_its_owners(me: Account, other: Account) -> None:
    creation = enter(me, "soon private")
    theirs, mine = say(other, creation, "theirs"), say(me, creation, "mine")
    me.call("PATCH", f"/api/v1/creations/{creation}", json={"privacy_mode": 1})

    assert texts(me, creation) == ["mine", "theirs"]
    assert data(vote(me, theirs, "up"))["upvotes"] == 1
    for hidden in (other.get(on(creation)), me.house.client.get(on(creation)), vote(other, mine, "up")):
        assert refused(hidden) == ABSENT
    assert refused(other.post(on(creation), {"text": "Hello?"})) == ABSENT
    assert data(delete(other, theirs))["deleted"] is True
    assert texts(me, creation) == ["mine"]


def test_there_is_nothing_to_say_of_what_is_not_there(me: Account) -> None:
    comment = say(me, enter(me, "soon deleted"))
    me.call("DELETE", f"/api/v1/creations/{comment['creation_id']}")

    for creation in (
        enter(me, "deleted", deleted_at=1),
        enter(me, "not made", made=False),
        999,
        comment["creation_id"],
    ):
        assert refused(me.get(on(creation))) == refused(me.post(on(creation), {"text": "Hello?"})) == ABSENT
    assert refused(vote(me, comment, "up")) == refused(vote(me, {"comment_id": 999}, "up")) == ABSENT
    assert refused(me.get(on(0))) == WRONG


def test_comments_are_written_by_keys_that_may(me: Account) -> None:
    creation = enter(me, "public")
    comment = say(me, creation)
    calls = [
        ("POST", on(creation)),
        ("DELETE", f"/api/v1/comments/{comment['comment_id']}"),
        ("POST", f"/api/v1/comments/{comment['comment_id']}/vote"),
    ]

    for method, path in calls:
        assert refused(me.house.client.open(path, method=method)) == (401, "UNAUTHORIZED")
        assert refused(me.call(method, path, scopes=("read", "generate"))) == (403, "FORBIDDEN")
    assert refused(me.call("GET", on(creation), scopes=("write",))) == (403, "FORBIDDEN")
    assert texts(me, creation) == ["Great creation!"]


def test_the_same_operations_are_actions(me: Account) -> None:
    creation = enter(me, "public")

    said = me.submit("generor.comments.create", {"id": creation, "text": "By an action"}).get_json()["output"]
    voted = me.submit("generor.comments.vote", {"id": said["comment_id"], "vote": "down"}).get_json()["output"]
    listed = me.submit("generor.comments.list", {"id": creation}).get_json()["output"]
    deleted = me.submit("generor.comments.delete", {"id": said["comment_id"]}).get_json()["output"]

    assert voted["downvotes"] == 1
    assert listed["data"] == [said | {"downvotes": 1}]
    assert deleted == {"comment_id": said["comment_id"], "deleted": True}
