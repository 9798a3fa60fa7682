"""Servers that speak OpenAI's API: the suite, and each software's habits."""

import base64
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any, ClassVar

import orjson
import pytest

from service.errors import OutcomeUnknown, ProviderError, RefusedByProvider
from service.generation.order import asked
from service.net.guard import Guard
from service.providers import servers
from service.providers.base import Access, Artifact, Loading, Made, NotNow, Provider, Reference, Task
from tests.fakes.openai_server import (
    FakeLiteLLM,
    FakeLlamaCpp,
    FakeLlamaCppPython,
    FakeLocalAI,
    FakeOllama,
    FakeOpenRouter,
    FakeServer,
    FakeVllm,
)
from tests.fakes.provider import KEY, FakeProvider, Reply, media_bytes
from tests.providers.conformance import Conformance
from tests.support import engines

SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
SIZE = {"size": "size", "aspect_ratio": None}
TEXT = Task("text", "small", "Say it.", params={"chat": {}, "max_tokens": 9, "temperature": 0.5, "top_p": 0.9})
PICTURE = Task("image", "painter", "a fox", params={"width": 512, "height": 256}, inputs=SIZE)


def opened(fake: FakeProvider, software: str = "", key: str = KEY) -> Provider:
    access = Access(key, fake.base_url, software=software)
    return servers.open("openai", fake.name, access, Guard(()), engines.shared())


def only(provider: Provider, task: Task, folder: Path) -> Artifact:
    made = provider.submit(task, folder)
    assert isinstance(made, Made)
    return made.artifacts[0]


class Suite(Conformance):
    tasks: ClassVar[dict[str, Task]] = {
        "image": PICTURE,
        "text": Task("text", "small", "cats", params={"schema": SCHEMA}),
        "vision": Task("vision", "small", "What is it?", references=(Reference("image", "https://example.com/a.png"),)),
        "speech": Task("speech", "reader", "Hello there.", params={"voice": "nova"}),
    }

    def opened(self, fake: FakeProvider, key: str = KEY) -> Provider:
        return opened(fake, key=key)

    def declared(self) -> frozenset[str]:
        return servers.get("openai").media


class TestAnyServer(Suite):
    fake_class = FakeServer


class TestLocalAI(Suite):
    fake_class = FakeLocalAI


class TestLiteLLM(Suite):
    fake_class = FakeLiteLLM


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Any:
    made = getattr(request, "param", FakeServer)()
    yield made
    made.close()


on = pytest.mark.parametrize


@on("fake", [FakeServer, FakeLlamaCpp, FakeLiteLLM], indirect=True)
def test_a_limit_is_sent_under_the_name_that_every_server_heeds(fake: FakeServer, tmp_path: Path) -> None:
    only(opened(fake), TEXT, tmp_path)
    (sent,) = fake.posts()
    assert sent.keys() == {"model", "messages", "max_tokens", "temperature", "top_p"}
    assert sent["max_tokens"] == 9


@on("fake", [FakeServer, FakeVllm, FakeLiteLLM], indirect=True)
@on("member", ["temperature", "top_p", "max_tokens"])
def test_the_member_that_a_400_names_is_left_out_and_nothing_else(
    fake: FakeServer, member: str, tmp_path: Path
) -> None:
    fake.refuses = frozenset({member})
    only(opened(fake), TEXT, tmp_path)
    first, second = fake.posts()
    assert first.keys() - second.keys() == {member}
    assert second == {name: value for name, value in first.items() if name != member}


def test_a_newer_name_of_the_limit_is_used_where_the_server_asks_for_it(fake: FakeServer, tmp_path: Path) -> None:
    fake.refuses = frozenset({"max_tokens"})
    told = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    refusal = fake.refuse("max_tokens")
    fake.refuse = lambda _: replace(refusal, data={"error": {"message": told, "code": "unsupported_parameter"}})
    only(opened(fake), TEXT, tmp_path)
    assert fake.posts()[1]["max_completion_tokens"] == 9


@on("said", ["Input is not acceptable.", "'messages' is malformed", "the model small is gone", "bad 'tools'"])
def test_a_400_that_names_no_such_member_is_a_refusal_sent_once(fake: FakeServer, said: str, tmp_path: Path) -> None:
    fake.refuses = frozenset({"messages"})
    refusal = fake.refuse("x")
    fake.refuse = lambda _: replace(refusal, data={"error": {"message": said, "param": "messages"}})
    with pytest.raises(RefusedByProvider):
        opened(fake).submit(TEXT, tmp_path)
    assert len(fake.posts()) == 1


