"""What OpenAI's clients, LangChain and agents send a chat beyond a question, and what they are answered."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.config import ProviderSettings
from tests.apis.flixly.conftest import Call, refused
from tests.fakes.google import FakeGoogle
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY, FakeProvider
from tests.support.house import Account, House

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
HISTORY = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What is the weather in Oslo?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None},
    {"role": "tool", "tool_call_id": "call_1", "content": "Rain, 7 degrees."},
]
QUESTION = {"role": "user", "content": "Tell me about harbours"}


@pytest.fixture
def chat(account: Account) -> Call:
    return chatting(account)


def chatting(account: Account, model: str = "gpt-5-4") -> Call:
    def call(**body: Any) -> Any:
        asked = {"model": model, "messages": [QUESTION]} | body
        return account.post("/api/v1/chat/completions", asked, api="flixly")

    return call


def parts(*content: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, *content]}]}


def text_file(name: str, text: str) -> dict[str, Any]:
    data = base64.b64encode(text.encode()).decode()
    return {"type": "file", "file": {"filename": name, "file_data": f"data:text/plain;base64,{data}"}}


@pytest.mark.parametrize(
    "body",
    [
        {"messages": HISTORY},
        {"messages": [{k: v for k, v in message.items() if v is not None} for message in HISTORY]},
        {"messages": [{"role": "system", "content": "Write about the sea."}]},
        {"messages": [{"role": "developer", "content": "Write about the sea."}]},
        {"messages": [{"role": "assistant", "content": "The sea is"}]},
        {"messages": [{"role": "assistant", "content": [{"type": "refusal", "refusal": "I can't."}]}, QUESTION]},
        {"messages": [{"role": "assistant", "content": None, "refusal": "I can't."}, QUESTION]},
        parts(text_file("notes.txt", "Harbours are safe.")),
        {"stop": []},
        {"stop": None, "tools": None, "tool_choice": None, "response_format": None},
        {"tools": [WEATHER]},
        {"tools": [WEATHER], "tool_choice": "auto", "parallel_tool_calls": False},
        {"tools": [WEATHER], "tool_choice": "none"},
    ],
)
def test_what_clients_send_is_answered(chat: Call, body: dict[str, Any]) -> None:
    answer = chat(**body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    (choice,) = answer.get_json()["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["content"]


def test_a_picture_may_be_a_plain_text_of_its_address_with_any_detail(chat: Call, inline_picture: str) -> None:
    detailed = {"type": "image_url", "image_url": {"url": inline_picture, "detail": "original"}}
    filed = {"type": "file", "file": {"filename": "a.png", "file_data": inline_picture}}
    for shown in ({"type": "image_url", "image_url": inline_picture}, detailed, filed):
        answer = chat(**parts(shown))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        assert "#b43c28" in answer.get_json()["choices"][0]["message"]["content"].lower()


def test_json_of_any_object_is_answered_in_json(chat: Call) -> None:
    answer = chat(response_format={"type": "json_object"}).get_json()
    assert isinstance(json.loads(answer["choices"][0]["message"]["content"]), dict)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"tools": [WEATHER], "tool_choice": "required"}, "calls no tools"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "weather"}}}, "calls no tools"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "news"}}}, "no tool news"),
        ({"tool_choice": "required"}, "needs tools"),
        ({"tools": [WEATHER], "tool_choice": "always"}, "must be one of none, auto, required"),
        ({"tools": [{"type": "function"}]}, "function is required"),
        (
            {"tools": [{"type": "function", "function": {"name": "a", "parameters": {"$ref": "file:///etc/passwd"}}}]},
            "must lead to a part of this schema",
        ),
        ({"messages": [QUESTION, HISTORY[3]]}, "answers no tool call"),
        ({"messages": [QUESTION, {"role": "tool", "content": "Rain"}]}, "tool_call_id is required"),
        (parts({"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0x"}}), "a text or a picture"),
        (parts({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}), "type must be one of"),
    ],
)
def test_what_can_not_be_done_is_refused_before_charging(
    account: Account, chat: Call, body: dict[str, Any], words: str
) -> None:
    refused(chat(**body), 422, "validation_error", words)
    assert account.balance() == {"total": 10_000, "held": 0}


Paying = Callable[[type[FakeProvider]], tuple[FakeProvider, Call]]
MODELS = {FakeOpenAI: "gpt-5-4", FakeGoogle: "gemini-3-5-flash"}


@pytest.fixture
def paying(houses: Callable[..., House]) -> Iterator[Paying]:
    """A chat at a provider's fake."""
    opened: list[FakeProvider] = []

    def open_one(kind: type[FakeProvider]) -> tuple[FakeProvider, Call]:
        fake = kind()
        fake.makes = "text"
        opened.append(fake)
        house = houses(providers={fake.name: ProviderSettings(KEY, fake.base_url)})
        house.work()
        return fake, chatting(house.account(), MODELS[kind])

    yield open_one
    for one in opened:
        one.close()


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "weather"}}])
def test_a_real_provider_gets_the_tools_and_its_calls_come_back(paying: Paying, choice: Any) -> None:
    fake, chat = paying(FakeOpenAI)
    answer = chat(tools=[WEATHER], tool_choice=choice).get_json()
    sent = fake.requests[-1].json
    assert (sent["tools"], sent["tool_choice"]) == ([WEATHER], choice)
    (told,) = answer["choices"]
    assert told["finish_reason"] == "tool_calls"
    assert told["message"] == {"role": "assistant", "content": None, "refusal": None, "tool_calls": [CALL]}
    assert answer["usage"] == {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29}


