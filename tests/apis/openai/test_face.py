"""OpenAI's unmodified Python client over the whole face."""

import base64
import io
import json
from enum import Enum
from typing import Any, Optional

import openai
import pytest
from openai import OpenAI
from PIL import Image
from pydantic import BaseModel
from sqlalchemy import select

from service.catalog import load
from service.store.tables import run_bodies, runs
from tests.apis.openai.conftest import open_client
from tests.support.house import Account, House

HELLO: Any = [{"role": "user", "content": "Tell me about harbours"}]


class Mood(Enum):
    calm = "calm"
    wild = "wild"


class Step(BaseModel):
    title: str
    mood: Mood
    note: Optional[str]  # noqa: UP045
    steps: list["Step"]


class Plan(BaseModel):
    name: str
    steps: list[Step]


def test_models_are_listed_and_found_by_any_name(client: OpenAI) -> None:
    models = {model.id: model.owned_by for model in client.models.list()}
    assert models["flux-dev"] == "fal"
    assert client.models.retrieve("flux-dev").id == "flux-dev"
    assert client.models.retrieve("gpt-5.4").id == "gpt-5.4"
    with pytest.raises(openai.NotFoundError) as refusal:
        client.models.retrieve("someone/no-such-model")
    assert refusal.value.code == "model_not_found"


@pytest.mark.parametrize("api", ["generor", "flixly"])
def test_a_chat_answers_and_is_paid_for(account: Account, api: str) -> None:
    answer = open_client(account, api).chat.completions.create(model="gpt-5-4", messages=HELLO, store=True, user="u")
    assert "harbour" in str(answer.choices[0].message.content).lower()
    assert answer.usage is not None
    assert account.charges(answer.id.replace("chatcmpl-", "run_")) == [2]
    run = account.get(f"/v1/runs/{answer.id.replace('chatcmpl-', 'run_')}").get_json()
    assert (run["action"], run["status"]) == ("openai.chat.complete", "completed")


def test_a_chat_is_parsed_into_nested_and_recursive_models(client: OpenAI) -> None:
    answer = client.chat.completions.parse(model="gpt-5-4", messages=HELLO, response_format=Plan)
    plan = answer.choices[0].message.parsed
    assert isinstance(plan, Plan)
    assert plan.steps


def test_a_chat_is_streamed_with_its_usage(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="gpt-5-4", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].usage is not None


def test_pictures_come_as_addresses_or_bytes_in_the_nearest_ratio(account: Account, client: OpenAI) -> None:
    told = client.images.generate(model="flux-dev", prompt="A lighthouse", n=2, size="1536x1024", quality="high")
    assert told.data is not None
    urls = [str(one.url) for one in told.data]
    assert len(set(urls)) == 2
    body = account.house.client.get(urls[0].removeprefix("http://genhook.test")).data
    assert Image.open(io.BytesIO(body)).size == (1152, 864)
    given = client.images.generate(
        model=str(load().model_by_key("flux-dev").id), prompt="A cat", response_format="b64_json", size="1024x1024"
    )
    assert given.data is not None
    assert Image.open(io.BytesIO(base64.b64decode(str(given.data[0].b64_json)))).size == (1024, 1024)
    (run,) = account.get("/v1/runs?limit=1").get_json()["data"]
    stored = account.get(f"/v1/runs/{run['id']}").get_json()["output"]
    assert "b64_json" not in json.dumps(stored)


def test_a_picture_is_edited_from_a_file(client: OpenAI, picture: io.BytesIO) -> None:
    told = client.images.edit(model="flux-dev", image=picture, prompt="Give it a hat")
    assert told.data is not None
    assert told.data[0].url
    second = io.BytesIO(picture.getvalue())
    second.name = "second.png"
    several = client.images.edit(model="flux-2-pro", image=[picture, second], prompt="Together", size="auto")
    assert several.data is not None


@pytest.mark.parametrize(
    ("wanted", "content_type", "magic"),
    [
        (None, "audio/mpeg", (b"ID3", b"\xff\xfb", b"\xff\xf3")),
        ("wav", "audio/wav", (b"RIFF",)),
        ("opus", "audio/ogg", (b"OggS",)),
        ("flac", "audio/flac", (b"fLaC",)),
        ("pcm", "audio/pcm", (b"",)),
    ],
)
@pytest.mark.engines
def test_speech_is_the_sound_itself_in_the_format_asked_for(
    client: OpenAI, wanted: Any, content_type: str, magic: tuple[bytes, ...]
) -> None:
    more = {} if wanted is None else {"response_format": wanted}
    answer = client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Hello there.", **more)
    assert answer.response.headers["content-type"] == content_type
    sound = answer.read()
    assert sound.startswith(magic)
    assert len(sound) > 1000


