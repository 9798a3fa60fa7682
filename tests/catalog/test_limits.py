"""What models take of lengths, words, voices and shapes, mode by mode."""

from typing import Any

import pytest

from service.catalog import Catalog
from service.catalog.limits import check_text, voice_of
from service.catalog.pricing import quote
from service.errors import ValidationError

START, END = {"image_url": "https://example.com/a.png"}, {"ending_frame_url": "https://example.com/b.png"}


@pytest.mark.parametrize(
    ("key", "given", "asked", "used"),
    [
        ("luma-ray-3-2", {}, 10, 10),
        ("luma-ray-3-2", START, 10, 5),
        ("luma-ray-3-2", START | END, 10, 10),
        ("veo-3-1", {"reference_images": ["https://example.com/a.png"]}, 4, 8),
        ("veo-3-1", START, 4, 4),
        ("elevenlabs-sfx-2", {}, 60, 22),
        ("cassetteai-sfx", {}, 31, 30),
        ("mirelo-sfx-1-6", {}, 45, 45),
        ("mirelo-sfx-1-6", {}, 90, 60),
        ("sonilo-sfx-1-1", {}, 300, 180),
        ("stable-audio-3-sfx", {}, 300, 120),
        ("stable-audio-3-medium", {}, 600, 380),
        ("elevenlabs-music", {}, 1, 3),
        ("elevenlabs-music", {}, 600, 600),
        ("lyria-3-fal", {}, 77, 77),
    ],
)
def test_a_length_is_snapped_to_what_the_mode_makes_and_told(
    catalog: Catalog, key: str, given: dict[str, Any], asked: int, used: int
) -> None:
    price = quote(None, catalog.model_by_key(key), {**given, "seconds": asked})
    assert price.seconds_used == used
    told = (price.adjustments or {}).get("seconds")
    assert (told is None) == (asked == used)
    if told is not None:
        assert (told["requested"], told["used"]) == (asked, used)
        assert used in told["supported"]


def test_a_snapped_length_is_what_is_paid_for(catalog: Catalog) -> None:
    luma = catalog.model_by_key("luma-ray-3-2")
    assert quote(None, luma, {**START, "seconds": 10}).total == quote(None, luma, {"seconds": 5}).total


@pytest.mark.parametrize(
    ("key", "given", "ratio"),
    [
        ("flux-dev", {}, "1:1"),
        ("flux-dev", START, "match_input_image"),
        ("gpt-image-2", {"reference_images": ["https://example.com/a.png"]}, "match_input_image"),
        ("veo-3-1", {}, "16:9"),
        ("veo-3-1", START, "match_input_image"),
        ("flux-dev", START | {"aspect_ratio": "4:3"}, "4:3"),
    ],
)
def test_what_is_made_of_a_picture_has_its_shape(catalog: Catalog, key: str, given: dict[str, Any], ratio: str) -> None:
    chosen = quote(None, catalog.model_by_key(key), given).aspect_ratio
    assert chosen is not None
    assert chosen.ratio == ratio


def test_a_dropdowns_default_does_not_square_a_portrait(catalog: Catalog) -> None:
    generator, model = catalog.generator("image"), catalog.model_by_key("flux-dev")
    chosen = quote(generator, model, START).aspect_ratio
    assert chosen is not None
    assert chosen.ratio == "match_input_image"
    asked = {**START, "parameters": {generator.ratio_parameter: "1"}}
    square = quote(generator, model, asked).aspect_ratio
    assert square is not None
    assert square.ratio == "1:1"


@pytest.mark.parametrize(
    ("key", "given", "most"),
    [
        ("chatterbox-multilingual", {}, 300),
        ("suno-sounds", {}, 500),
        ("tts-1-hd", {}, 4096),
        ("qwen-image-2", START, 800),
        ("qwen-image-2", {}, None),
    ],
)
def test_a_text_that_is_too_long_is_refused_before_it_is_paid_for(
    catalog: Catalog, key: str, given: dict[str, Any], most: int | None
) -> None:
    model = catalog.model_by_key(key)
    check_text(model, given, "x" * (most or 9000), "/prompt")
    if most is not None:
        with pytest.raises(ValidationError, match="characters at most") as refusal:
            check_text(model, given, "x" * (most + 1), "/prompt")
        assert refusal.value.errors[0].pointer == "/prompt"


@pytest.mark.parametrize(
    ("key", "asked", "voice", "told"),
    [
        ("elevenlabs-v3", "rachel", "Rachel", False),
        ("elevenlabs-v3", "JBFqnCBsd6RMkjVDRZzb", "JBFqnCBsd6RMkjVDRZzb", False),
        ("kokoro", "alloy", "af_heart", True),
        ("gemini-3-8-flash-tts", "alloy", "Kore", True),
        ("gemini-3-8-flash-tts", None, None, False),
    ],
)
def test_a_voice_is_the_models_own(catalog: Catalog, key: str, asked: str | None, voice: str, told: bool) -> None:
    found, adjustments = voice_of(catalog.model_by_key(key), asked)
    assert found == voice
    assert ("voice" in adjustments) == told
