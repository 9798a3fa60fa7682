"""Cutting out: what stands out stays, the ground goes. Source: flixly-api, REMOVE_BACKGROUND."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from service.errors import ReferenceUnreachable, RefusedByProvider
from service.sandbox import backgroundremoval
from service.sandbox.job import Product
from tests.support.stills import product, reference, task


@pytest.fixture(autouse=True)
def _engines() -> None:
    pytest.importorskip("cv2")


def alpha_of(artifact: Product) -> np.ndarray:
    with Image.open(artifact.path) as picture:
        assert picture.format == "PNG"
        assert picture.mode == "RGBA"
        return np.asarray(picture.getchannel("A"))


def cut(tmp_path: Path, picture: Image.Image, **params: object) -> Product:
    given = reference(tmp_path / "given", picture)
    return next(backgroundremoval.make(task("backgroundremoval", given, **params), tmp_path))


def disc(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return (x - width // 2) ** 2 + (y - height // 2) ** 2 <= (height // 4) ** 2


@pytest.mark.parametrize("edges", ["soft", "sharp"])
def test_a_product_on_a_light_ground_is_cut_out_to_its_edge(tmp_path: Path, edges: str) -> None:
    kept = alpha_of(cut(tmp_path, product(), parameters={"background-remover-edges": edges})) > 127
    wanted = disc(320, 240)
    assert (kept & wanted).sum() / (kept | wanted).sum() > 0.97


def test_nothing_of_the_ground_stays_hidden_in_the_file(tmp_path: Path) -> None:
    with Image.open(cut(tmp_path, product()).path) as picture:
        assert picture.getpixel((5, 5)) == (0, 0, 0, 0)


def test_a_subject_before_a_busy_ground_is_found(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 90, (240, 320, 3), dtype=np.uint8)
    noise[..., 2] += 120
    picture = Image.fromarray(noise)
    ImageDraw.Draw(picture).ellipse((100, 60, 220, 180), fill=(240, 170, 40))
    artifact = cut(tmp_path, picture)
    wanted = disc(320, 240)
    kept = alpha_of(artifact) > 127
    assert artifact.engine == "local/grabcut"
    assert (kept & wanted).sum() / (kept | wanted).sum() > 0.93


def test_a_hole_shows_the_even_ground_through(tmp_path: Path) -> None:
    picture = Image.new("RGB", (300, 300), (250, 250, 250))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 60, 240, 240), fill=(30, 90, 200))
    pen.ellipse((110, 110, 190, 190), fill=(250, 250, 250))
    alpha = alpha_of(cut(tmp_path, picture))
    assert (alpha[150, 150], alpha[150, 85], alpha[10, 10]) == (0, 255, 0)


def test_a_picture_that_is_transparent_already_keeps_its_alpha(tmp_path: Path) -> None:
    source = product().convert("RGBA")
    source.putalpha(Image.linear_gradient("L").resize(source.size))
    artifact = cut(tmp_path, source)
    assert artifact.engine == "local/kept-alpha"
    assert (alpha_of(artifact) == np.asarray(source.getchannel("A"))).all()


def test_the_same_picture_is_cut_the_same_way(tmp_path: Path) -> None:
    once = cut(tmp_path, product()).path.read_bytes()
    assert cut(tmp_path, product()).path.read_bytes() == once


def test_an_empty_picture_is_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(RefusedByProvider, match="stands out"):
        cut(tmp_path, Image.new("RGB", (200, 150), (120, 130, 140)))


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (9, 9)])
def test_a_tiny_picture_is_answered_or_refused_but_never_breaks(tmp_path: Path, size: tuple[int, int]) -> None:
    try:
        alpha = alpha_of(cut(tmp_path, product(64, 64).resize(size)))
    except RefusedByProvider:
        return
    assert alpha.shape == size[::-1]


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    given = reference(tmp_path / "given", b"GIF89a")
    with pytest.raises(ReferenceUnreachable):
        next(backgroundremoval.make(task("backgroundremoval", given), tmp_path))
