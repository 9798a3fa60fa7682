"""`add server --kind openai`: what is read from a server's list, and its models at every face."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.errors import ValidationError
from service.extensions.openai_server import Found, Wishes, found
from tests.apis.openai.conftest import open_client
from tests.extensions.conftest import Command, run
from tests.fakes import openai_server as fakes
from tests.fakes.openai_server import FakeLiteLLM, FakeOllama, FakeOpenRouter, FakeServer
from tests.fakes.provider import KEY
from tests.support.house import House

on = pytest.mark.parametrize


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    made: FakeServer = getattr(request, "param", FakeServer)()
    yield made
    made.close()


def add(fake: FakeServer, at: str = "/v1", key: str | None = KEY, **wishes: Any) -> Found:
    return found("cellar", f"{fake.url}{at}", key, Wishes(**wishes))


def types(one: Found) -> dict[str, str]:
    return {model["id"]: model["type"] for model in one.draft.spec["models"]}


@on("at", ["", "/", "/v1", "/v1/"])
def test_the_address_is_taken_with_and_without_v1(fake: FakeServer, at: str) -> None:
    assert add(fake, at).draft.spec["base_url"] == f"{fake.url}/v1"


@on(
    ("fake", "software"),
    [
        (fakes.FakeServer, ""),
        (fakes.FakeLlamaCpp, "llama.cpp"),
        (fakes.FakeLlamaCppPython, "llama-cpp-python"),
        (fakes.FakeOllama, "ollama"),
        (fakes.FakeVllm, "vllm"),
        (fakes.FakeLmStudio, "lm-studio"),
        (fakes.FakeLocalAI, ""),
        (fakes.FakeLiteLLM, "litellm"),
        (fakes.FakeOpenRouter, "openrouter"),
    ],
    indirect=["fake"],
)
def test_the_software_is_known_by_its_answer(fake: FakeServer, software: str) -> None:
    assert add(fake).draft.spec["software"] == software


@on("fake", [FakeLiteLLM], indirect=True)
def test_what_a_model_makes_is_asked_for_and_what_makes_nothing_is_left_out_by_name(fake: FakeServer) -> None:
    one = add(fake)
    assert types(one) == {"small": "text", "painter": "image", "reader": "speech"}
    assert {left.what: left.why for left in one.left_out} == {
        "vectors": "it makes no text, picture or speech (embedding)",
        "openai/*": "it is a pattern, no model; name models of it by --models",
    }


@on("fake", [FakeLiteLLM], indirect=True)
def test_a_model_of_a_pattern_is_had_by_its_name(fake: FakeServer) -> None:
    assert types(add(fake, models=("openai/gpt-6",))) == {"openai/gpt-6": "text"}


@on("fake", [FakeOpenRouter], indirect=True)
def test_modalities_tell_what_is_made_and_what_is_seen(fake: FakeServer) -> None:
    one = add(fake)
    assert types(one) == {"small": "text", "painter": "image"}
    assert one.draft.spec["models"][0] == {"id": "small", "type": "text", "vision": True, "name": "Acme: small"}
    assert [left.what for left in one.left_out] == ["reader"]


@on("fake", [FakeOllama], indirect=True)
def test_ollama_is_asked_which_models_see(fake: FakeServer) -> None:
    seen = [model["id"] for model in add(fake).draft.spec["models"] if model.get("vision")]
    assert seen == ["gemma3:4b"]


def test_the_operator_says_which_make_pictures_and_speech(fake: FakeServer) -> None:
    one = add(fake, image=("painter",), speech=("reader",))
    assert types(one) == {"small": "text", "painter": "image", "reader": "speech"}
    assert types(add(fake, models=("painter",), image=("painter",))) == {"painter": "image"}


def test_a_model_that_is_not_listed_is_left_out_and_said(fake: FakeServer) -> None:
    assert [left.what for left in add(fake, models=("small", "typo")).left_out] == ["typo"]
    with pytest.raises(ValidationError, match="typo: the server does not list it"):
        add(fake, models=("typo",))


@on("key", [None, "wrong"])
def test_a_key_that_is_not_taken_says_so(fake: FakeServer, key: str | None) -> None:
    with pytest.raises(ValidationError, match="does not accept the key"):
        add(fake, key=key)


@on(
    "url",
    [
        "",
        "ftp://a/v1",
        "127.0.0.1:11434",
        "http://",
        "http://u:p@127.0.0.1:9/v1",
        "http://127.0.0.1:9/v1?a=1",
        "http://[",
        "http://a b/v1",
        "http://a\\b/v1",
        "http://a/v1\r\nX: y",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        found("cellar", url, None, Wishes())
    assert refusal.value.errors[0].pointer == "/base_url"


def test_a_server_that_is_not_there_says_so(fake: FakeServer) -> None:
    fake.close()
    with pytest.raises(ValidationError, match="can't be read"):
        add(fake)


@on("models", [{"data": [{"id": 7}, {"id": "a b"}, {"id": "x" * 201}, {"id": "a\n"}, None]}, {"data": {}}, [], {}])
def test_a_list_that_is_hostile_or_empty_adds_nothing(
    fake: FakeServer, models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "list_of_models", lambda: models)
    with pytest.raises(ValidationError):
        add(fake)


def test_a_list_over_5_mb_is_refused(fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "list_of_models", lambda: {"data": [{"id": "x" * 6_000_000}]})
    with pytest.raises(ValidationError, match="can't be read"):
        add(fake)


def test_an_added_server_answers_at_every_face_and_its_key_is_shown_nowhere(
    house: House, command: Command, fake: FakeServer
) -> None:
    tried = command("add", "server", "cellar", "--kind", "openai", "--base-url", fake.url, "--key", KEY, "--dry-run")
    assert tried["dry_run"]
    assert command("extensions", "list") == {"extensions": []}
    told = command(
        *("add", "server", "cellar", "--kind", "openai", "--base-url", fake.url, "--key", "-"),
        *("--image", "painter", "--credits", "3"),
        input=f"{KEY}\n",
    )
    assert told["made"][0] == {"model": "cellar/small", "type": "text", "id": 9000}
    assert {made["model"]: made["id"] for made in told["made"]}["cellar/painter"] == 19000
    shown = command("extensions", "show", "cellar")
    assert (shown["has_key"], KEY in str(shown)) == (True, False)

    account = house.account()
    house.work()
    run_of = account.submit("flixly.media.generate", {"model": "cellar/small", "prompt": "Say it."}, wait=20).get_json()
    assert (run_of["status"], run_of["sandbox"], run_of["credits_charged"]) == ("completed", False, 3), run_of
    assert run_of["output"]["text"] == "Written."
    joke = account.submit("generor.generators.generate", {"slug": "joke", "model_id": 9000, "prompt": "cats"}, wait=20)
    assert joke.get_json()["status"] == "completed", joke.get_json()
    drawn = account.submit("flixly.media.generate", {"model": "cellar/painter", "prompt": "a fox"}, wait=20).get_json()
    assert drawn["status"] == "completed", drawn

    client = open_client(account)
    assert {model.id: model.owned_by for model in client.models.list().data}["cellar/small"] == "cellar"
    assert client.models.retrieve("cellar/small").owned_by == "cellar"
    reply = client.chat.completions.create(model="cellar/small", messages=[{"role": "user", "content": "Hi"}])
    assert reply.choices[0].message.content == "Written."
    listed = account.get("/api/v1/generate/models", api="flixly").get_json()["models"]
    assert [model["provider"] for model in listed if model["id"] == "cellar/painter"] == ["cellar"]
    options = account.post(
        "/v1/actions/generor.generators.generate/fields", {"field": "model_id", "input": {"slug": "joke"}}
    ).get_json()
    assert 9000 in [option["value"] for option in options["options"]]


def test_lists_mark_what_was_added_and_name_its_server(house: House, command: Command, fake: FakeServer) -> None:
    for name in ("cellar", "attic"):
        command("add", "server", name, "--kind", "openai", "--base-url", fake.url, "--key", KEY, "--models", "small")
    account = house.account()

    def labels(action: str, field: str, **filled: Any) -> list[tuple[str, bool]]:
        body = {"field": field, "input": filled, "search": "small"}
        offered = account.post(f"/v1/actions/{action}/fields", body).get_json()["options"]
        return [(one["label"], one.get("added", False)) for one in offered if one["label"].startswith("small")]

    both = [("small (added, attic)", True), ("small (added, cellar)", True)]
    assert sorted(labels("generor.generators.generate", "model_id", slug="one-liner")) == both
    assert sorted(labels("flixly.media.generate", "model")) == both
    every = account.get("/api/v1/generate/models", "flixly").get_json()["models"]
    assert {one["id"] for one in every if one.get("added")} == {"cellar/small", "attic/small"}


def test_a_server_with_credits_0_costs_nothing_and_its_accepted_runs_outlive_its_removal(
    house: House, command: Command, fake: FakeServer
) -> None:
    command("add", "server", "cellar", "--kind", "openai", "--base-url", fake.base_url, "--key", KEY)
    account = house.account()
    before = account.balance()
    wanted = {"model": "cellar/small", "prompt": "Say it."}
    accepted = account.submit("flixly.media.generate", wanted).get_json()
    assert accepted["estimate"]["credits"] == 0
    command("extensions", "remove", "cellar")
    refused = account.submit("flixly.media.generate", wanted)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/input/model")
    house.work()
    assert account.ended(accepted["id"])["status"] == "completed"
    assert account.balance() == before


@on(
    ("words", "said"),
    [
        (("cellar",), "Missing option"),
        (("openai", "--kind", "openai", "--base-url", "http://127.0.0.1:9"), "built-in provider"),
        (("Cellar", "--kind", "openai", "--base-url", "http://127.0.0.1:9"), "beginning with a letter"),
        (("cellar", "--kind", "openai", "--base-url", "nowhere"), "must be a URL"),
        (("cellar", "--kind", "telepathy", "--base-url", "http://127.0.0.1:9"), "telepathy"),
    ],
)
def test_a_refused_command_says_why_in_one_line(house: House, words: tuple[str, ...], said: str) -> None:
    done = run(house, "add", "server", *words)
    assert done.exit_code
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_run_waits_for_a_server_that_is_loading(house: House, command: Command, fake: FakeServer) -> None:
    command("add", "server", "cellar", "--kind", "openai", "--base-url", fake.base_url, "--key", KEY)
    account, fake.loading = house.account(), 4
    house.work()
    made = account.submit("flixly.media.generate", {"model": "cellar/small", "prompt": "Say it."}, wait=30).get_json()
    assert made["status"] == "completed", made
    assert len(fake.posts()) == 1
