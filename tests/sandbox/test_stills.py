"""Reading callers' pictures: every kind that people send, upright, in their colours."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.sandbox import stills
from service.sandbox.job import Source


def opened(path: Path) -> Image.Image:
    return stills.opened(Source("image", "https://example.com/x", path))


def test_a_picture_lying_on_its_side_is_stood_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40), (200, 30, 30)).save(tmp_path / "x", "JPEG", exif=exif)
    assert opened(tmp_path / "x").size == (40, 60)


def test_sixteen_bits_a_pixel_keep_their_shades(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 20), 32_768, np.uint16)).save(tmp_path / "x", "PNG")
    assert opened(tmp_path / "x").getpixel((5, 5)) == (127, 127, 127)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "RGB"])
def test_every_mode_becomes_plain_colours(tmp_path: Path, mode: str) -> None:
    source = Image.new("RGB", (20, 20), (255, 255, 255)).convert(mode)
    source.save(tmp_path / "x", "TIFF" if mode == "CMYK" else "PNG")
    picture = opened(tmp_path / "x")
    assert (picture.mode, picture.getpixel((5, 5))) == ("RGB", (255, 255, 255))


def test_alpha_stays_only_where_something_is_transparent(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (9, 9, 9, 255)).save(tmp_path / "full", "PNG")
    Image.new("RGBA", (20, 20), (9, 9, 9, 90)).save(tmp_path / "thin", "WEBP", lossless=True)
    assert (opened(tmp_path / "full").mode, opened(tmp_path / "thin").mode) == ("RGB", "RGBA")


def test_transparency_is_laid_on_white_where_it_can_not_stay() -> None:
    assert stills.flat(Image.new("RGBA", (4, 4), (0, 0, 0, 0))).getpixel((1, 1)) == (255, 255, 255)
