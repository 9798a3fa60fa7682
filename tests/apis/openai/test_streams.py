"""Pictures and speech as server-sent events, as OpenAI's unmodified Python client reads them."""

import base64
import io
import json
from typing import Any

import openai
import pytest
from jsonschema import Draft202012Validator
from openai import OpenAI
from PIL import Image

from tests.apis.openai.conftest import open_client
from tests.support.definitions import built_in
from tests.support.house import Account

OPERATIONS = built_in().operations
DRAWN: Any = {"model": "flux-dev", "prompt": "A lighthouse", "size": "1536x1024"}


def read(event: Any, action: str) -> Image.Image:
    """The picture of an event, which holds to its definition's schema."""
    stream = OPERATIONS[action].stream
    assert stream is not None
    Draft202012Validator(stream.event_schema).validate(event.to_dict())
    picture = Image.open(io.BytesIO(base64.b64decode(event.b64_json)))
    assert (str(picture.format).lower(), "x".join(map(str, picture.size))) == (event.output_format, event.size)
    return picture


def test_pictures_are_streamed_each_as_one_event(account: Account, client: OpenAI) -> None:
    events: Any = list(client.images.generate(**DRAWN, n=2, stream=True, partial_images=2))
    assert [event.type for event in events] == ["image_generation.completed"] * 2
    first, second = [read(event, "openai.images.generate") for event in events]
    assert first.size == second.size == (1152, 864)
    assert events[0].b64_json != events[1].b64_json
    (run,) = account.get("/v1/runs").get_json()["data"]
    assert sum(account.charges(run["id"])) == run["credits_charged"] == 100


def test_an_edited_picture_is_streamed_from_a_form(client: OpenAI, picture: io.BytesIO) -> None:
    asked: Any = {"model": "flux-dev", "image": picture, "prompt": "Give it a hat"}
    (event,) = client.images.edit(**asked, stream=True)
    assert event.type == "image_edit.completed"
    read(event, "openai.images.edit")


def test_a_stream_is_refused_before_it_begins_like_any_answer(account: Account) -> None:
    poor = open_client(account.house.account(credits=1))
    with pytest.raises(openai.APIStatusError) as refusal:
        poor.images.generate(**DRAWN, stream=True)
    assert refusal.value.code == "insufficient_quota"


@pytest.mark.engines
def test_speech_is_streamed_in_pieces_where_that_is_asked_for(account: Account, client: OpenAI) -> None:
    asked: Any = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hello there.", "response_format": "wav"}
    whole = client.audio.speech.create(**asked).read()
    answer = account.post("/openai/v1/audio/speech", {**asked, "stream_format": "sse"})
    assert answer.content_type == "text/event-stream"
    blocks = [block.split("\n") for block in answer.get_data(as_text=True).split("\n\n") if block.startswith("event")]
    told = [json.loads(data.removeprefix("data: ")) for _, data in blocks]
    assert [name for name, _ in blocks] == [f"event: {one['type']}" for one in told]
    assert told[-1]["type"] == "speech.audio.done"
    assert b"".join(base64.b64decode(one["audio"]) for one in told[:-1]) == whole
