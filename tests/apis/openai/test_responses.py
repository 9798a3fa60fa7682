"""OpenAI's unmodified Python client over /openai/v1/responses."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import openai
import pytest
from jsonschema import Draft202012Validator
from openai import OpenAI
from pydantic import BaseModel

from service.accounts import authentication
from service.apis.openai.kept_responses import KeptResponses
from service.apis.request import Request
from service.config import ProviderSettings
from service.errors import ValidationError
from tests.apis.openai.conftest import open_client
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY
from tests.support.definitions import built_in
from tests.support.house import Account, House

CREATE = built_in().operations["openai.responses.create"]
ASKED: Any = {"model": "gpt-5-4", "input": "Tell me about harbours"}
WEATHER: Any = {
    "type": "function",
    "name": "weather",
    "description": "Tell the weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": True,
}


class Ship(BaseModel):
    name: str
    masts: int


def test_a_response_answers_and_is_one_run_that_is_paid_for(account: Account, client: OpenAI) -> None:
    made = client.responses.create(**ASKED, instructions="Be short.", metadata={"order": "7"}, store=True)
    assert (made.status, made.error, made.tools) == ("completed", None, [])
    assert (made.instructions, made.temperature, made.metadata) == ("Be short.", 1.0, {"order": "7"})
    assert "harbour" in made.output_text.lower()
    assert made.usage is not None
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens > 0
    run_id = made.id.replace("resp_", "run_")
    assert account.charges(run_id) == [2]
    run = account.get(f"/v1/runs/{run_id}").get_json()
    assert (run["action"], run["metadata"]) == ("openai.responses.create", {"order": "7"})
    Draft202012Validator(CREATE.output_schema).validate(run["output"])
    assert client.responses.retrieve(made.id).output_text == made.output_text


def test_a_response_says_what_the_chat_says(client: OpenAI) -> None:
    talk: Any = [{"role": "user", "content": "Tell me about harbours"}]
    chat = client.chat.completions.create(model="gpt-5-4", messages=talk, seed=3)
    made = client.responses.create(**ASKED, extra_body={"seed": 3})
    assert made.output_text == chat.choices[0].message.content


def test_a_response_is_streamed_in_openais_events(account: Account, client: OpenAI) -> None:
    with client.responses.stream(**ASKED) as stream:
        told = list(stream)
        whole = stream.get_final_response()
    assert [event.sequence_number for event in told if hasattr(event, "sequence_number")][:2] == [0, 1]
    kinds = [event.type for event in told]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-1] == "response.completed"
    said = "".join(event.delta for event in told if event.type == "response.output_text.delta")
    assert said == whole.output_text
    assert whole.usage is not None
    assert account.charges(whole.id.replace("resp_", "run_")) == [2]


def test_each_event_is_named_and_holds_to_its_schema(account: Account) -> None:
    answer = account.post("/openai/v1/responses", {**ASKED, "stream": True})
    blocks = [block for block in answer.get_data(as_text=True).split("\n\n") if block.startswith("event: ")]
    events = CREATE.stream.event_schema if CREATE.stream else {}
    for block in blocks:
        name, data = block.split("\n")
        told = json.loads(data.removeprefix("data: "))
        assert name == f"event: {told['type']}"
        Draft202012Validator(events).validate(told)
    assert len(blocks) > 8


def test_an_answer_by_a_schema_is_parsed(client: OpenAI) -> None:
    made = client.responses.parse(**ASKED, text_format=Ship)
    assert isinstance(made.output_parsed, Ship)
    told = client.responses.create(**ASKED, text={"format": {"type": "json_object"}})
    assert isinstance(json.loads(told.output_text), dict)


def test_pictures_and_text_files_are_read(client: OpenAI, picture: io.BytesIO) -> None:
    shown = f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"
    notes = f"data:text/plain;base64,{base64.b64encode(b'Harbours are safe.').decode()}"
    content: Any = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": shown, "detail": "auto"},
        {"type": "input_file", "filename": "notes.txt", "file_data": notes},
    ]
    made = client.responses.create(model="gpt-5-4", input=[{"role": "user", "content": content}])
    assert "#b43c28" in made.output_text.lower()
    again = client.responses.create(model="gpt-5-4", input="And the colours?", previous_response_id=made.id)
    assert "#b43c28" in again.output_text.lower()


def test_a_limit_of_tokens_makes_it_incomplete(client: OpenAI) -> None:
    made = client.responses.create(**ASKED, max_output_tokens=4)
    assert (made.status, made.incomplete_details and made.incomplete_details.reason) == (
        "incomplete",
        "max_output_tokens",
    )
    with client.responses.stream(**ASKED, max_output_tokens=4) as stream:
        assert [event.type for event in stream][-1] == "response.incomplete"


def test_the_same_key_gives_the_same_response_once_and_a_callback_is_taken(idle_house: House) -> None:
    account = idle_house.account()
    callback = {"callback_url": "http://127.0.0.1:9/hook"}
    body = {**ASKED, **callback}
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(account.post, "/openai/v1/responses", body, headers={"Idempotency-Key": "r-1"})
        idle_house.work()
        first = waiting.result(30)
    again = account.post("/openai/v1/responses", body, headers={"Idempotency-Key": "r-1"})
    assert first.get_json()["id"] == again.get_json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert account.balance()["total"] == 9_998
    run = account.get(f"/v1/runs/{first.get_json()['id'].replace('resp_', 'run_')}").get_json()
    assert run["callback"]["url"] == callback["callback_url"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "no-such-model"}, "model"),
        ({"previous_response_id": "resp_0196a2c47b1e7c559d2e3f6a8b1c4d5e"}, "previous_response_id"),
        ({"input": [{"type": "item_reference", "id": "msg_0196a2c47b1e7c559d2e3f6a8b1c4d5e"}]}, "input.0.id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"tools": [{"type": "web_search"}]}, "tools.0.name"),
        ({"tools": [{**WEATHER, "type": "mcp"}]}, "tools.0.type"),
        ({"tools": [{**WEATHER, "parameters": {"$ref": "file:///etc/passwd"}}]}, "tools.0.parameters.$ref"),
        ({"tools": [WEATHER], "tool_choice": "required"}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "name": "news"}}, "tool_choice.name"),
        (
            {
                "tools": [WEATHER],
                "tool_choice": {
                    "type": "allowed_tools",
                    "mode": "auto",
                    "tools": [{"type": "function", "name": "news"}],
                },
            },
            "tool_choice.tools.0.name",
        ),
        (
            {"text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "null"}}}},
            "text.format.schema",
        ),
        ({"input": [{"type": "function_call_output", "call_id": "call_1", "output": "Rain"}]}, "input.0.call_id"),
        ({"input": [{"type": "computer_call"}]}, "input.0.type"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "file_1"}]}]},
            "input.0.content.0.image_url",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "http://10.0.0.1/a.png"}]}]},
            "input.0.content.0.image_url",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file", "file_data": "JVBERi0x"}]}]},
            "input.0.content.0.file_data",
        ),
        ({"max_output_tokens": 0}, "max_output_tokens"),
    ],
)
def test_what_can_not_be_done_is_refused_at_its_member(account: Account, body: dict[str, Any], param: str) -> None:
    answer = account.post("/openai/v1/responses", {**ASKED, **body})
    error = answer.get_json()["error"]
    assert answer.status_code == (404 if param == "model" else 400), error
    assert error["param"].startswith(param)
    assert account.balance() == {"total": 10_000, "held": 0}


def test_a_response_of_another_account_or_not_stored_is_not_there(account: Account, client: OpenAI) -> None:
    made, unstored = client.responses.create(**ASKED), client.responses.create(**ASKED, store=False)
    other = open_client(account.house.account())
    for reader, one in ((other, made), (client, unstored)):
        with pytest.raises(openai.NotFoundError):
            reader.responses.retrieve(one.id)
        with pytest.raises(openai.BadRequestError):
            reader.responses.create(**ASKED, previous_response_id=one.id)
    chat = client.chat.completions.create(model="gpt-5-4", messages=[{"role": "user", "content": "Hello"}])
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(chat.id.replace("chatcmpl-", "resp_"))


def test_a_conversation_is_no_larger_than_a_request_may_be(account: Account, client: OpenAI) -> None:
    first = client.responses.create(model="gpt-5-4", input="a" * 30_000)
    second = client.responses.create(model="gpt-5-4", input="b" * 30_000, previous_response_id=first.id)
    context = account.house.context
    with context.database.read() as db:
        caller = authentication.authenticate(db, context.vault, account.key("generor"))
        asked = Request(replace(CREATE, max_body_bytes=64_000), {}, caller, db, context)
        assert len(KeptResponses(asked).conversation(first.id)) == 2
        with pytest.raises(ValidationError, match="over 64000 bytes") as refusal:
            KeptResponses(asked).conversation(second.id)
    assert refusal.value.errors[0].pointer == "/previous_response_id"


def test_an_unfinished_response_is_told_as_it_stands(idle_house: House) -> None:
    account = idle_house.account()
    client = open_client(account)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(account.post, "/openai/v1/responses", ASKED)
        run = idle_house.until(lambda: next(iter(account.get("/v1/runs").get_json()["data"]), None))
        open_one = client.responses.retrieve(run["id"].replace("run_", "resp_"))
        assert (open_one.status, open_one.output, open_one.model) == ("queued", [], "gpt-5-4")
        account.post(f"/v1/runs/{run['id']}/cancel")
        assert waiting.result(30).status_code == 409
    assert client.responses.retrieve(open_one.id).status == "cancelled"


@pytest.fixture
def fake(houses: Callable[..., House]) -> Iterator[tuple[FakeOpenAI, OpenAI]]:
    """A client of a Genhook that has OpenAI's fake behind it, and the fake."""
    fake = FakeOpenAI()
    fake.makes = "text"
    house = houses(providers={fake.name: ProviderSettings(KEY, fake.base_url)})
    house.work()
    yield fake, open_client(house.account())
    fake.close()


