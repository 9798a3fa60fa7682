"""Pictures as providers are sent them: right side up, plain, and without where they were taken."""

import base64
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from service.config import ProviderSettings
from service.sandbox.job import Job, Product, Source
from tests.fakes.byteplus import FakeBytePlus
from tests.fakes.fal import FakeFal
from tests.fakes.google import FakeGoogle
from tests.fakes.kie import FakeKie
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY, FakeProvider
from tests.fakes.replicate import FakeReplicate
from tests.support import engines
from tests.support.house import Account, House
from tests.support.odd_pictures import BLUE, COLOURED, GREY, RED, REFUSED, saved, scene

GPS, MODEL, TAKEN = 0x8825, 0x0110, "2026:01:01 00:00:00"
# A model of each provider that is shown a picture, and one that talks about it where the provider has such.
MODELS: dict[str, tuple[type[FakeProvider], str]] = {
    "gpt-image-2": (FakeOpenAI, "image"),
    "gpt-6-sol": (FakeOpenAI, "text"),
    "nano-banana-2": (FakeGoogle, "image"),
    "gemini-3-8-flash": (FakeGoogle, "text"),
    "seedream-4": (FakeBytePlus, "image"),
    "seed-2-lite": (FakeBytePlus, "text"),
    "flux-dev": (FakeFal, "image"),
    "flux-1-1-pro": (FakeReplicate, "image"),
    "nano-banana-2-kie": (FakeKie, "image"),
    "claude-sonnet-5": (FakeKie, "text"),
}


