"""Enlarging: sizes, honesty about the engine, and what is refused. Source: flixly-api, UPSCALE."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from service.errors import EngineMissing, ReferenceUnreachable, RefusedByProvider, ValidationError
from service.sandbox import stills, upscale
from tests.support.stills import halves, product, reference, task


@pytest.fixture
def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extra."""

    def missing(package: str, what: str) -> None:
        raise EngineMissing(f"{what} {package}")

    monkeypatch.setattr(stills, "engine", missing)
    upscale._session.cache_clear()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    upscale._session.cache_clear()


@pytest.mark.parametrize(("asked", "made"), [(None, 2), ("4", 4), ("2", 2)])
def test_a_picture_becomes_as_large_as_was_asked(tmp_path: Path, asked: str | None, made: int) -> None:
    parameters = {} if asked is None else {"upscale-factor": asked}
    given = reference(tmp_path / "given", product(60, 45))
    (artifact,) = upscale.make(task("upscale", given, parameters=parameters), tmp_path)
    with Image.open(artifact.path) as picture:
        assert picture.size == (60 * made, 45 * made) == (artifact.width, artifact.height)
        assert picture.format == "PNG"


def test_the_network_keeps_the_picture_and_shows_no_seams(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    source = product(300, 280)
    engine, large = upscale.enlarged(source, 2, 0)
    assert engine == "local/realesr-animevideov3"
    back = large.resize(source.size, Image.Resampling.BOX)
    assert max(ImageStat.Stat(ImageChops.difference(back, source)).mean) < 3
    column = ImageStat.Stat(ImageChops.difference(back, source).crop((254, 0, 258, 280))).mean
    assert max(column) < 4


@pytest.mark.usefixtures("without_network")
def test_without_the_extra_it_is_lanczos_and_says_so(tmp_path: Path) -> None:
    (artifact,) = upscale.make(task("upscale", reference(tmp_path / "given", halves(40, 40))), tmp_path)
    assert (artifact.engine, artifact.width) == ("local/lanczos", 80)


def test_transparency_is_kept(tmp_path: Path) -> None:
    source = product(40, 40).convert("RGBA")
    source.putalpha(Image.linear_gradient("L").resize((40, 40)))
    (artifact,) = upscale.make(task("upscale", reference(tmp_path / "given", source)), tmp_path)
    with Image.open(artifact.path) as picture:
        assert picture.mode == "RGBA"
        assert picture.getchannel("A").getextrema()[0] < 20


def test_what_would_be_too_large_is_refused(tmp_path: Path) -> None:
    given = reference(tmp_path / "given", Image.new("L", (4000, 3000)).convert("RGB"))
    with pytest.raises(RefusedByProvider, match="64 megapixels"):
        list(upscale.make(task("upscale", given, parameters={"upscale-factor": "4"}), tmp_path))


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    given = reference(tmp_path / "given", Image.new("1", (20_000, 20_000)))
    with pytest.raises(ReferenceUnreachable, match="50 megapixels") as refused:
        list(upscale.make(task("upscale", given), tmp_path))
    assert refused.value.errors[0].pointer == "/image_url"


@pytest.mark.parametrize("broken", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"])
def test_what_is_no_picture_is_refused_at_its_field(tmp_path: Path, broken: bytes) -> None:
    with pytest.raises(ReferenceUnreachable) as refused:
        list(upscale.make(task("upscale", reference(tmp_path / "given", broken)), tmp_path))
    assert refused.value.errors[0].pointer == "/image_url"


def test_without_a_picture_the_field_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="image_url is required"):
        list(upscale.make(task("upscale"), tmp_path))