def test_tools_are_called_and_their_results_answered(fake: tuple[FakeOpenAI, OpenAI]) -> None:
    provider, client = fake
    question: Any = {"role": "user", "content": "How is the weather in Oslo?"}
    called = client.responses.create(
        model="gpt-5-4", input=[question], tools=[WEATHER], tool_choice={"type": "function", "name": "weather"}
    )
    function = {name: value for name, value in WEATHER.items() if name != "type"}
    sent = provider.requests[-1].json
    assert sent["tools"] == [{"type": "function", "function": function}]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
    (call,) = called.output
    assert call.type == "function_call"
    assert (call.name, json.loads(call.arguments), call.status) == ("weather", {"city": "Oslo"}, "completed")
    assert called.usage is not None
    assert called.usage.input_tokens == 19
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "Rain, 7 degrees."}
    whole: Any = [question, call.model_dump(exclude_none=True), result]
    ways: Any = (
        {"input": whole},
        {"input": [question, {"type": "item_reference", "id": call.id}, result]},
        {"input": [result], "previous_response_id": called.id},
    )
    for way in ways:
        after = client.responses.create(model="gpt-5-4", tools=[WEATHER], **way)
        assert after.output_text == "Written."
        history = provider.requests[-1].json["messages"]
        assert [message["role"] for message in history] == ["user", "assistant", "tool"]
        assert history[1]["tool_calls"][0]["id"] == history[2]["tool_call_id"] == call.call_id


def test_calls_are_streamed_as_openai_streams_them(fake: tuple[FakeOpenAI, OpenAI]) -> None:
    with fake[1].responses.stream(model="gpt-5-4", input="How is the weather?", tools=[WEATHER]) as stream:
        kinds = [event.type for event in stream]
        (call,) = stream.get_final_response().output
    assert "response.function_call_arguments.delta" in kinds
    assert (call.type, call.type == "function_call" and json.loads(call.arguments)) == (
        "function_call",
        {"city": "Oslo"},
    )


def test_refusals_and_failures_are_told_as_openai_tells_them(fake: tuple[FakeOpenAI, OpenAI]) -> None:
    provider, client = fake
    provider.trouble("refused")
    (message,) = client.responses.create(**ASKED).output
    assert message.type == "message"
    assert [part.type for part in message.content] == ["refusal"]
    provider.trouble("hidden")
    with pytest.raises(openai.APIError, match="openai failed"):
        list(client.responses.create(**ASKED, stream=True))
