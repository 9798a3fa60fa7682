"""Chat completions as server-sent events, also through OpenAI's own client."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.store.tables import runs
from service.web import stream
from tests.apis.flixly.conftest import refused
from tests.support.definitions import built_in
from tests.support.house import Account, House
from tests.support.serving import serving

PATH = "/api/v1/chat/completions"
DEFINITION = built_in().action("flixly.chat.complete")
MESSAGES = [{"role": "user", "content": "Tell me about harbours"}]
ASKED = {"model": "gpt-5-4", "messages": MESSAGES, "stream": True, "seed": 3}


def events(answer: TestResponse) -> list[str]:
    """The data of each event; comments are left out."""
    assert answer.content_type == "text/event-stream"
    blocks = answer.get_data(as_text=True).split("\n\n")
    return [block.removeprefix("data: ") for block in blocks if block.startswith("data: ")]


def chunks(answer: TestResponse) -> list[dict[str, Any]]:
    """The chunks, each held against the definition's schema; the stream ends as the definition says."""
    *data, end = events(answer)
    assert end == "[DONE]"
    read = [json.loads(one) for one in data]
    for chunk in read:
        Draft202012Validator(DEFINITION.stream.event_schema).validate(chunk)
    return read


def text_of(read: list[dict[str, Any]], index: int = 0) -> str:
    parts = [choice for chunk in read for choice in chunk["choices"] if choice["index"] == index]
    return "".join(part["delta"].get("content", "") for part in parts)


@pytest.fixture
def served(house: House) -> Iterator[Callable[[Account], Any]]:
    """OpenAI's own client, with this service as its base URL."""
    with serving(house.app) as url:
        base = f"{url}/api/v1"
        yield lambda account: openai.OpenAI(base_url=base, api_key=account.key("flixly"), max_retries=0, timeout=30)


def test_a_stream_says_what_the_whole_answer_says(account: Account) -> None:
    whole = account.post(PATH, ASKED | {"stream": False}, api="flixly").get_json()
    answer = account.post(PATH, ASKED, api="flixly")
    read = chunks(answer)
    assert text_of(read) == whole["choices"][0]["message"]["content"]
    assert len(read) > 10
    assert read[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert {chunk["id"] for chunk in read} == {read[0]["id"]}
    assert [chunk["choices"][0]["finish_reason"] for chunk in read] == [None] * (len(read) - 1) + ["stop"]
    assert {"credits_used": 2, "provider_used": "local", "sandbox": True}.items() <= read[-1].items()
    assert all("usage" not in chunk for chunk in read)


def test_a_stream_carries_the_limit_headers_and_is_not_kept(account: Account) -> None:
    headers = account.post(PATH, ASKED, api="flixly").headers
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(headers.keys())
    assert (headers["Cache-Control"], headers["X-Accel-Buffering"]) == ("no-cache", "no")


def test_the_usage_comes_last_where_it_is_asked_for(account: Account) -> None:
    *others, last = chunks(account.post(PATH, ASKED | {"stream_options": {"include_usage": True}}, api="flixly"))
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > last["usage"]["prompt_tokens"] > 0
    assert all(chunk["usage"] is None for chunk in others)


def test_each_of_n_answers_is_streamed_to_its_own_end(account: Account) -> None:
    read = chunks(account.post(PATH, ASKED | {"n": 2}, api="flixly"))
    ends = [choice["index"] for chunk in read for choice in chunk["choices"] if choice["finish_reason"]]
    assert ends == [0, 1]
    assert text_of(read, 0) != text_of(read, 1)
    assert read[-1]["credits_used"] == 4


def test_a_streamed_answer_is_charged_once_and_is_a_task(account: Account) -> None:
    (first, *_) = chunks(account.post(PATH, ASKED, api="flixly"))
    run_id = first["id"].replace("chatcmpl-", "run_")
    assert account.charges(run_id) == [2]
    assert account.get(f"/api/v1/generate/{first['id']}", api="flixly").get_json()["status"] == "completed"


def test_an_idempotency_key_streams_the_same_answer_again(account: Account) -> None:
    key = {"Idempotency-Key": "s"}
    first, again = (account.post(PATH, ASKED, api="flixly", headers=key) for _ in range(2))
    assert events(first) == events(again)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert account.balance()["total"] == 10_000 - 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({"model": "never"}, 422, "validation_error"), ({"n": 10}, 402, "insufficient_credits")],
)
def test_what_is_wrong_before_the_start_is_no_stream(house: House, body: Any, status: int, code: str) -> None:
    refused(house.account(credits=5).post(PATH, ASKED | body, api="flixly"), status, code, "")