@on("fake", [FakeServer, FakeLlamaCpp, FakeOllama, FakeLocalAI], indirect=True)
def test_a_server_that_is_loading_is_asked_again(fake: FakeServer, tmp_path: Path) -> None:
    provider = opened(fake)
    task = replace(TEXT, model=fake.models[0]["id"])
    only(provider, task, tmp_path)
    fake.loading = 1
    with pytest.raises(Loading):
        provider.submit(task, tmp_path)
    only(provider, task, tmp_path)


def test_another_503_may_stand_behind_the_work_and_is_never_sent_again(fake: FakeServer, tmp_path: Path) -> None:
    fake.trouble("away")
    with pytest.raises(OutcomeUnknown):
        opened(fake).submit(TEXT, tmp_path)


@on("software", ["llama.cpp", "llama-cpp-python"])
def test_a_500_of_a_server_that_refuses_so_is_its_error_asked_once(
    fake: FakeServer, software: str, tmp_path: Path
) -> None:
    fake.trouble("broken")
    with pytest.raises(ProviderError) as failure:
        opened(fake, software).submit(TEXT, tmp_path)
    assert failure.value.code == "provider_error"
    assert len(fake.posts()) == 1


@on("software", ["", "litellm", "vllm", "ollama"])
def test_a_500_of_any_other_leaves_the_outcome_open(fake: FakeServer, software: str, tmp_path: Path) -> None:
    fake.trouble("broken")
    with pytest.raises(OutcomeUnknown):
        opened(fake, software).submit(TEXT, tmp_path)
    assert len(fake.posts()) == 1


@on("fake", [FakeLlamaCpp], indirect=True)
def test_a_model_that_is_gone_is_not_answered_by_another(fake: FakeServer, tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="does not know"):
        opened(fake).submit(replace(TEXT, model="large"), tmp_path)
    assert not fake.posts()


@on(
    ("fake", "software"),
    [(FakeLlamaCpp, "llama.cpp"), (FakeLlamaCppPython, "llama-cpp-python"), (FakeServer, "")],
    indirect=["fake"],
)
def test_json_comes_back_whether_the_server_knows_schemas_or_not(
    fake: FakeServer, software: str, tmp_path: Path
) -> None:
    artifact = only(opened(fake, software), replace(TEXT, params={"schema": SCHEMA}), tmp_path)
    assert artifact.fields == {"text": "Written."}
    held = {"llama.cpp": "json_schema", "llama-cpp-python": "json_object", "": None}[software]
    assert fake.posts()[0].get("response_format", {}).get("type") == held


@on("beside", [{"reasoning_content": "Hm."}, {"reasoning": "Hm."}, {"content": "<think>\nHm.\n</think>\n\nSo."}])
def test_thoughts_are_no_part_of_the_text(fake: FakeServer, beside: dict[str, str], tmp_path: Path) -> None:
    fake.message = beside
    fields = only(opened(fake), TEXT, tmp_path).fields
    assert fields is not None
    assert "Hm." not in fields["reply"]["text"]
    assert fields["reply"]["text"]


@on("said", [" " * 300_000 + "x", "<think>" * 40_000, "a <think>" + "\n" * 300_000], ids=["blanks", "begun", "unended"])
def test_no_text_takes_long_to_be_searched_for_thoughts(fake: FakeServer, said: str, tmp_path: Path) -> None:
    fake.message = {"content": said}
    began = process_time()
    assert only(opened(fake), TEXT, tmp_path).fields is not None
    assert process_time() - began < 2


def test_a_text_that_was_all_thought_when_it_was_cut_is_empty_and_says_why(fake: FakeServer, tmp_path: Path) -> None:
    fake.message = {"content": "", "reasoning": "Hm."}
    fake.trouble("cut")
    fields = only(opened(fake), TEXT, tmp_path).fields
    assert fields is not None
    assert (fields["reply"]["text"], fields["reply"]["finish_reason"]) == ("", "length")


def test_pictures_are_asked_for_without_a_format(fake: FakeServer, tmp_path: Path) -> None:
    fake.makes = "image"
    assert only(opened(fake), PICTURE, tmp_path).width
    (sent,) = fake.posts("/v1/images/generations")
    assert sent == {"model": "painter", "prompt": "a fox", "size": "512x256"}


@on("fake", [FakeLocalAI], indirect=True)
def test_a_picture_behind_a_link_of_the_servers_own_is_fetched_with_the_key(fake: FakeServer, tmp_path: Path) -> None:
    assert only(opened(fake), PICTURE, tmp_path).width
    assert fake.requests[-1].headers["Authorization"] == f"Bearer {KEY}"


