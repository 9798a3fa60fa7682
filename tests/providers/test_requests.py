"""Requests as the catalogue's models make them, held to what their endpoints require."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from service.catalog import load
from service.net.guard import Guard
from service.providers.base import Access, Reference, Task
from service.providers.fal import Fal
from service.providers.inputs import members
from tests.providers.catalogue import asked


def body(key: str, task: Task) -> dict[str, Any]:
    return members(asked(key, task), lambda reference: f"at:{reference.url}", lambda width, height: f"{width}x{height}")


@pytest.fixture
def portrait(tmp_path: Path) -> Reference:
    """A picture nearly 9:16, fetched."""
    path = tmp_path / "portrait.png"
    Image.new("RGB", (110, 190)).save(path)
    return Reference("image", "portrait", path, "image/png")


def test_songs_are_asked_for_with_lyrics_that_the_model_writes() -> None:
    assert body("minimax-music-2-6", Task("music", "", "a slow waltz"))["lyrics_optimizer"] is True


@pytest.mark.parametrize(
    ("key", "media", "name", "value"),
    [("cassetteai-sfx", "soundeffect", "duration", 10), ("topaz-image-upscale", "upscale", "upscale_factor", "2")],
)
def test_a_member_that_the_endpoint_requires_has_a_default(key: str, media: str, name: str, value: object) -> None:
    assert body(key, Task(media, "", "a door"))[name] == value


def test_a_default_gives_way_to_what_was_asked_for() -> None:
    assert body("cassetteai-sfx", Task("soundeffect", "", "a door", params={"seconds": 4}))["duration"] == 4
    assert body("topaz-image-upscale", Task("upscale", "", "", params={"factor": 4}))["upscale_factor"] == "4"


def test_matching_the_picture_is_its_own_ratio_where_one_is_required(portrait: Reference) -> None:
    params = {"aspect_ratio": "match_input_image"}
    task = Task("image", "", "a fox", params=params, references=(portrait,))
    assert body("seedream-5-pro", task)["aspect_ratio"] == "9:16"
    assert body("seedream-5-pro", Task("image", "", "a fox", params={"aspect_ratio": "4:3"}))["aspect_ratio"] == "4:3"


def test_a_picture_that_cannot_be_measured_counts_as_square(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    broken = Reference("image", "a", path, "image/png")
    given = Task("image", "", "a fox", params={"aspect_ratio": "match_input_image"}, references=(broken,))
    assert body("seedream-5-pro", given)["aspect_ratio"] == "1:1"


def test_the_length_of_music_is_a_number_of_milliseconds() -> None:
    task = Task("music", "", "a slow waltz", params={"seconds": 20})
    assert body("elevenlabs-music", task)["music_length_ms"] == 20_000


@pytest.mark.parametrize(("key", "counts"), [("flux-dev", [4, 4, 2]), ("gpt-image-2", [10]), ("flux-2-pro", [1] * 10)])
def test_no_call_asks_for_more_pictures_than_its_endpoint_makes(key: str, counts: list[int]) -> None:
    provider = Fal(Access("key"), Guard())
    calls = provider.split(asked(key, Task("image", "", "a fox", count=10)))
    assert [call.count for call in calls] == counts
    assert len({call.seed for call in calls}) == len(calls)


def test_each_count_that_fal_is_sent_is_one_that_it_takes() -> None:
    models = [model for model in load().models() if model.provider == "fal" and model.call.inputs.get("count")]
    assert models
    assert [model.key for model in models if model.call.most != 4] == []


@pytest.mark.parametrize("key", ["gpt-6-astra", "gpt-6-1-sol"])
def test_models_that_always_think_are_not_offered_without(key: str) -> None:
    assert load().model_by_key(key).thinking == ("on", "high")


def test_a_choice_of_thinking_is_offered_only_where_it_is_sent() -> None:
    choosing = {model.provider for model in load().models("text") if len(model.thinking) > 1}
    assert choosing <= {"openai", "google", "byteplus"}
