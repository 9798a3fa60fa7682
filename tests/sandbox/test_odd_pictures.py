"""One reading of pictures: every odd kind that people have, at every door of the embedded engine."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.errors import ReferenceUnreachable, RefusedByProvider
from service.sandbox.job import Job, Source
from service.sandbox.media import pictures
from tests.support import engines
from tests.support.odd_pictures import BLUE, COLOURED, GREY, RED, REFUSED, SHAPED

READABLE = {**COLOURED, **GREY, **SHAPED}
# What is made of a picture, quickly enough to be made of all of them.
DOORS: dict[str, Callable[[Source], Job]] = {
    "artwork": lambda one: Job("image", "any", "vivid", 1, 1, {"width": 64, "height": 64}, (one,)),
    "thumbnail": lambda one: Job("image", "any", "", 1, 1, {"title": "Hi", "width": 320, "height": 180}, (one,)),
    "vision": lambda one: Job("vision", "any", "What is this?", 1, 1, {}, (one,)),
    "vector": lambda one: Job("vector", "any", "", 1, 1, {}, (one,)),
    "upscale": lambda one: Job("upscale", "any", "", 1, 1, {"factor": 2}, (one,)),
    "background removal": lambda one: Job("backgroundremoval", "any", "", 1, 1, {}, (one,)),
    "film": lambda one: Job("video", "any", "", 1, 1, {"seconds": 0.2, "width": 64, "height": 64}, (one,)),
}

SHAPES = [(door, kind) for door in DOORS for kind in SHAPED if kind != "49 megapixels" or door == "vision"]


def given(folder: Path, media: bytes) -> Source:
    path = folder / "given"
    path.write_bytes(media)
    return Source("image", "https://example.com/odd", path)


def read(folder: Path, media: bytes) -> Image.Image:
    one = given(folder, media)
    return pictures.read(one.path, one.name, "/image_url")


def sides(picture: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """The colours in the middle of the left and of the right half."""
    pixels = np.asarray(picture.convert("RGB").resize((96, 64), Image.Resampling.NEAREST), int)
    return pixels[16:24, 16:32].mean(axis=(0, 1)), pixels[16:24, 64:80].mean(axis=(0, 1))


@pytest.mark.parametrize("kind", COLOURED)
def test_it_is_read_in_its_colours_and_upright(kind: str, tmp_path: Path) -> None:
    left, right = sides(read(tmp_path, COLOURED[kind]()))
    assert np.abs(left - RED).max() < 45
    assert np.abs(right - BLUE).max() < 45


@pytest.mark.parametrize("kind", GREY)
def test_it_is_read_in_its_shades(kind: str, tmp_path: Path) -> None:
    left, right = sides(read(tmp_path, GREY[kind]()))
    expected = (0, 255) if kind.startswith("1 bit") else (0, 255) if "any range" in kind else (51, 204)
    assert (left.mean(), right.mean()) == pytest.approx(expected, abs=6)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_can_not_be_read_is_refused_at_its_field(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ReferenceUnreachable) as refusal:
        read(tmp_path, REFUSED[kind]())
    assert [problem.pointer for problem in refusal.value.errors] == ["/image_url"]
    assert "https://example.com/odd" in refusal.value.message
    assert ("HEIC" in refusal.value.message) == (kind == "HEIC")


@pytest.mark.parametrize("kind", [kind for kind in READABLE if "megapixels" not in kind])
def test_every_picture_passes_through_an_engine_process(kind: str, tmp_path: Path) -> None:
    (made,) = engines.shared().make(DOORS["artwork"](given(tmp_path, READABLE[kind]())), tmp_path)
    assert made.path is not None


@pytest.mark.parametrize(("door", "kind"), SHAPES)
def test_pictures_of_any_shape_cost_their_own_run_at_most(door: str, kind: str, tmp_path: Path) -> None:
    job = DOORS[door](given(tmp_path, SHAPED[kind]()))
    # Nothing to cut out, too large to be enlarged: said so.
    may_say = (RefusedByProvider,) if door in ("background removal", "upscale") else ()
    with contextlib.suppress(*may_say):
        (made,) = engines.shared().make(job, tmp_path)
        assert made.path is not None or made.fields


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("door", DOORS)
def test_every_door_refuses_what_can_not_be_read(door: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(ReferenceUnreachable):
        engines.shared().make(DOORS[door](given(tmp_path, REFUSED[kind]())), tmp_path)
