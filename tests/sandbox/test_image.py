"""The embedded picture engine, as its caller sees it: sizes, repetition, variations, references."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from service.catalog import load
from service.errors import ReferenceUnreachable
from service.sandbox import image
from service.sandbox.job import FIELDS, Job, Product, Source
from service.sandbox.pictures.light import LIGHTS
from service.sandbox.pictures.scenes import painted
from service.sandbox.pictures.styles import STYLES
from service.sandbox.pictures.subjects import scene_for, words_of

THUMBNAIL_SIZES = {"16:9": (1280, 720), "4:3": (1280, 960), "1:1": (1080, 1080)}
IMAGE_RATIOS = {
    ratio.ratio: ratio for model in load().models("image") for ratio in model.aspect_ratios if ratio.width is not None
}


def thumbnail(title: str = "I Trained Like an Astronaut for 30 Days", count: int = 1, **params: Any) -> Job:
    return Job("image", "any", title, count, 7, {"title": title, "quality": "pro", **params})


def made(job: Job, folder: Path) -> list[Product]:
    folder.mkdir(exist_ok=True)
    return list(image.make(job, folder))


def pixels(artifact: Product) -> np.ndarray:
    assert artifact.path is not None
    with Image.open(artifact.path) as opened:
        return np.asarray(opened.convert("RGB").resize((160, 90)), np.int16)


def picture(folder: Path, color: str, size: tuple[int, int] = (640, 480)) -> Path:
    path = folder / f"{color.strip('#')}-{size[0]}.png"
    Image.new("RGB", size, color).save(path)
    return path


@pytest.mark.parametrize("ratio", THUMBNAIL_SIZES)
def test_a_thumbnail_has_the_pixels_of_its_ratio(ratio: str, tmp_path: Path) -> None:
    (artifact,) = made(thumbnail(aspect_ratio=ratio), tmp_path)
    assert artifact.path is not None
    with Image.open(artifact.path) as opened:
        assert (opened.format, opened.mode, opened.size) == ("PNG", "RGB", THUMBNAIL_SIZES[ratio])
    assert (artifact.width, artifact.height) == THUMBNAIL_SIZES[ratio]
    assert (artifact.content_type, artifact.engine) == ("image/png", "local/pictures")


@pytest.mark.parametrize("ratio", sorted(IMAGE_RATIOS))
def test_an_image_has_the_pixels_that_the_catalogue_names(ratio: str, tmp_path: Path) -> None:
    wanted = IMAGE_RATIOS[ratio]
    params = {"aspect_ratio": wanted.ratio, "width": wanted.width, "height": wanted.height}
    (artifact,) = made(Job("image", "any", "a lighthouse at sunset", 1, 1, params), tmp_path)
    assert artifact.path is not None
    with Image.open(artifact.path) as opened:
        assert opened.size == (wanted.width, wanted.height)


@pytest.mark.parametrize(("ratio", "size"), image.ARTWORKS.items())
def test_a_ratio_alone_decides_the_size(ratio: str, size: tuple[int, int]) -> None:
    assert image.size_of(Job("image", "any", "waves", params={"aspect_ratio": ratio})) == size
    across, down = (int(part) for part in ratio.split(":"))
    assert size[0] / size[1] == pytest.approx(across / down, rel=0.06)


def test_matching_the_input_keeps_its_proportions(tmp_path: Path) -> None:
    given = Source("image", "http://x/1.png", picture(tmp_path, "#3366aa", (300, 900)))
    job = Job("image", "any", "as oil", 1, 1, {"aspect_ratio": "match_input_image", "width": None}, (given,))
    (artifact,) = made(job, tmp_path)
    assert artifact.width is not None
    assert artifact.height is not None
    assert artifact.width / artifact.height == pytest.approx(1 / 3, rel=0.02)


@pytest.mark.parametrize(
    ("plain", "particular"),
    [
        ("A cat, oil painting", "A cat wearing a top hat, oil painting"),
        ("a panda", "a panda with a crown"),
        ("an owl", "a wizard owl"),
        ("the sea at night", "a lighthouse by the sea at night"),
    ],
)
def test_what_a_prompt_adds_to_its_subject_is_drawn(plain: str, particular: str, tmp_path: Path) -> None:
    def drawn(prompt: str) -> np.ndarray:
        scene = scene_for("", prompt, Random(1))
        return np.asarray(painted(scene, 320, 320, Random(7), LIGHTS["day"], words_of(prompt)), np.int16)

    assert np.abs(drawn(particular) - drawn(plain)).max() > 60


def test_sizes_stay_within_what_a_machine_can_draw() -> None:
    params = {"width": 100_000, "height": 1}
    assert image.size_of(Job("image", "any", "waves", params=params)) == (image.LARGEST, image.SMALLEST)


@pytest.mark.parametrize("params", [{"title": "Why Cats Rule"}, {"format": "png"}, {"format": "webp"}])
def test_the_same_request_gives_the_same_bytes(params: dict[str, Any], tmp_path: Path) -> None:
    job = Job("image", "any", "a cat in the snow", 2, 5, {"width": 640, "height": 360, **params})
    once, again = made(job, tmp_path / "once"), made(job, tmp_path / "again")
    for one, other in zip(once, again, strict=True):
        assert one.path is not None
        assert other.path is not None
        assert one.path.read_bytes() == other.path.read_bytes()


def test_another_seed_gives_another_picture(tmp_path: Path) -> None:
    first, second = (
        made(Job("image", "any", "mountains", 1, seed, {"width": 320, "height": 320}), tmp_path / str(seed))[0]
        for seed in (1, 2)
    )
    assert np.abs(pixels(first) - pixels(second)).mean() > 4


@pytest.mark.parametrize("style", [style.key for style in STYLES])
def test_four_variations_are_four_thumbnails(style: str, tmp_path: Path) -> None:
    arts = [pixels(artifact) for artifact in made(thumbnail(count=4, style=style, width=640, height=360), tmp_path)]
    for place, one in enumerate(arts):
        for other in arts[place + 1 :]:
            assert np.abs(one - other).mean() > 12


def test_images_of_one_request_differ(tmp_path: Path) -> None:
    job = Job("image", "any", "a city at night", 3, 3, {"width": 480, "height": 270})
    arts = [pixels(artifact) for artifact in made(job, tmp_path)]
    assert all(np.abs(arts[place] - arts[place - 1]).mean() > 4 for place in range(3))


@pytest.mark.parametrize("ratio", THUMBNAIL_SIZES)
def test_a_red_photo_leaves_red_in_every_variation(ratio: str, tmp_path: Path) -> None:
    red = Source("image", "http://x/red.png", picture(tmp_path, "#ff0000"))
    plain = thumbnail("Slow Mornings", 4, aspect_ratio=ratio, style="clean-light", quality="standard")
    job = Job(plain.media, plain.model, plain.prompt, 4, 7, plain.params, (red,))
    for artifact in made(job, tmp_path / "out"):
        seen = pixels(artifact)
        share = ((seen[..., 0] > 215) & (seen[..., 1] < 40) & (seen[..., 2] < 40)).mean()
        assert share > 0.12, artifact.index


def test_an_image_made_over_keeps_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "halves.png"
    halves = Image.new("RGB", (400, 400), "#103070")
    halves.paste((250, 220, 60), (0, 200, 400, 400))
    halves.save(path)
    job = Job("image", "any", "vintage", 1, 1, {"width": 400, "height": 400}, (Source("image", "x", path),))
    seen = pixels(made(job, tmp_path)[0])
    assert seen[60:80, 60:100, 0].mean() > seen[10:30, 60:100, 0].mean() + 80


def test_the_picture_to_edit_counts_before_other_references(tmp_path: Path) -> None:
    green = Source("reference_image", "http://x/green.png", picture(tmp_path, "#00ff00"))
    blue = Source("image", "http://x/blue.png", picture(tmp_path, "#0000ff"))
    job = Job("image", "any", "vivid", 1, 1, {"width": 200, "height": 200}, (green, blue))
    red_seen, green_seen, blue_seen = pixels(made(job, tmp_path)[0])[45, 80]
    assert blue_seen > 200
    assert max(red_seen, green_seen) < 60


@pytest.mark.parametrize("role", ["image", "reference_image"])
@pytest.mark.parametrize("title", ["Broken", None])
@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n broken", b"GIF89a", b"<html>"], ids=len)
def test_a_broken_reference_is_named_at_its_field(role: str, title: str | None, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    params = {"title": title} if title else {}
    job = Job("image", "any", "cats", 1, 1, params, (Source(role, "http://x/broken.png", path),))
    with pytest.raises(ReferenceUnreachable) as failure:
        made(job, tmp_path)
    assert [problem.pointer for problem in failure.value.errors] == [f"/{FIELDS[role]}"]
    assert "http://x/broken.png" in str(failure.value)


def test_a_photo_taken_sideways_is_set_upright(tmp_path: Path) -> None:
    path = tmp_path / "sideways.jpg"
    sideways = Image.new("RGB", (400, 200), "#ffffff")
    sideways.paste((0, 0, 0), (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways.save(path, exif=exif)
    job = Job("image", "any", "vivid", 1, 1, {"aspect_ratio": "match_input_image"}, (Source("image", "x", path),))
    (artifact,) = made(job, tmp_path)
    assert artifact.width is not None
    assert artifact.height is not None
    assert artifact.width < artifact.height
    seen = pixels(artifact)
    assert seen[:35].mean() + 100 < seen[55:].mean()
