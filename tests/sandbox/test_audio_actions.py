"""Sound through the whole service: ordered by an API's own request, made, kept, and served as a file that plays."""

import importlib.util
import io
import wave
from typing import Any

import pytest

from tests.support.house import Account

needs_speech = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("hibari", "espeakng_loader"))), reason="the speech extra is not installed"
)
ORDERS = [
    pytest.param(
        "TEXT_TO_SPEECH", {"model": "kokoro", "prompt": "Good morning, dear listeners."}, 1, marks=needs_speech
    ),
    pytest.param("TEXT_TO_MUSIC", {"model": "ace-step", "prompt": "calm lofi", "duration": 5, "seed": 1}, 2),
    pytest.param("TEXT_TO_SOUND", {"model": "cassetteai-sfx", "prompt": "door slam", "duration": 3}, 2),
]


def played(account: Account, url: str) -> tuple[str, float, int]:
    """Content type, seconds and channels of the file that GET gives for a public URL."""
    answer = account.house.client.get(url.removeprefix("http://genhook.test"))
    assert answer.status_code == 200
    with wave.open(io.BytesIO(answer.data)) as file:
        return answer.content_type, file.getnframes() / file.getframerate(), file.getnchannels()


@pytest.mark.parametrize(("kind", "asked", "channels"), ORDERS)
def test_flixly_answers_with_a_sound_that_plays(
    account: Account, kind: str, asked: dict[str, Any], channels: int
) -> None:
    run = account.submit("flixly.media.generate", {"type": kind, **asked}, wait=30).get_json()
    assert run["status"] == "completed", run
    (output,) = run["output"]["outputs"]
    content_type, seconds, heard = played(account, output["url"])
    assert output["content_type"] == content_type == "audio/wav"
    assert output["url"].endswith(".wav")
    assert output["duration"] == pytest.approx(seconds, abs=0.01)
    assert heard == channels
    if "duration" in asked:
        assert seconds == pytest.approx(asked["duration"], abs=0.01)


@pytest.mark.parametrize(
    ("slug", "prompt"),
    [
        pytest.param("speech", "Good morning.", marks=needs_speech),
        pytest.param("narration", "Once upon a time.", marks=needs_speech),
        ("jingle", "a bakery"),
        ("soundeffect", "an owl in the rain"),
    ],
)
def test_generor_generators_of_sound_make_a_creation_that_plays(account: Account, slug: str, prompt: str) -> None:
    model = account.house.context.catalog.generator(slug).default_model
    asked = {"slug": slug, "model_id": model, "prompt": prompt}
    run = account.submit("generor.generators.generate", asked, wait=30).get_json()
    assert run["status"] == "completed", run
    content_type, seconds, _ = played(account, run["output"]["creations"][0]["audio_url"])
    assert content_type == "audio/wav"
    assert seconds > 0.8


@needs_speech
def test_speech_is_in_the_language_the_caller_names(account: Account) -> None:
    asked = {"slug": "speech", "model_id": 30001, "prompt": "Hotel Radio Taxi", "language": "de"}
    run = account.submit("generor.generators.generate", asked, wait=30).get_json()
    assert run["output"]["engine"] == "local/espeak-ng"
