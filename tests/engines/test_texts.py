"""Texts of real servers at every face: actions, the OpenAI face with OpenAI's own clients, and what refusals become."""

import json
import shutil
import subprocess
from typing import Any

import pytest
from openai import APIStatusError, OpenAI

from tests.clients.node import node_clients
from tests.engines.programs import HERE, Program
from tests.support.installation import Client, Installation

on = pytest.mark.parametrize
SERVERS = [("cellar", "cellar/smollm2"), ("gateway", "gateway/clerk")]
SAID = {"gateway/clerk": "The clerk has answered."}
# Generators ask for JSON: the small model is held to it by its server, the mock answers nothing else.
NUMBERED = [("cellar", "cellar/smollm2"), ("gateway", "gateway/team/joker")]
SAID |= {"gateway/team/joker": "The joker has answered."}
HELLO: Any = [{"role": "user", "content": "Say hello."}]


@pytest.fixture(autouse=True)
def _added(cellar: dict[str, Any], gateway: dict[str, Any]) -> None:
    """Both servers are there."""


@pytest.fixture
def openai(client: Client) -> OpenAI:
    """OpenAI's own client for Python, unmodified."""
    return OpenAI(base_url=f"{client.installation.url}/openai/v1", api_key=client.keys["generor"], max_retries=0)


def id_of(installation: Installation, server: str, model: str) -> int:
    """The model's number in Generor's lists."""
    kept = installation.cli("extensions", "show", server)["made"]
    return next(int(one["id"]) for one in kept if one["model"] == model)


def generated(client: Client, model: str, prompt: str = "Say hello.") -> dict[str, Any]:
    """A text by Flixly's action, as its run ended."""
    run = client.submit("flixly.media.generate", {"model": model, "prompt": prompt})
    return client.ended(run["id"], 180)


def test_each_server_is_known_and_its_models_are_what_they_make(
    installation: Installation, cellar: dict[str, Any], gateway: dict[str, Any]
) -> None:
    shown = {name: installation.cli("extensions", "show", name)["spec"] for name in ("cellar", "gateway")}
    assert shown["cellar"]["software"] == "llama-cpp-python"
    assert shown["gateway"]["software"] == "litellm"
    assert {one["model"]: one["type"] for one in cellar["made"]} == {"cellar/smollm2": "text"}
    types = {one["model"]: one["type"] for one in gateway["made"]}
    assert (types["gateway/team/joker"], types["gateway/painter"]) == ("text", "image")
    assert [one["what"] for one in gateway["left_out"]] == ["vectors"]


@on(("server", "model"), SERVERS)
def test_a_text_is_made_by_an_action(server: str, model: str, client: Client) -> None:
    run = generated(client, model)
    assert (run["status"], run["sandbox"]) == ("completed", False), run["error"]
    text = run["output"]["text"]
    assert text == SAID[model] if model in SAID else text.strip()
    assert client.charges(run["id"]) == ([2] if server == "cellar" else [])


@on(("server", "model"), NUMBERED)
def test_a_generator_offers_the_model_by_its_number(
    server: str, model: str, client: Client, installation: Installation
) -> None:
    values = {"slug": "one-liner", "model_id": id_of(installation, server, model), "prompt": "cats"}
    run = client.ended(client.submit("generor.generators.generate", values)["id"], 180)
    assert run["status"] == "completed", run["error"]
    text = run["output"]["creations"][0]["text"]
    assert text == SAID[model] if model in SAID else text.strip()


@on(("server", "model"), SERVERS)
def test_openais_client_for_python(server: str, model: str, openai: OpenAI) -> None:
    assert openai.models.retrieve(model).owned_by == server
    whole = openai.chat.completions.create(model=model, messages=HELLO, max_tokens=24)
    text = whole.choices[0].message.content or ""
    assert text == SAID[model] if model in SAID else text.strip()
    assert whole.usage
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens > 0
    flowing = openai.chat.completions.create(model=model, messages=HELLO, max_tokens=24, stream=True)
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in flowing if chunk.choices)
    assert streamed == SAID[model] if model in SAID else streamed.strip()


@on(("server", "model"), SERVERS)
def test_openais_client_for_node(server: str, model: str, openai: OpenAI) -> None:
    folder = node_clients()
    script = shutil.copy(HERE / "chat.mjs", folder)
    words = ["node", str(script), str(openai.base_url).rstrip("/"), openai.api_key, model]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["owner"] == server
    assert told["usage"] > 0
    assert all(told[name] == SAID.get(model, told[name]) and told[name].strip() for name in ("text", "streamed"))


def test_a_cap_on_tokens_is_kept_by_a_server_that_knows_max_tokens_alone(openai: OpenAI) -> None:
    asked: Any = {"model": "cellar/smollm2", "messages": [{"role": "user", "content": "Tell me a long story."}]}
    for cap in ({"max_tokens": 3}, {"max_completion_tokens": 3}):
        whole = openai.chat.completions.create(**asked, **cap)
        assert whole.usage
        assert whole.usage.completion_tokens <= 4
        assert whole.choices[0].finish_reason == "length"


def test_a_text_that_is_too_long_for_the_model_is_refused_and_released(client: Client) -> None:
    run = generated(client, "cellar/smollm2", "word " * 1900)
    assert run["status"] == "failed"
    assert run["error"]["code"] != "outcome_unknown", run["error"]
    assert run["error"]["permanent"], run["error"]
    assert client.charges(run["id"]) == []
    client.check_books()


def test_a_cost_that_the_proxy_tells_is_in_the_usage_report(client: Client, installation: Installation) -> None:
    generated(client, "gateway/clerk")
    costs = [row.cost for row in installation.rows("SELECT provider_cost_usd AS cost FROM usage") if row.cost]
    assert costs, "no run has a cost"


@on(("model", "tries"), [("gateway/broken", 1)])
def test_a_proxy_is_not_let_try_again(model: str, tries: int, client: Client, proxy: Program) -> None:
    before = proxy.said.count("/chat/completions")
    run = generated(client, model)
    assert run["status"] == "failed", run
    assert proxy.said.count("/chat/completions") - before == tries
    assert client.charges(run["id"]) == []


def test_a_refusal_of_the_proxys_is_an_error_of_openais_shape(openai: OpenAI) -> None:
    with pytest.raises(APIStatusError) as refusal:
        openai.chat.completions.create(model="gateway/broken", messages=HELLO)
    body: Any = refusal.value.body
    assert {"message", "type", "code"} <= body.keys()
