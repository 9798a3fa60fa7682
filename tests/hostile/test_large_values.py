"""What is large costs its own account: inputs are bounded and left out of lists, outputs bounded, uploads counted."""

import gzip
import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from tests.hostile.conftest import Attack
from tests.hostile.connections import many
from tests.hostile.test_fuzz import largest
from tests.hostile.test_schemas import ask
from tests.support.installation import Client, Installation, pids_below

CHAT = "/v1/actions/flixly.chat.complete"
MEGABYTE = 1_000_000
LARGEST_LIST = 200_000
PAGE = b"\x89PNG\r\n\x1a\n" + bytes(30 * MEGABYTE)


def chat(number: int) -> dict[str, Any]:
    """A chat of 7 MB."""
    said = [{"role": "user", "content": f"{number} " + "long story " * 15_000} for _ in range(42)]
    return {"model": "gemini-3-5-flash", "messages": said, "max_tokens": 10}


def test_lists_of_large_runs_keep_nobody_waiting(attack: Attack, attacker: Client, installation: Installation) -> None:
    before = stored(installation, attacker)
    with attack("ten chats of 7 MB, listed 40 times"), ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda n: attacker.call("POST", CHAT, json={"input": chat(n)}), range(10)))
        lists = list(pool.map(lambda _: attacker.call("GET", "/v1/runs?limit=100"), range(40)))
    assert {answer.status_code for answer in sent} == {202}
    assert {answer.status_code for answer in lists} == {200}
    assert max(len(answer.content) for answer in lists) < LARGEST_LIST
    # Each body is stored once.
    assert stored(installation, attacker) - before < 10 * 8 * MEGABYTE
    for run in sent:
        attacker.ended(run.json()["id"])


def stored(installation: Installation, client: Client) -> int:
    """Bytes that the database keeps of an account's runs."""
    query = """
        SELECT coalesce(sum(length(input) + coalesce(length("order"), 0) + coalesce(length(output), 0)), 0) AS size
        FROM run_bodies JOIN runs ON runs.id = run_bodies.run_id WHERE runs.account_id = :id"""
    (row,) = installation.rows(query, id=client.id)
    return int(row.size)


def test_schemas_that_ask_for_huge_answers_keep_nobody_waiting(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    words = {"type": "string", "minLength": 4000}
    wide = {f"p{n}": {"type": "array", "minItems": 10_000, "items": words} for n in range(100)}
    deep: dict[str, Any] = words
    for _ in range(9):
        deep = {"type": "array", "minItems": 10, "items": deep}
    schemas = {
        "100 KB": {"type": "object", "properties": {f"p{n}": {"enum": ["x" * 900]} for n in range(110)}},
        "wide": {"type": "object", "required": list(wide), "properties": wide},
        "deep": {"type": "object", "required": ["a"], "properties": {"a": deep}},
        "one text": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 10**9}}},
    }
    with attack("schemas that ask for 300 MB of answer"):
        answers = {name: ask(attacker, schema) for name, schema in schemas.items() for _ in range(3)}
    refused = {name: answer.json() for name, answer in answers.items()}
    assert all(told["status"] in (422, "failed") for told in refused.values()), str(refused)[:2000]
    assert all(told.get("credits_charged", 0) == 0 for told in refused.values())
    assert stored(installation, attacker) < MEGABYTE


def test_uploads_over_the_storage_limit_are_refused_and_keep_nobody_waiting(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    installation.cli("accounts", "set", attacker.name, "--storage-limit", "1000")

    def upload(_: int) -> int:
        return attacker.call("POST", "/v1/files", files={"file": ("page.png", io.BytesIO(PAGE))}).status_code

    with attack("uploads of 30 MB where 1,000 bytes are left"), ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(upload, range(8)))
    assert set(statuses) == {402}
    assert attacker.call("GET", "/v1/account").json()["storage_used"] == 0


def test_floods_of_large_bodies_and_slow_readers_of_large_runs_fill_no_memory(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    # 58 KB on the wire, 30 MB to be read.
    said = [{"role": "user", "content": f"{number} " + "long story " * 17_000} for number in range(160)]
    body = gzip.compress(orjson.dumps({"input": {"model": "gemini-3-5-flash", "messages": said}}))
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    def send(_: int) -> Any:
        return attacker.call("POST", CHAT, data=body, headers=headers)

    with attack("bodies of 30 MB, 8 at once, and 40 slow readers of one"), ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(send, range(8)))
        run = next(answer.json() for answer in sent if answer.status_code == 202)
        wanted = f"GET /v1/runs/{run['id']} HTTP/1.1\r\nHost: genhook.test\r\n"
        asked = f"{wanted}Authorization: Bearer {attacker.keys['generor']}\r\n\r\n".encode()
        with many(installation.port, 40, addresses=4, sent=asked, receive_buffer=4096):
            time.sleep(6)
            served = [pid for parent in installation.pids("web") for pid in pids_below(parent)]
            held = [largest(pid) for pid in served]
    assert {answer.status_code for answer in sent} <= {202, 503}
    print(f"web processes held {held} bytes at most")
    assert max(held) < 1000 * MEGABYTE, held
