"""The real clients against a real Genhook: what they say is what they were answered."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from openai import OpenAI

from tests.clients.node import node_clients
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY
from tests.fakes.receiver import Receiver
from tests.support.installation import Client, Installation
from tests.support.installed import python_with
from tests.support.odd_pictures import saved, scene

HERE = Path(__file__).parent
OSLO = {"city": "Oslo"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A Genhook whose OpenAI models call tools, and whose other models are the embedded engine's."""
    fake = FakeOpenAI()
    key = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": fake.base_url}
    installation = Installation(tmp_path_factory.mktemp("clients"), workers=1, **key)
    installation.start()
    yield installation
    installation.stop()
    fake.close()


def answered(words: list[str], **more: Any) -> dict[str, Any]:
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def account(running: Installation) -> Client:
    return running.account("clients", "enterprise")


@pytest.fixture
def reached(running: Installation, account: Client) -> tuple[str, str]:
    """The base URL and a key."""
    return f"{running.url}/openai/v1", account.keys["generor"]


def test_a_callback_is_unwrapped_by_openais_own_client(reached: tuple[str, str], account: Client) -> None:
    receiver = Receiver()
    client = OpenAI(base_url=reached[0], api_key=reached[1], webhook_secret=account.secret, max_retries=0)
    answer = client.chat.completions.create(
        model="gemini-3-5-flash",
        messages=[{"role": "user", "content": "Hello"}],
        extra_body={"callback_url": f"{receiver.url}/hook"},
    )
    (post,) = receiver.of(answer.id.replace("chatcmpl-", "run_"))
    event: Any = client.webhooks.unwrap(post.body, post.headers)
    assert event.type == "run.completed"
    assert json.loads(post.body)["data"]["output"]["id"] == answer.id
    receiver.close()


def test_openai_for_python(reached: tuple[str, str]) -> None:
    client = OpenAI(base_url=reached[0], api_key=reached[1], max_retries=0)
    messages: Any = [{"role": "user", "content": "Tell me about harbours"}]
    whole = client.chat.completions.create(model="gpt-5-4", messages=messages)
    assert whole.choices[0].message.content
    flowing = client.chat.completions.create(model="gpt-5-4", messages=messages, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in flowing if chunk.choices)
    drawn = client.images.generate(model="flux-dev", prompt="A cat", response_format="b64_json")
    picture = base64.b64decode((drawn.data or [])[0].b64_json or "")
    edited = client.images.edit(model="flux-dev", prompt="A hat", image=("cat.webp", picture))
    assert requests.get(str((edited.data or [])[0].url), timeout=30).ok
    spoken = client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Hello.", response_format="wav")
    assert spoken.read()[:4] == b"RIFF"
    film = client.videos.create_and_poll(
        model="veo-3-1-fast", prompt="Waves", seconds="4", size="1280x720", poll_interval_ms=200
    )
    assert (film.status, film.progress) == ("completed", 100)
    assert client.videos.download_content(film.id).read()[4:8] == b"ftyp"


def test_openai_for_node_makes_sound_and_films_and_unwraps_a_callback(
    reached: tuple[str, str], account: Client
) -> None:
    folder = node_clients()
    script = shutil.copy(HERE / "media.mjs", folder)
    told = answered(["node", str(script), *reached, account.secret], cwd=folder)
    assert (told["sound"], told["refusedSound"]) == ("RIFF", [400, "response_format"])
    assert (told["began"], told["film"], told["content"]) == ("queued", ["completed", 100, None], "ftyp")
    assert (told["listed"].count(True), told["deleted"]) == (1, True)
    assert told["event"] == ["run.completed", True]
    assert told["forged"] == "InvalidWebhookSignatureError"


def test_openai_for_node_and_vercels_ai_sdk(reached: tuple[str, str]) -> None:
    folder = node_clients()
    script = shutil.copy(HERE / "client.mjs", folder)
    told = answered(["node", str(script), *reached], cwd=folder)
    assert told["models"] > 100
    assert told["refused"] == "model_not_found"
    assert all(told[name] for name in ("chat", "streamed", "picture", "edited", "generated", "flowing"))
    assert all(told[name] for name in ("response", "followed", "responded", "poured"))
    assert told["pieces"] == ["image_generation.completed"]
    assert set(told["shaped"]) == {"name", "size"}
    assert told["called"] == [["weather", OSLO]]
    assert (told["after"], told["absent"]) == ("Written.", 404)


def test_what_n8ns_openai_nodes_do(reached: tuple[str, str]) -> None:
    folder = node_clients()
    script = shutil.copy(HERE / "n8n.mjs", folder)
    told = answered(["node", str(script), *reached], cwd=folder)
    assert (told["tested"], told["listed"], told["reason"]) == (200, True, "stop")
    assert all(told[name] for name in ("text", "streamed", "usage", "json", "message", "picture"))
    assert set(told["shaped"]) == {"name", "size"}
    assert told["called"] == told["flowing"] == [["weather", OSLO]]
    assert told["after"] == "Written."
    assert all(told[name] for name in ("responded", "respondedUsage", "poured", "looked"))
    assert told["newerCalled"] == [["weather", OSLO]]
    assert told["newerAfter"] == told["looped"] == "Written."
    assert (set(told["shipped"]), told["kept"]) == ({"name"}, "completed")
    assert told["refused"] == [404, "model_not_found"]


@pytest.fixture(scope="module")
def python() -> str:
    """The interpreter of a venv that holds the Python clients."""
    return str(python_with("clients-python", HERE / "requirements.txt"))


def inline_picture() -> str:
    return f"data:image/png;base64,{base64.b64encode(saved(scene(), 'PNG')).decode()}"


def test_langchain(reached: tuple[str, str], python: str) -> None:
    told = answered([python, str(HERE / "langchain_client.py"), *reached, inline_picture()])
    assert all(told[name] for name in ("text", "streamed", "seen", "later"))
    assert told["reason"] == "stop"
    for name in ("usage", "streamed_usage", "real_usage"):
        assert told[name]["total_tokens"] == told[name]["input_tokens"] + told[name]["output_tokens"] > 0
    for method in ("json_schema", "json_mode"):
        assert isinstance(json.loads(told[method]), dict)
    assert told["parsed"]["mood"] in ("calm", "wild")
    assert [len(told[name]) for name in ("several", "batch")] == [2, 2]
    for name in ("called", "streamed_call"):
        (call,) = told[name]
        assert (call["name"], call["args"]) == ("weather", OSLO)
    assert told["called_reason"] == "tool_calls"
    assert told["after"] == "Written."
    assert {told[f"forced {choice}"] for choice in ("any", "weather", "auto")} == {"weather"}
    assert told["refused"] == "model_not_found"


def test_llama_index(reached: tuple[str, str], python: str) -> None:
    told = answered([python, str(HERE / "llama_index_client.py"), *reached, inline_picture()])
    assert all(told[name] for name in ("text", "completed", "streamed", "seen", "later"))
    assert told["reason"] == "stop"
    assert told["usage"]["total_tokens"] > 0
    for client in ("like", "openai"):
        assert told[f"{client} called"] == ["weather", OSLO]
        assert told[f"{client} after"] == "Written."
        assert told[f"{client} forced"] == "weather"
        assert told[f"{client} structured"]["city"]
        assert told[f"{client} streamed"] == OSLO
