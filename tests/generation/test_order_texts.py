"""What a caller sent is stored once: an order's long texts stand in the run's input alone."""

from typing import Any

from sqlalchemy import select

from service.accounts import keyring
from service.runs.claim import claim, whole_order
from service.store.tables import run_bodies
from tests.fakes.provider import KEY
from tests.support.house import Account, House
from tests.support.orders import reword_order

CHAT = "flixly.chat.complete"
LONG = "A long story, told slowly. " * 4_000
ARGUMENTS = '{"words": "%s"}' % ("deep " * 9_000)
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": ARGUMENTS}}
MESSAGES = [
    {"role": "system", "content": f"Instructions: {LONG}"},
    {"role": "user", "content": f"First {LONG}"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": f"Found {LONG}"},
    {"role": "user", "content": "And then?"},
]


def sizes(house: House, run_id: str) -> tuple[int, int]:
    """The sizes of the stored input and order."""
    query = select(run_bodies.c.input, run_bodies.c.order).where(run_bodies.c.run_id == run_id)
    with house.context.database.read() as db:
        row = db.execute(query).one()
    return len(row.input), len(row.order)


def claimed(house: House, lane: str = "quick") -> Any:
    (one,) = claim(house.context, "worker", lane, 1)
    assert one.without_texts is not None
    return whole_order(house.context.database, one)


def submitted(account: Account, **members: Any) -> str:
    answer = account.submit(CHAT, {"model": "gpt-5-4", "messages": MESSAGES}, **members)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    return str(answer.get_json()["id"])


def test_a_chat_of_megabytes_is_stored_once_and_worked_on_whole(idle_house: House) -> None:
    account = idle_house.account()
    given, order = sizes(idle_house, submitted(account))
    assert order < given / 20
    params = claimed(idle_house).task.params
    assert params["instructions"] == MESSAGES[0]["content"]
    assert [turn["content"] for turn in params["messages"]] == [MESSAGES[1]["content"], "", MESSAGES[3]["content"]]
    assert params["messages"][1]["tool_calls"] == [CALL]


def test_a_hosted_chat_is_stored_once_and_sent_whole(idle_house: House) -> None:
    account = idle_house.account()
    context, url = idle_house.context, "http://127.0.0.1:9"
    context.database.write(lambda db: keyring.set_connection(db, context.vault, account.id, "flixly", KEY, url))
    given, order = sizes(idle_house, submitted(account, connection="flixly"))
    assert order < given / 20
    assert claimed(idle_house, "blocking").facts["input"]["messages"] == MESSAGES


def test_a_chat_with_short_texts_is_stored_as_every_release_reads_it(idle_house: House) -> None:
    account, seen = idle_house.account(), list[dict[str, Any]]()
    run = account.submit(CHAT, {"model": "gpt-5-4", "messages": [{"role": "user", "content": "Hello"}]}).get_json()
    reword_order(idle_house, run["id"], lambda order: seen.append(order) or order)  # type: ignore[func-returns-value]
    assert (seen[0]["version"], "texts" in seen[0]) == (1, False)