def test_a_link_to_another_private_place_is_not_followed(fake: FakeServer, tmp_path: Path) -> None:
    elsewhere = f"{fake.files_url}/files/made.png"
    fake._pictures = lambda _: replace(fake.refuse("x"), status=200, data={"data": [{"url": elsewhere}]})  # type: ignore[method-assign]
    with pytest.raises(ProviderError, match="may not be reached"):
        opened(fake).submit(PICTURE, tmp_path)
    assert not fake.file_requests


def test_a_text_in_place_of_a_link_is_an_error(fake: FakeServer, tmp_path: Path) -> None:
    fake._pictures = lambda _: replace(fake.refuse("x"), status=200, data={"data": [{"url": "A fox."}]})  # type: ignore[method-assign]
    with pytest.raises(ProviderError, match="neither"):
        opened(fake).submit(PICTURE, tmp_path)


@on(("fake", "cost"), [(FakeLiteLLM, 0.02), (FakeOpenRouter, 0.00014), (FakeServer, None)], indirect=["fake"])
def test_the_cost_is_what_the_answer_says(fake: FakeServer, cost: float | None, tmp_path: Path) -> None:
    assert only(opened(fake), TEXT, tmp_path).cost == cost


@on("fake", [FakeOllama], indirect=True)
def test_a_server_without_a_key_is_sent_none(fake: FakeServer, tmp_path: Path) -> None:
    only(opened(fake, key=""), replace(TEXT, model="qwen3:8b"), tmp_path)
    assert all("Authorization" not in request.headers for request in fake.requests)


def test_a_server_that_is_not_there_is_asked_later(fake: FakeServer, tmp_path: Path) -> None:
    provider = opened(fake)
    fake.close()
    with pytest.raises(NotNow):
        provider.submit(TEXT, tmp_path)


