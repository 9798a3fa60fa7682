"""Pictures as people have them: every odd kind, all of the same scene, red on the left and blue on the right."""

import zlib
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from struct import pack
from typing import Any

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

RED, BLUE = (210, 40, 40), (40, 60, 200)
SIZE = (96, 64)


def scene(size: tuple[int, int] = SIZE) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    return picture


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    """The bytes of the picture in a format."""
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def turned(orientation: int) -> bytes:
    """A JPEG that stands right only once its EXIF orientation is heeded."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = scene() if orientation == 1 else scene().transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(stored, "JPEG", quality=95, exif=exif)


def with_chunk(name: bytes, data: bytes) -> bytes:
    """A PNG with one more chunk behind its header."""
    plain = saved(scene(), "PNG")
    chunk = pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))
    return plain[:33] + chunk + plain[33:]


def noise(size: int) -> bytes:
    """Bytes that do not pack."""
    return np.random.default_rng(1).integers(0, 256, size, np.uint8).tobytes()


def greys(kind: Any, lightest: float) -> Image.Image:
    """Dark on the left, light on the right."""
    values = np.full((SIZE[1], SIZE[0]), lightest * 0.2, kind)
    values[:, SIZE[0] // 2 :] = kind(lightest * 0.8)
    return Image.fromarray(values)


def text_chunks() -> bytes:
    """A PNG with a workflow of 2 MB in its text, as ComfyUI writes."""
    told = PngImagePlugin.PngInfo()
    told.add_text("workflow", noise(1_500_000).hex()[:2_000_000])
    told.add_itxt("prompt", "x" * 2_000_000, zip=True)
    return saved(scene(), "PNG", pnginfo=told)


def wide_gamut() -> bytes:
    """A JPEG with a profile of its own."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved(scene(), "JPEG", quality=95, icc_profile=profile)


# In colour: the left is red, the right is blue.
COLOURED: Mapping[str, Callable[[], bytes]] = {
    **{f"EXIF orientation {number}": partial(turned, number) for number in range(1, 9)},
    "CMYK JPEG": lambda: saved(scene().convert("CMYK"), "JPEG", quality=95),
    "CMYK TIFF": lambda: saved(scene().convert("CMYK"), "TIFF"),
    "palette PNG": lambda: saved(scene().quantize(8), "PNG"),
    "palette GIF": lambda: saved(scene(), "GIF"),
    "BMP": lambda: saved(scene(), "BMP"),
    "AVIF": lambda: saved(scene(), "AVIF", quality=95),
    "WebP": lambda: saved(scene(), "WEBP", lossless=True),
    "animated WebP": lambda: saved(
        scene(), "WEBP", lossless=True, save_all=True, append_images=[Image.new("RGB", SIZE)], duration=50
    ),
    "APNG": lambda: saved(scene(), "PNG", save_all=True, append_images=[Image.new("RGB", SIZE)], duration=50),
    "animated GIF": lambda: saved(scene(), "GIF", save_all=True, append_images=[Image.new("RGB", SIZE)], duration=50),
    "MPO": lambda: saved(scene(), "MPO", quality=95, save_all=True, append_images=[Image.new("RGB", SIZE)]),
    "a profile": wide_gamut,
    "a profile of 1.4 MB": lambda: with_chunk(b"iCCP", b"big\0\0" + zlib.compress(noise(1_400_000), 1)),
    "2 MB of text": text_chunks,
    "broken EXIF": lambda: saved(scene(), "JPEG", quality=95, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    "JPEG cut off by 40 bytes": lambda: saved(scene((960, 640)), "JPEG", quality=95)[:-40],
    "PNG cut off by 40 bytes": lambda: saved(scene((960, 640)), "PNG")[:-40],
    "WebP of 16 megapixels": lambda: saved(scene((4096, 4096)), "WEBP", quality=10, method=0),
}
# In grey: the left is darker than the right.
GREY: Mapping[str, Callable[[], bytes]] = {
    "16 bit PNG": lambda: saved(greys(np.uint16, 65535), "PNG"),
    "16 bit TIFF": lambda: saved(greys(np.uint16, 65535), "TIFF"),
    "32 bit TIFF": lambda: saved(greys(np.int32, 65535), "TIFF"),
    "float TIFF from 0 to 1": lambda: saved(greys(np.float32, 1.0), "TIFF"),
    "float TIFF from 0 to 255": lambda: saved(greys(np.float32, 255.0), "TIFF"),
    "float TIFF of any range": lambda: saved(greys(np.float32, 9000.0), "TIFF"),
    "grey with alpha": lambda: saved(greys(np.uint8, 255).convert("LA"), "PNG"),
    "1 bit PNG": lambda: saved(greys(np.uint8, 255).convert("1", dither=Image.Dither.NONE), "PNG"),
    "1 bit TIFF": lambda: saved(greys(np.uint8, 255).convert("1", dither=Image.Dither.NONE), "TIFF"),
}
# Of shapes that are bounded.
SHAPED: Mapping[str, Callable[[], bytes]] = {
    "1 x 3000": lambda: saved(Image.new("RGB", (1, 3000), RED), "PNG"),
    "3000 x 1": lambda: saved(Image.new("RGB", (3000, 1), RED), "PNG"),
    "1 x 1": lambda: saved(Image.new("RGB", (1, 1), RED), "PNG"),
    "400 x 8000": lambda: saved(scene((400, 8000)), "PNG"),
    "49 megapixels": lambda: saved(Image.new("RGB", (7000, 7000), RED), "WEBP", quality=1, method=0),
}
REFUSED: Mapping[str, Callable[[], bytes]] = {
    "60 megapixels": lambda: saved(Image.new("1", (10_000, 6_000)), "PNG"),
    "a side of 50,000": lambda: saved(Image.new("1", (50_000, 2)), "PNG"),
    "HEIC": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + noise(2000),
    "a page": lambda: b"<!doctype html><title>404</title>",
    "nothing": lambda: b"",
    "the start of a PNG": lambda: b"\x89PNG\r\n\x1a\n broken",
}
