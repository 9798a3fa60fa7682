"""Callers' pictures: every kind that people send, upright, in sRGB, 8 bits a channel, within bounds.

Bounds are checked before anything is decoded. What browsers show is read: pictures cut off at their end, with broken
notes, with profiles and texts of any size. Of pictures that move, the first frame is.
"""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps, PngImagePlugin

from service.errors import ReferenceUnreachable

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 40_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)
# EXIF's tag of a picture's orientation; 5 to 8 stand on their side.
TURNED, ON_ITS_SIDE = 0x0112, 5
DARKEST_FLOAT, LIGHTEST_16 = 0.0, 65535
# Of what Pillow tells about a file: nothing that says more than its pixels do.
HARMLESS = {
    *("jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform", "progressive"),
    *("progression", "interlace", "aspect", "transparency", "gamma", "srgb"),
}
PNG, PNG_DEPTH, BITS, PNG_END = b"\x89PNG", 24, 8, b"\0\0\0\0IEND\xaeB`\x82"
# Twice in a file where another one hangs behind the picture: within coded pixels it can't be.
JPEG_END = b"\xff\xd9"
HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
# A profile of 1.4 MB and a ComfyUI workflow of 2 MB are usual; memory has a limit of its own.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = 64 * 1024 * 1024
# As browsers do: what is there of a picture that was cut off is shown.
ImageFile.LOAD_TRUNCATED_IMAGES = True
Image.MAX_IMAGE_PIXELS = None


def read(path: Path, name: str, pointer: str, draft: tuple[int, int] | None = None) -> Image.Image:
    """Return the picture upright: RGBA where anything in it is transparent, RGB otherwise.

    A JPEG may come smaller, but no smaller than `draft`. Raises ReferenceUnreachable at `pointer`, naming the picture,
    where the file is no picture that can be read, or has more than 50 megapixels.
    """
    try:
        with Image.open(path, formats=FORMATS) as picture:
            _check_shape(picture.size, name, pointer)
            if draft is not None:
                picture.draft("RGB", draft)
            picture.load()
            return _plain(_in_srgb(_upright(picture)))
    except BROKEN as error:
        kind = "a HEIC picture; send it as JPEG or PNG" if _is_heic(path) else "no picture that can be read"
        raise ReferenceUnreachable.at(pointer, f"{name} is {kind}.") from error


def size_of(path: Path) -> tuple[int, int] | None:
    """Return width and height as it is looked at; None for a file that can't be read, which `read` will say."""
    try:
        with Image.open(path, formats=FORMATS) as picture:
            turned = picture.getexif().get(TURNED, 1) >= ON_ITS_SIDE
            return (picture.height, picture.width) if turned else picture.size
    except BROKEN:
        return None


def form_of(path: Path) -> str:
    """Return the name of a readable picture's format, as Pillow has it."""
    with Image.open(path, formats=FORMATS) as picture:
        return str(picture.format)


def is_bare(path: Path) -> bool:
    """Tell whether a JPEG or PNG holds one picture of 8 bits a channel in sRGB and not a note beside it."""
    with Image.open(path, formats=("JPEG", "PNG")) as picture:
        picture.load()
        notes = set(picture.info) - HARMLESS
        if notes or picture.mode not in ("RGB", "RGBA", "L") or getattr(picture, "n_frames", 1) > 1:
            return False
        chunks = getattr(picture, "private_chunks", ())
        segments = [name for name, _ in getattr(picture, "applist", ()) if name not in ("APP0", "APP14")]
    media = path.read_bytes()
    if media.startswith(PNG):
        return not chunks and media[PNG_DEPTH] == BITS and media.endswith(PNG_END) and media.count(PNG_END) == 1
    return not segments and media.endswith(JPEG_END) and media.count(JPEG_END) == 1


def _check_shape(size: tuple[int, int], name: str, pointer: str) -> None:
    width, height = size
    if width * height > MOST_PIXELS or max(size) > LONGEST_SIDE:
        most = f"{MOST_PIXELS // 1_000_000} megapixels and {LONGEST_SIDE:,} pixels a side are the most"
        raise ReferenceUnreachable.at(pointer, f"{name} has {width}x{height} pixels; {most}.")


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except (*BROKEN, TypeError, KeyError, ZeroDivisionError):
        # Its notes are broken, the picture is not.
        return picture


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return the picture in the colours that a browser shows, where it has a profile that can be read."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L", "LA"):
        return picture
    alpha = picture.getchannel("A") if picture.mode in ("RGBA", "LA") else None
    opaque = picture.convert(picture.mode.removesuffix("A")) if alpha is not None else picture
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        changed = ImageCms.profileToProfile(opaque, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (*BROKEN, ImageCms.PyCMSError):
        return picture
    if changed is None:
        return picture
    if alpha is not None:
        changed.putalpha(alpha)
    return changed


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _from_numbers(picture)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    lightest, _ = layer.getchannel("A").getextrema()
    return layer if isinstance(lightest, int) and lightest < 255 else layer.convert("RGB")


def _from_numbers(picture: Image.Image) -> Image.Image:
    """Return a picture of 16 bit, 32 bit or floating numbers in grey: those that are known by their usual range."""
    values = np.nan_to_num(np.asarray(picture, np.float32))
    low, high = float(values.min()), float(values.max())
    if picture.mode != "F" and low >= 0 and high <= LIGHTEST_16:
        low, high = 0.0, float(LIGHTEST_16)
    elif picture.mode == "F" and low >= DARKEST_FLOAT and high <= 1.0:
        low, high = 0.0, 1.0
    elif picture.mode == "F" and low >= DARKEST_FLOAT and high <= 255.0:
        low, high = 0.0, 255.0
    grey = (values - low) * (255 / max(high - low, 1e-6))
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")


def _is_heic(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(12)
    return start[4:8] == b"ftyp" and start[8:12] in HEIC