def test_a_format_that_is_not_made_is_refused(account: Account, client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Hello.", response_format="aac")
    assert refusal.value.param == "response_format"
    assert account.balance() == {"total": 10_000, "held": 0}


@pytest.mark.engines
def test_a_film_is_made_fetched_listed_and_deleted(account: Account, client: OpenAI, picture: io.BytesIO) -> None:
    asked: Any = {"model": "veo-3-1-fast", "prompt": "Waves", "seconds": "4", "size": "1280x720"}
    film = client.videos.create_and_poll(**asked, input_reference=picture, poll_interval_ms=100)
    assert (film.status, film.progress, film.seconds) == ("completed", 100, "4")
    assert client.videos.download_content(film.id).read()[4:8] == b"ftyp"
    assert [one.id for one in client.videos.list()] == [film.id]
    assert client.videos.delete(film.id).deleted
    for gone in (client.videos.retrieve, client.videos.download_content, client.videos.delete):
        with pytest.raises(openai.NotFoundError):
            gone(film.id)
    assert list(client.videos.list()) == []


def test_deleting_a_film_in_progress_cancels_it(idle_house: House) -> None:
    account = idle_house.account()
    client = open_client(account)
    film = client.videos.create(model="veo-3-1-fast", prompt="Waves")
    assert (film.status, film.progress) == ("queued", 0)
    assert client.videos.retrieve(film.id).status == "queued"
    with pytest.raises(openai.ConflictError):
        client.videos.download_content(film.id)
    client.videos.delete(film.id)
    run = account.get(f"/v1/runs/{film.id.replace('video_', 'run_')}").get_json()
    assert run["status"] == "canceled"
    assert account.balance() == {"total": 10_000, "held": 0}


def test_films_are_paged_both_ways(idle_house: House) -> None:
    client = open_client(idle_house.account("enterprise"))
    made = [client.videos.create(model="veo-3-1-fast", prompt=f"Wave {n}").id for n in range(3)]
    assert [film.id for film in client.videos.list(limit=2)] == made[::-1]
    assert [film.id for film in client.videos.list(limit=2, order="asc")] == made


def test_another_accounts_film_is_not_there(idle_house: House) -> None:
    film = open_client(idle_house.account()).videos.create(model="veo-3-1-fast", prompt="Waves")
    other = open_client(idle_house.account())
    with pytest.raises(openai.NotFoundError):
        other.videos.retrieve(film.id)
    assert list(other.videos.list()) == []


def test_a_flokan_key_reads_models_alone(account: Account) -> None:
    client = open_client(account, "flokan")
    assert list(client.models.list())
    with pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(model="gpt-5-4", messages=HELLO)
    with pytest.raises(openai.PermissionDeniedError):
        client.videos.list()


def test_errors_are_in_openais_shape(account: Account, client: OpenAI, house: House) -> None:
    with pytest.raises(openai.AuthenticationError) as unknown:
        OpenAI(api_key="wrong", base_url=str(client.base_url), http_client=client._client, max_retries=0).models.list()
    assert unknown.value.code == "invalid_api_key"
    with pytest.raises(openai.BadRequestError) as invalid:
        client.chat.completions.create(model="gpt-5-4", messages=HELLO, temperature=9)
    assert (invalid.value.param, invalid.value.type) == ("temperature", "invalid_request_error")
    for model in ("no-such-model", "flux-dev"):
        with pytest.raises(openai.NotFoundError) as absent:
            client.chat.completions.create(model=model, messages=HELLO)
        assert (absent.value.code, absent.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.APIStatusError) as poor:
        open_client(house.account(credits=1)).chat.completions.create(model="gpt-5-4", messages=HELLO)
    assert (poor.value.status_code, poor.value.code) == (402, "insufficient_quota")
    nowhere = account.get("/openai/v1/nothing")
    assert nowhere.status_code == 404
    assert set(nowhere.get_json()["error"]) == {"message", "type", "param", "code"}


def test_the_same_key_gives_the_same_answer_once(account: Account, client: OpenAI) -> None:
    headers = {"Idempotency-Key": "chat-1"}
    answers = [
        client.chat.completions.with_raw_response.create(model="gpt-5-4", messages=HELLO, extra_headers=headers)
        for _ in range(2)
    ]
    assert answers[0].parse().id == answers[1].parse().id
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert account.balance()["total"] == 9_998


def test_a_callback_and_metadata_are_taken_from_the_body(idle_house: House) -> None:
    account = idle_house.account()
    client = open_client(account)
    film = client.videos.create(
        model="veo-3-1-fast",
        prompt="Waves",
        extra_body={"callback_url": "http://127.0.0.1:9/hook", "metadata": {"order": "7"}},
    )
    run = account.get(f"/v1/runs/{film.id.replace('video_', 'run_')}").get_json()
    assert run["callback"]["url"] == "http://127.0.0.1:9/hook"
    assert run["metadata"] == {"order": "7"}
    with pytest.raises(openai.BadRequestError) as refusal:
        client.videos.create(prompt="Waves", extra_body={"callback_url": "http://10.0.0.1/"})
    assert refusal.value.param == "callback_url"


def test_only_rest_and_openapi_show_the_face(account: Account) -> None:
    assert account.get("/v1/actions/openai.chat.complete").status_code == 404
    assert account.submit("openai.chat.complete", {}).status_code == 404
    listed = account.get("/v1/actions").get_json()["data"]
    assert not [action["id"] for action in listed if action["id"].startswith("openai.")]
    paths = account.house.client.get("/openapi.json").get_json()["paths"]
    assert "/openai/v1/chat/completions" in paths
    assert not [path for path in paths if path.startswith("/v1/actions/openai.")]
    with account.house.context.database.read() as db:
        assert not db.execute(select(runs.c.id).join(run_bodies, run_bodies.c.run_id == runs.c.id)).all()