def phones(form: str = "JPEG") -> bytes:
    """A picture as a phone keeps it: on its side, with a note of where it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[MODEL], exif[0x0132] = 6, "SecretPhone", TAKEN
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 51.0, 29.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    stored = scene((960, 640)).transpose(Image.Transpose.ROTATE_90)
    return saved(stored, form, quality=95, exif=exif, comment=b"SecretPhone")


def noted() -> bytes:
    """A PNG with a workflow in its text, behind the pixels too, and XMP."""
    notes = PngImagePlugin.PngInfo()
    notes.add(b"tEXt", b"workflow\0SecretPhone", after_idat=True)
    notes.add_itxt("XML:com.adobe.xmp", "<x>SecretPhone</x>")
    return saved(scene(), "PNG", pnginfo=notes)


@pytest.fixture
def fakes() -> Iterator[dict[type[FakeProvider], FakeProvider]]:
    opened = {kind: kind() for kind, _ in MODELS.values()}
    yield opened
    for fake in opened.values():
        fake.close()


@pytest.fixture
def paying(houses: Callable[..., House], fakes: dict[type[FakeProvider], FakeProvider]) -> Account:
    house = houses(providers={fake.name: ProviderSettings(KEY, fake.base_url) for fake in fakes.values()})
    house.work()
    return house.account("enterprise")


def inline(media: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(media).decode()}"


def shown(fake: FakeProvider) -> list[bytes]:
    """Every picture that the provider was sent: in base64, as a part of a form, or by itself."""
    found = [request.body for request in fake.requests]
    for request in fake.requests:
        found += [base64.b64decode(one) for one in re.findall(rb"[A-Za-z0-9+/]{200,}={0,2}", request.body)]
        if b"form-data" in request.body:
            found += [
                part for part in re.split(rb"\r\n\r\n|\r\n--", request.body) if part[:2] in (b"\xff\xd8", b"\x89P")
            ]
    return [media for media in found if media[:2] in (b"\xff\xd8", b"\x89P")]


def sides(media: bytes) -> tuple[Any, Any]:
    """The colours of the left and the right half, without heeding any note."""
    pixels = np.asarray(Image.open(io.BytesIO(media)).convert("RGB").resize((96, 64)), int)
    return pixels[16:24, 16:32].mean(axis=(0, 1)), pixels[16:24, 64:80].mean(axis=(0, 1))


def assert_red_and_blue(media: bytes) -> None:
    left, right = sides(media)
    assert np.abs(left - RED).max() < 45
    assert np.abs(right - BLUE).max() < 45


@pytest.mark.parametrize("makes", ["image", "text"])
def test_every_provider_is_sent_a_picture_upright_and_without_where_it_was_taken(
    paying: Account, fakes: dict[type[FakeProvider], FakeProvider], makes: str
) -> None:
    models = {model: kind for model, (kind, made) in MODELS.items() if made == makes}
    for fake in fakes.values():
        fake.makes = makes
    values = {"prompt": "a hat on it", "image_url": inline(phones())}
    begun = {
        model: paying.submit("flixly.media.generate", {**values, "model": model}).get_json()["id"] for model in models
    }
    for model, run_id in begun.items():
        run = paying.ended(run_id, seconds=90)
        assert (model, run["status"]) == (model, "completed"), run["error"]
        (media,) = shown(fakes[models[model]])
        assert Image.open(io.BytesIO(media)).size == (960, 640), model
        assert_red_and_blue(media)
        assert b"SecretPhone" not in media, model
        assert not Image.open(io.BytesIO(media)).getexif(), model


def test_what_no_provider_could_read_is_refused_by_name_before_it_is_paid_for(
    paying: Account, fakes: dict[type[FakeProvider], FakeProvider]
) -> None:
    values = {"model": "gpt-image-2", "prompt": "a hat on it", "image_url": inline(REFUSED["HEIC"]())}
    run = paying.ended(paying.submit("flixly.media.generate", values).get_json()["id"], seconds=90)
    assert run["error"]["code"] == "reference_unreachable"
    assert "HEIC" in run["error"]["message"]
    assert paying.charges(run["id"]) == []
    assert fakes[FakeOpenAI].requests == []


def normalized(folder: Path, media: bytes) -> tuple[Product, bytes]:
    """What an engine process makes of a picture, and the bytes that are sent."""
    path = folder / "given"
    path.write_bytes(media)
    job = Job("normalizing", "", "", references=(Source("image", "https://example.com/odd", path),))
    (product,) = engines.shared().make(job, folder)
    return product, path.read_bytes() if product.path is None else product.path.read_bytes()


@pytest.mark.parametrize("kind", [kind for kind in COLOURED if "megapixels" not in kind])
def test_every_picture_is_sent_as_a_plain_jpeg_or_png_in_its_colours(kind: str, tmp_path: Path) -> None:
    _, sent = normalized(tmp_path, COLOURED[kind]())
    picture = Image.open(io.BytesIO(sent))
    assert (picture.format in ("JPEG", "PNG"), picture.mode) == (True, "RGB")
    assert getattr(picture, "n_frames", 1) == 1
    assert not picture.getexif()
    assert "icc_profile" not in picture.info
    assert_red_and_blue(sent)


@pytest.mark.parametrize("kind", [kind for kind in GREY if kind != "grey with alpha"])
def test_pictures_of_many_bits_are_sent_in_eight(kind: str, tmp_path: Path) -> None:
    _, sent = normalized(tmp_path, GREY[kind]())
    left, right = sides(sent)
    assert left.mean() + 100 < right.mean()
    assert sent[24] == 8


@pytest.mark.parametrize("make", [phones, lambda: phones("WEBP"), noted], ids=["JPEG", "WebP", "PNG"])
def test_no_note_is_sent_wherever_it_stands(make: Callable[[], bytes], tmp_path: Path) -> None:
    _, sent = normalized(tmp_path, make())
    assert b"SecretPhone" not in sent
    assert TAKEN.encode() not in sent


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_what_is_plain_is_sent_as_it_came(form: str, tmp_path: Path) -> None:
    media = saved(scene(), form)
    product, sent = normalized(tmp_path, media)
    assert (product.path, sent) == (None, media)
    hidden, sent = normalized(tmp_path, media + media)
    assert hidden.path is not None
    assert len(sent) < 2 * len(media)


def test_a_cut_out_keeps_its_transparency(tmp_path: Path) -> None:
    cut_out = scene().convert("RGBA")
    cut_out.paste((0, 0, 0, 0), (0, 0, 20, 20))
    _, sent = normalized(tmp_path, saved(cut_out, "WEBP", lossless=True))
    picture = Image.open(io.BytesIO(sent))
    assert (picture.format, picture.mode) == ("PNG", "RGBA")
    assert picture.getpixel((5, 5)) == (0, 0, 0, 0)