def test_a_catalogue_row_of_a_server_is_asked_for_its_size(tmp_path: Path) -> None:
    from service import catalog
    from service.extensions.book import Extension
    from service.extensions.kinds.server import parts

    spec = {"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "models": [{"id": "painter", "type": "image"}]}
    rows = parts(Extension("cellar", "server", spec), lambda *_: 19000).models
    model = catalog.read(catalog.DATA, rows).model(19000)
    assert asked(model, Task("image", "painter", "a fox")).inputs == {**SIZE, "generate_audio": None}


def choice(message: Any, **beside: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **beside}


def streamed(*deltas: dict[str, Any], ended: bool = True) -> bytes:
    events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    lines = [b": keep-alive", b"event: message", *(b"data: " + orjson.dumps(event) for event in events)]
    return b"\n\n".join([*lines, b'data: {"choices":[],"usage":{"total_tokens":3}}', *([b"data: [DONE]"] * ended), b""])


def answering(fake: FakeServer, body: Any, content_type: str = "application/json") -> Provider:
    written = body if isinstance(body, bytes) else orjson.dumps(body)
    fake.completed = lambda _: Reply(200, body=written, content_type=content_type)  # type: ignore[method-assign]
    fake._pictures = fake.completed  # type: ignore[method-assign]
    return opened(fake)


STREAM = streamed({"role": "assistant", "content": None, "reasoning": "Hm."}, {"content": "So "}, {"content": "be it."})


@on(
    "body",
    [
        choice({"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "So be it."}, 7, None]}),
        choice({"content": "So be\0 it.", "refusal": {"a": 1}, "tool_calls": {"a": 1}}, usage={"total_tokens": "9"}),
        choice({"content": "So be it."}, usage={"total_tokens": -5, "prompt_tokens": 1.5}, error=None),
        {"choices": [{"text": "So be it.", "finish_reason": {"a": 1}}]},
        {"choices": [{"message": {"content": "So be it."}, "finish_reason": ["stop"]}], "usage": [1]},
        b"\xef\xbb\xbf" + orjson.dumps(choice({"content": "So be it."})),
        b'{"choices":[{"message":{"content":"So be it."},"logprob":NaN}],"usage":{"total_tokens":' + b"9" * 400 + b"}}",
        STREAM,
    ],
    ids=["parts", "zero", "counts", "text", "reason", "mark", "numbers", "stream"],
)
def test_a_text_is_read_in_whatever_shape_it_comes(fake: FakeServer, body: Any, tmp_path: Path) -> None:
    made = only(answering(fake, body), TEXT, tmp_path)
    assert made.fields is not None
    reply = made.fields["reply"]
    wanted = {"total_tokens": 3} if body is STREAM else None
    assert (reply["text"], reply["finish_reason"], reply["usage"]) == ("So be it.", "stop", wanted)


@on(
    ("call", "wanted"),
    [
        ({"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}, ("a", '{"x":1}')),
        ({"function": {"name": "f", "arguments": {"x": 1}}}, ("call_0", '{"x": 1}')),
        ({"id": 7, "function": {"name": "f"}}, ("call_0", "{}")),
    ],
)
def test_a_tool_call_has_an_id_and_its_arguments_in_json(
    fake: FakeServer, call: dict[str, Any], wanted: tuple[str, str], tmp_path: Path
) -> None:
    made = only(answering(fake, choice({"tool_calls": [call, {"function": {"name": 7}}, None]})), TEXT, tmp_path)
    assert made.fields is not None
    (kept,) = made.fields["reply"]["tool_calls"]
    assert (kept["id"], kept["type"], kept["function"]) == (
        wanted[0],
        "function",
        {"name": "f", "arguments": wanted[1]},
    )


def test_a_tool_call_in_pieces_is_put_together(fake: FakeServer, tmp_path: Path) -> None:
    pieces = [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"x"'}},
        {"index": 0, "function": {"arguments": ":1}"}},
    ]
    made = only(answering(fake, streamed(*({"tool_calls": [piece]} for piece in pieces))), TEXT, tmp_path)
    assert made.fields is not None
    (call,) = made.fields["reply"]["tool_calls"]
    assert (call["id"], call["function"]) == ("a", {"name": "f", "arguments": '{"x":1}'})


@on(
    "body",
    [
        {}, {"choices": []}, {"choices": None}, {"choices": [None]}, {"choices": {"0": 1}},
        {"choices": [{"message": None}]}, {"choices": [{"message": "x"}]}, choice({"content": 7}),
        choice({"content": None, "tool_calls": [{"function": {"name": 7}}]}), choice({"content": ["x"]}),
        {"error": ["x"]}, {"error": True}, {"error": "x"}, streamed() + b'data: {"error": {"message": "broke"}}',
    ],
)  # fmt: skip
def test_an_answer_without_a_text_is_an_error_that_says_so(fake: FakeServer, body: Any, tmp_path: Path) -> None:
    with pytest.raises(ProviderError) as failure:
        only(answering(fake, body), TEXT, tmp_path)
    assert not isinstance(failure.value, NotNow)
    assert len(fake.posts()) == 1


@on("body", [b"", b"null", b"[]", b"<html>Please log in</html>", b'{"choices":' + b"[" * 100_000, b"data: x\n\n"])
def test_an_answer_that_cant_be_read_leaves_the_outcome_open(fake: FakeServer, body: bytes, tmp_path: Path) -> None:
    with pytest.raises(OutcomeUnknown):
        only(answering(fake, body), TEXT, tmp_path)
    assert len(fake.posts()) == 1


def test_a_stream_that_was_cut_off_is_no_whole_answer(fake: FakeServer, tmp_path: Path) -> None:
    with pytest.raises(OutcomeUnknown):
        only(answering(fake, streamed({"content": "So"}, ended=False)), TEXT, tmp_path)


def test_a_server_that_only_streams_is_asked_for_that(fake: FakeServer, tmp_path: Path) -> None:
    told = "This model only supports stream mode, please enable the stream parameter to access the model."
    whole = fake.answer

    def answer(request: Any) -> Reply:
        if request.method == "POST" and not request.json.get("stream"):
            return Reply(400, {"error": {"message": told, "code": "invalid_parameter_error"}})
        return whole(request)

    fake.answer = answer  # type: ignore[method-assign]
    made = only(answering(fake, STREAM, "text/event-stream"), TEXT, tmp_path)
    assert made.fields is not None
    assert made.fields["reply"]["text"] == "So be it."
    first, second = fake.posts()
    assert second == {**first, "stream": True}


PNG = base64.b64encode(media_bytes("image")[1]).decode()


@on("item", [{"b64_json": PNG}, {"b64_json": f"data:image/png;base64,{PNG}", "url": None}, {"url": f"data:,{PNG}"}])
def test_a_picture_is_read_wherever_it_stands_and_no_more_than_were_asked_for(
    fake: FakeServer, item: dict[str, Any], tmp_path: Path
) -> None:
    made = answering(fake, {"data": [item] * 50}).submit(PICTURE, tmp_path)
    assert isinstance(made, Made)
    assert [artifact.content_type for artifact in made.artifacts] == ["image/png"]


@on(
    "item",
    [
        {"b64_json": 7}, {"b64_json": "!!!"}, {"b64_json": "aGVsbG8="}, {"url": 7}, {"url": "http://[::1"},
        {"url": "x:y"}, {"url": "file:///etc/passwd"}, {"url": "http://"}, "http://a.test/x.png", None, {},
    ],
)  # fmt: skip
def test_what_is_no_picture_is_an_error_that_says_so(fake: FakeServer, item: Any, tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="can't be used"):
        only(answering(fake, {"data": [item]}), PICTURE, tmp_path)