def test_comments_keep_the_client_there_and_a_late_failure_is_an_event(
    idle: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.05)
    answer = idle.call("POST", PATH, "flixly", json=ASKED, buffered=False)
    assert answer.status_code == 200
    arriving = answer.iter_encoded()
    assert [next(arriving) for _ in range(3)] == [stream.HEARTBEAT] * 3
    idle.post(f"/v1/runs/{only_run(idle)}/cancel")
    told = [part for part in arriving if part != stream.HEARTBEAT]
    assert len(told) == 1
    error = json.loads(told[0].removeprefix(b"data: "))["error"]
    assert (error["code"], error["status"]) == ("canceled", 409)
    assert idle.balance() == {"total": 10_000, "held": 0}


def test_a_stream_waits_in_a_place_and_gives_it_back(houses: Callable[..., House]) -> None:
    account = houses(web_threads=25).account()
    first = account.call("POST", PATH, "flixly", json=ASKED, buffered=False)
    busy = account.post(PATH, ASKED, api="flixly")
    refused(busy, 503, "busy", "waiting")
    assert int(busy.headers["Retry-After"]) >= 1
    first.close()
    account.house.work()
    assert chunks(account.post(PATH, ASKED, api="flixly"))


def test_a_run_on_v1_is_whole_whatever_stream_says(account: Account) -> None:
    run = account.submit("flixly.chat.complete", ASKED, wait=20).get_json()
    assert run["output"]["object"] == "chat.completion"


def test_openais_client_gets_an_answer(account: Account, served: Callable[[Account], Any]) -> None:
    answer = served(account).chat.completions.create(model="gpt-5-4", messages=MESSAGES, max_tokens=20)
    assert "harbour" in str(answer.choices[0].message.content).lower()
    assert answer.usage is not None
    assert answer.usage.completion_tokens <= 20


def test_openais_client_reads_a_stream(account: Account, served: Callable[[Account], Any]) -> None:
    reading = served(account).chat.completions.create(model="gpt-5-4", messages=MESSAGES, stream=True)
    parts = [chunk.choices[0].delta.content or "" for chunk in reading]
    assert len(parts) > 10
    assert "harbour" in "".join(parts).lower()


def test_openais_client_knows_each_error(house: House, served: Callable[[Account], Any]) -> None:
    account = house.account(credits=1)
    for kind, options in (
        (openai.UnprocessableEntityError, {"model": "never"}),
        (openai.APIStatusError, {"model": "gpt-5-4"}),
    ):
        for streaming in (False, True):
            with pytest.raises(kind) as refusal:
                served(account).chat.completions.create(messages=MESSAGES, stream=streaming, **options)
            assert refusal.value.code in ("validation_error", "insufficient_credits")
    with pytest.raises(openai.AuthenticationError):
        served(account).with_options(api_key="flx_live_no").chat.completions.create(model="x", messages=MESSAGES)


def test_openais_client_is_told_of_a_failure_in_a_stream(account: Account, served: Callable[[Account], Any]) -> None:
    broken = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAAAAAAA="
    parts = [{"type": "image_url", "image_url": {"url": broken}}, {"type": "text", "text": "What is this?"}]
    reading = served(account).chat.completions.create(
        model="gpt-5-4",
        messages=[{"role": "user", "content": parts}],
        stream=True,
    )
    with pytest.raises(openai.APIError) as failure:
        list(reading)
    assert failure.value.code == "validation_error"
    assert account.balance() == {"total": 10_000, "held": 0}


def only_run(account: Account) -> str:
    with account.house.context.database.read() as db:
        return str(db.execute(select(runs.c.id).where(runs.c.account_id == account.id)).scalar_one())