def test_a_history_with_tools_goes_out_as_it_came(paying: Paying) -> None:
    fake, chat = paying(FakeOpenAI)
    answer = chat(messages=HISTORY, tools=[WEATHER]).get_json()
    assert answer["choices"][0]["message"]["content"] == "Written."
    assert fake.requests[-1].json["messages"] == [
        HISTORY[0],
        HISTORY[1],
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        HISTORY[3],
    ]


def test_why_an_answer_ended_and_what_it_took_are_the_providers_own_words(paying: Paying) -> None:
    fake, chat = paying(FakeOpenAI)
    fake.trouble("cut")
    answer = chat().get_json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"] == {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29}


def test_a_refusal_is_told_as_openai_tells_it(paying: Paying) -> None:
    fake, chat = paying(FakeOpenAI)
    fake.trouble("refused")
    message = chat().get_json()["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "I'm sorry, I can't help with that.")


def test_a_schema_goes_to_openai_as_the_caller_wrote_it(paying: Paying) -> None:
    fake, chat = paying(FakeOpenAI)
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
        "additionalProperties": False,
    }
    shape = {"type": "json_schema", "json_schema": {"name": "ship", "schema": schema, "strict": True}}
    answer = chat(response_format=shape, n=2).get_json()
    assert fake.requests[-1].json["response_format"] == shape
    assert [json.loads(choice["message"]["content"]) for choice in answer["choices"]] == [{"name": "Written."}] * 2


def test_tool_calls_are_streamed_as_openai_streams_them(paying: Paying) -> None:
    _, chat = paying(FakeOpenAI)
    body = chat(tools=[WEATHER], stream=True, stream_options={"include_usage": True}).get_data(as_text=True)
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]
    deltas = [event["choices"][0]["delta"] for event in events if event["choices"]]
    made = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert made[0]["id"] == "call_1"
    assert "".join(one["function"]["arguments"] for one in made) == '{"city": "Oslo"}'
    assert [event["choices"][0]["finish_reason"] for event in events if event["choices"]][-1] == "tool_calls"
    assert events[-1]["usage"]["total_tokens"] == 29
    assert body.rstrip().endswith("data: [DONE]")


FUNCTIONS = {"functions": [WEATHER["function"]]}


@pytest.mark.parametrize("call", [None, "auto", {"name": "weather"}])
def test_functions_are_the_older_name_of_tools(paying: Paying, call: Any) -> None:
    fake, chat = paying(FakeOpenAI)
    asked = FUNCTIONS if call is None else {**FUNCTIONS, "function_call": call}
    (told,) = chat(**asked).get_json()["choices"]
    sent = fake.requests[-1].json
    named = {"type": "function", "function": {"name": "weather"}}
    assert sent["tools"] == [WEATHER]
    assert sent.get("tool_choice") == (named if isinstance(call, dict) else call)
    assert told["finish_reason"] == "function_call"
    assert told["message"]["function_call"] == CALL["function"]
    assert "tool_calls" not in told["message"]


def test_a_function_call_is_streamed_and_its_result_goes_back(paying: Paying) -> None:
    fake, chat = paying(FakeOpenAI)
    body = chat(**FUNCTIONS, stream=True).get_data(as_text=True)
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]
    deltas = [one["choices"][0]["delta"].get("function_call") for one in events]
    assert "".join(one["arguments"] for one in deltas if one) == CALL["function"]["arguments"]
    said = [
        QUESTION,
        {"role": "assistant", "content": None, "function_call": CALL["function"]},
        {"role": "function", "name": "weather", "content": "Rain"},
    ]
    chat(messages=said, **FUNCTIONS)
    *_, called, result = fake.requests[-1].json["messages"]
    assert called["tool_calls"][0]["function"] == CALL["function"]
    assert result == {"role": "tool", "tool_call_id": called["tool_calls"][0]["id"], "content": "Rain"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**FUNCTIONS, "function_call": {"name": "weather"}}, "calls no tools"),
        ({"function_call": {"name": "weather"}}, "needs functions"),
        ({**FUNCTIONS, "function_call": "required"}, "must be one of none, auto"),
        (
            {"messages": [QUESTION, {"role": "function", "name": "weather", "content": "Rain"}]},
            "answers no function_call",
        ),
        ({"messages": [QUESTION, {"role": "function", "content": "Rain"}]}, "name is required"),
    ],
)
def test_functions_that_can_not_be_called_are_refused_before_charging(
    account: Account, chat: Call, body: dict[str, Any], words: str
) -> None:
    refused(chat(**body), 422, "validation_error", words)
    assert account.balance() == {"total": 10_000, "held": 0}


def test_a_choice_of_allowed_tools_is_those_tools(paying: Paying) -> None:
    fake, chat = paying(FakeOpenAI)
    news = {"type": "function", "function": {"name": "news"}}
    choice = {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "weather"}}]},
    }
    assert chat(tools=[news, WEATHER], tool_choice=choice).status_code == 200
    sent = fake.requests[-1].json
    assert (sent["tools"], sent["tool_choice"]) == ([WEATHER], "required")


def test_google_is_told_of_tools_in_its_own_words(paying: Paying) -> None:
    fake, chat = paying(FakeGoogle)
    answer = chat(messages=HISTORY, tools=[WEATHER], tool_choice="required")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    sent = fake.requests[-1].json
    assert sent["tools"][0]["functionDeclarations"][0]["name"] == "weather"
    assert sent["toolConfig"]["functionCallingConfig"] == {"mode": "ANY"}
    said = [part for turn in sent["contents"] for part in turn["parts"]]
    assert said[1] == {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}
    assert said[2] == {"functionResponse": {"name": "weather", "response": {"result": "Rain, 7 degrees."}}}
