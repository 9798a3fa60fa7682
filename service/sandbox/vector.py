"""SVG from pictures: vtracer, over a picture calmed and quantised first so that areas are traced and not grain.

Source: generor-api and flixly-api (VECTORIZE).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from service.sandbox import stills
from service.sandbox.job import Job, Product

ENGINE = "local/vtracer"
DRAWN_AT = (1024, 1024)
TRACED_AT = {"low": 640, "medium": 1024, "high": 1536}
"""Longest side in pixels at which a picture is traced, by the generator's «Detail»."""

COLORS = {"low": 8, "medium": 14, "high": 28}
FEW_COLORS = 5
SPECKLES = {"low": 12, "medium": 6, "high": 3}
"""Areas below this many pixels squared are left out."""

CURVES = {"smooth": "spline", "polygon": "polygon", "pixel": "none"}
FILL = re.compile(r'fill="(#[0-9A-Fa-f]{6})"')
DRAWN = r'fill="none" stroke="\1" stroke-width="2" stroke-linejoin="round"'
SIZE = re.compile(r'<svg [^>]*width="(\d+)" height="(\d+)"[^>]*>')


@dataclass(frozen=True, slots=True)
class Tracing:
    """Settings of tracing: the generator's mode, detail and curves."""

    mode: str
    detail: str
    curves: str

    @classmethod
    def of(cls, chosen: dict[str, Any]) -> "Tracing":
        """From the generator's parameters, anything unknown as if it were not there."""
        detail = str(chosen.get("vector-detail"))
        curves = str(chosen.get("vector-curves"))
        return cls(
            str(chosen.get("vector-mode") or "color"),
            detail if detail in COLORS else "medium",
            CURVES.get(curves, "spline"),
        )


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """SVGs of the given picture, or of a picture drawn from the prompt where none is given; each its own drawing.

    Parameters read: the generator's vector-mode, vector-detail, vector-curves. Raises EngineMissing without the extra,
    ReferenceUnreachable where the picture can't be read.
    """
    stills.engine("vtracer", "Tracing pictures")
    style = Tracing.of(job.params.get("parameters") or {})
    reference = stills.given(job, "image", "reference_image")
    source = stills.opened(reference) if reference is not None else None
    for index in range(job.count):
        picture = source if source is not None else next(stills.drawn(job, job.seed + index, DRAWN_AT, workdir))
        path = workdir / f"{index + 1}.svg"
        path.write_text(traced(picture, style), "utf-8")
        yield Product(index, ENGINE, path, "image/svg+xml", picture.width, picture.height)


def traced(picture: Image.Image, style: Tracing) -> str:
    """The picture as SVG of its own size in pixels, with a viewBox so that it scales."""
    vtracer = stills.engine("vtracer", "Tracing pictures")
    small = stills.within(picture, TRACED_AT[style.detail])
    if style.mode == "monochrome":
        small = _black_and_white(small)
    svg: str = vtracer.convert_raw_image_to_svg(
        _png(quantised(small, FEW_COLORS if style.mode in ("limited", "outline") else COLORS[style.detail])),
        img_format="png",
        colormode="binary" if style.mode == "monochrome" else "color",
        hierarchical="stacked",
        mode=style.curves,
        filter_speckle=SPECKLES[style.detail],
        color_precision=8,
        layer_difference=0,
        corner_threshold=60,
        length_threshold=4.0,
        splice_threshold=45,
        path_precision=1,
    )
    svg = SIZE.sub(_head(small, picture), svg, count=1)
    return FILL.sub(DRAWN, svg) if style.mode == "outline" else svg


def quantised(picture: Image.Image, colors: int) -> Image.Image:
    """The picture in so few colours, its grain smoothed away and its edges kept."""
    cv2 = stills.engine("cv2", "Tracing pictures")
    calm = np.asarray(picture.convert("RGB").filter(ImageFilter.MedianFilter(5)))
    for _ in range(2):
        calm = cv2.bilateralFilter(calm, 9, 28, 7)
    few = Image.fromarray(calm).quantize(colors, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    plain = few.convert("RGB").filter(ImageFilter.ModeFilter(7))
    if picture.mode == "RGBA":
        plain.putalpha(picture.getchannel("A").point(lambda value: 255 if value >= 128 else 0))
    return plain


def _black_and_white(picture: Image.Image) -> Image.Image:
    """Return what is darker than the brightness that parts the picture best (Otsu's), in black on white."""
    cv2 = stills.engine("cv2", "Tracing pictures")
    gray = np.asarray(stills.flat(picture).convert("L").filter(ImageFilter.GaussianBlur(1.5)))
    _, parted = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return Image.fromarray(parted).convert("RGB")


def _png(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _head(traced_at: Image.Image, picture: Image.Image) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{picture.width}" height="{picture.height}" '
        f'viewBox="0 0 {traced_at.width} {traced_at.height}">'
    )
