"""What a request's members are called at a provider, and which are sent at all."""

from pathlib import Path
from typing import Any

from service.providers.base import Reference, Task
from service.providers.inputs import members


def body(task: Task) -> dict[str, Any]:
    return members(task, lambda reference: f"at:{reference.url}", lambda width, height: f"{width}x{height}")


def test_a_few_members_go_under_our_own_names_and_the_rest_only_if_named() -> None:
    params = {"aspect_ratio": "16:9", "seconds": 5, "width": 16, "height": 9, "generate_audio": False}
    assert body(Task("video", "m", "rain", params=params)) == {
        "prompt": "rain",
        "aspect_ratio": "16:9",
        "generate_audio": False,
    }


def test_names_lists_patterns_and_what_is_never_sent() -> None:
    references = (Reference("image", "a"), Reference("reference_image", "b"), Reference("end_frame", "c"))
    inputs = {
        "prompt": "text",
        "seconds": "duration={}s",
        "size": "image_size",
        "image_url": "image_urls[]",
        "reference_images": "image_urls[]",
        "aspect_ratio": None,
    }
    params = {"aspect_ratio": "1:1", "seconds": 8, "width": 4, "height": 3}
    asked = Task("video", "m", "rain", params=params, references=references, inputs=inputs, fixed={"quality": "high"})
    assert body(asked) == {
        "text": "rain",
        "duration": "8s",
        "image_size": "4x3",
        "image_urls": ["at:a", "at:b"],
        "quality": "high",
    }


def test_the_ratio_of_the_input_picture_is_no_ratio() -> None:
    assert body(Task("image", "m", "x", params={"aspect_ratio": "match_input_image"})) == {"prompt": "x"}


def test_a_reference_that_the_model_does_not_take_is_not_uploaded() -> None:
    asked = Task("image", "m", "x", references=(Reference("image", "a", Path("a")),), inputs={"image_url": None})

    def place(_: Reference) -> str:
        raise AssertionError("uploaded for nothing")

    assert members(asked, place, lambda *_: None) == {"prompt": "x"}


def test_a_thumbnails_title_is_told_to_the_model() -> None:
    params = {"title": "I Tried It", "style": "bold-neon"}
    prompt = body(Task("image", "m", "a man on a bike", params=params))["prompt"]
    assert "«I Tried It»" in prompt
    assert "bold neon" in prompt
    assert "a man on a bike" in prompt
