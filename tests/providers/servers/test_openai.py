"""Servers that speak OpenAI's API: the suite, and each software's habits."""

from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any, ClassVar

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
from tests.fakes.provider import KEY, FakeProvider
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
