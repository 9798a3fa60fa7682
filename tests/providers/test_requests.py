"""Requests as the catalogue's models make them, held to what their endpoints require."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from service.catalog import load
from service.net.guard import Guard
from service.providers.adapters.fal import HOSTS, Fal
from service.providers.adapters.openai.faults import fault
from service.providers.base import Access, Reference, Task
from service.providers.http import Answer
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


@pytest.mark.parametrize(("key", "media"), [("mirelo-sfx-1-6", "soundeffect"), ("sonilo-1-1", "music")])
def test_one_sound_is_made_where_the_endpoint_would_make_and_bill_several(key: str, media: str) -> None:
    assert body(key, Task(media, "", "a door"))["num_samples"] == 1


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


@pytest.mark.parametrize("key", ["gpt-6-astra", "gpt-6-1-sol", "gpt-6-2-astra", "gpt-6-2-sol"])
def test_models_that_always_think_are_not_offered_without(key: str) -> None:
    assert load().model_by_key(key).thinking == ("on", "high")


def test_a_choice_of_thinking_is_offered_only_where_it_is_sent() -> None:
    choosing = {model.provider for model in load().models("text") if len(model.thinking) > 1}
    assert choosing <= {"openai", "google", "byteplus"}


FRAMES = (Reference("image", "start"), Reference("reference_image", "other"))


@pytest.mark.parametrize(
    ("key", "media", "model", "name"),
    [
        ("veo-3-1", "video", "fal-ai/veo3.1/reference-to-video", "image_urls"),
        ("seedance-2-fast", "video", "bytedance/seedance-2.0/fast/reference-to-video", "image_urls"),
        ("happy-horse-1-1", "video", "alibaba/happy-horse/v1.1/reference-to-video", "image_urls"),
        ("seedance-2", "video", "bytedance/seedance-2.0", "reference_images"),
        ("reve-2-1", "image", "reve/2.1/remix", "image_urls"),
    ],
)
def test_a_start_picture_beside_references_is_the_first_of_them(key: str, media: str, model: str, name: str) -> None:
    task = Task(media, "", "rain", references=FRAMES)
    assert asked(key, task).model == model
    sent = body(key, task)
    assert sent[name] == ["at:start", "at:other"]
    assert "at:start" not in sent.values()


def test_an_end_frame_of_wan_goes_to_its_model_that_has_one() -> None:
    end = (Reference("image", "start"), Reference("end_frame", "end"))
    task = Task("video", "", "rain", params={"seconds": 5}, references=end)
    assert asked("wan-2-6-i2v", task).model == "wan-video/wan-2.7-i2v"
    sent = body("wan-2-6-i2v", task)
    assert (sent["first_frame"], sent["last_frame"]) == ("at:start", "at:end")
    assert body("wan-2-6-i2v", Task("video", "", "rain", references=end[:1]))["image"] == "at:start"


MATCH = {"aspect_ratio": "match_input_image"}


@pytest.mark.parametrize(
    ("key", "media", "name", "value"),
    [
        ("flux-1-1-pro", "image", "aspect_ratio", "9:16"),
        ("flux-schnell", "image", "aspect_ratio", "9:16"),
        ("flux-kontext-pro", "image", "aspectRatio", "9:16"),
        ("nano-banana-2-kie", "image", "aspect_ratio", "9:16"),
        ("ideogram-v3", "image", "image_size", "784x1344"),
        ("seedream-4", "image", "size", "784x1344"),
        ("luma-ray-3-2", "video", "aspect_ratio", "9:16"),
        ("seedance-1-5-pro", "video", "aspect_ratio", "9:16"),
    ],
)
def test_what_is_made_of_a_portrait_is_one(portrait: Reference, key: str, media: str, name: str, value: str) -> None:
    assert body(key, Task(media, "", "a fox", params=MATCH, references=(portrait,)))[name] == value


@pytest.mark.parametrize(
    ("key", "media"), [("flux-2-pro", "image"), ("veo-3-1", "video"), ("nano-banana-2-fal", "image")]
)
def test_an_endpoint_that_matches_by_itself_is_told_nothing(portrait: Reference, key: str, media: str) -> None:
    sent = body(key, Task(media, "", "a fox", params=MATCH, references=(portrait,)))
    assert {"aspect_ratio", "image_size"} & set(sent) == set()


def test_a_variation_has_no_prompt(portrait: Reference) -> None:
    task = Task("image", "", "a fox", references=(portrait,))
    assert body("flux-schnell", task) == {"redux_image": "at:portrait"}


@pytest.mark.parametrize(
    ("key", "voice", "sent"),
    [
        ("elevenlabs-v3", "George", {"text": "Hi", "voice": "George"}),
        ("elevenlabs-multilingual-v2", None, {"text": "Hi", "voice": "Rachel"}),
        (
            "minimax-speech-2-8-hd",
            "Abbess",
            {"prompt": "Hi", "output_format": "url", "voice_setting": {"voice_id": "Abbess"}},
        ),
        ("kokoro", None, {"prompt": "Hi"}),
    ],
)
def test_a_callers_voice_is_sent_by_the_endpoints_name(key: str, voice: str | None, sent: dict[str, Any]) -> None:
    assert body(key, Task("speech", "", "Hi", params={"voice": voice} if voice else {})) == sent


def test_every_speech_model_offers_its_voices_and_sends_them() -> None:
    for model in load().models("speech"):
        assert model.voices, model.key
        assert set(model.speakers.values()) <= set(model.voices), model.key
        assert model.provider in ("google", "openai") or model.call.inputs.get("voice"), model.key


def test_an_organization_that_is_not_verified_is_no_bad_key() -> None:
    told = {
        "error": {"message": "Your organization must be verified to use the model.", "type": "invalid_request_error"}
    }
    assert fault(Answer(403, {}, b"", told)).kind == "failed"
    assert fault(Answer(403, {}, b"", {"error": {"message": "No access."}})).kind == "auth"


def test_fals_webhook_keys_come_from_the_host_that_its_documents_name() -> None:
    assert HOSTS["keys"] == "https://rest.fal.ai"
