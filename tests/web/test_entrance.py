"""The entrance of accepts: a group is one list, its members do not pay for each other, nothing is accepted twice."""

import io
import json
from typing import Any

import pytest

from service.store import database as store
from service.store.tables import runs
from service.web.edge.wsgi import FAULT, WsgiAnswer
from service.web.entrance import Entrance
from service.web.gate import ADMITTED
from tests.support.house import Account, House

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about doors"}


def asked(account: Account, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The environment of a submission as the edge hands it over."""
    raw = json.dumps(body).encode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/v1/actions/{GENERATE}",
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "HTTP_AUTHORIZATION": f"Bearer {account.key('generor')}",
        "wsgi.input": io.BytesIO(raw),
        **headers,
    }


def entrance_of(house: House) -> Entrance:
    entrance: Entrance = house.app.extensions["genhook.entrance"]
    return entrance


def shown(answer: WsgiAnswer | None) -> dict[str, Any]:
    assert answer is not None
    run: dict[str, Any] = json.loads(answer.body)
    return run


def stored(house: House, account: Account) -> int:
    with house.context.database.read() as db:
        return sum(row.account_id == account.id for row in db.execute(runs.select()))


def test_what_one_of_a_group_is_refused_for_costs_its_neighbours_nothing(idle_house: House) -> None:
    account, poor = idle_house.account(), idle_house.account(credits=0)
    environs = [
        asked(account, {"input": JOKE}),
        asked(account, {"input": JOKE | {"slug": "none"}}),
        asked(poor, {"input": JOKE}),
        asked(account, {"input": JOKE, "max_credits": 0}),
        asked(account, {"input": JOKE, "callback_url": "http://10.0.0.1/"}),
        asked(account, {"input": JOKE, "nothing": 1}),
        asked(account, {"input": JOKE, "callback_url": "http://127.0.0.1:9/hook"}),
        asked(account, {"input": JOKE}, HTTP_AUTHORIZATION="Bearer gen_unknown"),
    ]
    answers = entrance_of(idle_house).answer(environs)
    assert [answer is not None for answer in answers] == [True, *[False] * 5, True, False]
    assert stored(idle_house, account) == 2
    assert stored(idle_house, poor) == 0
    assert account.balance()["held"] == 2
    assert {shown(answer)["status"] for answer in answers if answer} == {"queued"}


def test_what_goes_on_is_counted_once_and_answered_by_the_route(idle_house: House) -> None:
    account = idle_house.account()
    first = account.submit(GENERATE, JOKE)
    refused = account.submit(GENERATE, JOKE | {"slug": "none"})
    last = account.submit(GENERATE, JOKE)
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in (first, refused, last)]
    assert (first.status_code, refused.status_code, last.status_code) == (202, 404, 202)
    assert left[0] - left[2] == 2


def test_a_key_twice_in_a_group_is_one_run(idle_house: House) -> None:
    account = idle_house.account()
    key = {"HTTP_IDEMPOTENCY_KEY": "order-1"}
    first, second = (asked(account, {"input": JOKE}, **key) for _ in range(2))
    answers = entrance_of(idle_house).answer([first, second])
    assert [answer is not None for answer in answers] == [True, False]
    assert ADMITTED in second
    again = account.submit(GENERATE, JOKE, headers={"Idempotency-Key": "order-1"})
    assert (again.status_code, again.get_json()["id"]) == (200, shown(answers[0])["id"])
    assert stored(idle_house, account) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"QUERY_STRING": "wait=5"},
        {"REQUEST_METHOD": "PUT"},
        {"HTTP_CONTENT_ENCODING": "gzip"},
        {"PATH_INFO": "/v1/actions/generor.generators.estimate"},
        {"PATH_INFO": f"/v1/actions/{GENERATE}/estimate"},
        {"CONTENT_LENGTH": str(64 * 1024 + 1)},
        {FAULT: Exception()},
    ],
    ids=lambda change: "-".join(change),
)
def test_what_the_route_alone_can_answer_is_not_taken(account: Account, change: dict[str, Any]) -> None:
    entrance = entrance_of(account.house)
    assert entrance.takes(asked(account, {"input": JOKE}))
    assert not entrance.takes(asked(account, {"input": JOKE}) | change)


def test_a_commit_whose_outcome_is_unknown_is_not_tried_again(
    idle_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = idle_house.account()
    account.key("generor")
    written = idle_house.context.database.write

    def lost(work: Any) -> Any:
        written(work)
        raise store.CommitUncertain("The connection to the database was lost while committing.")

    monkeypatch.setattr(idle_house.context.database, "write", lost)
    answer = account.submit(GENERATE, JOKE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "perhaps it is done" in answer.get_json()["detail"]
    assert stored(idle_house, account) == 1


def test_an_accepted_run_is_told_of_even_where_nobody_can_be_rung(
    idle_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(lane: str) -> None:
        raise RuntimeError(lane)

    account = idle_house.account()
    monkeypatch.setattr(idle_house.bell, "ring", broken)
    assert account.submit(GENERATE, JOKE).status_code == 202
    assert stored(idle_house, account) == 1


def test_an_answer_has_every_header_that_the_route_gives(idle_house: House) -> None:
    account = idle_house.account()
    told = {"X-Request-Id": "mine-7"}
    fast = account.submit(GENERATE, JOKE, headers=told)
    flask = account.submit(GENERATE, JOKE | {"count": 2}, headers=told | {"Content-Encoding": "identity"})
    assert (fast.status_code, flask.status_code) == (202, 202)
    assert {name for name, _ in fast.headers} == {name for name, _ in flask.headers}
    assert (fast.headers["X-Request-Id"], flask.headers["X-Request-Id"]) == ("mine-7", "mine-7")
    assert fast.content_type == flask.content_type
    assert set(fast.get_json()) == set(flask.get_json())


def test_the_fault_of_a_group_is_told_by_the_route_and_accepts_nothing(idle_house: House) -> None:
    account = idle_house.account()
    fault = {FAULT: RuntimeError("after some were accepted")}
    answer = account.post(f"/v1/actions/{GENERATE}", {"input": JOKE}, environ_overrides=fault)
    assert (answer.status_code, answer.get_json()["type"]) == (500, "/problems/internal")
    assert "after some" not in answer.get_data(as_text=True)
    assert stored(idle_house, account) == 0
