"""Enlarged pictures: a small network where it is installed and the picture is not too large for it, Lanczos otherwise.

Source: generor-api and flixly-api (UPSCALE); the network and its licence: networks/README.md.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from service.errors import EngineMissing, RefusedByProvider
from service.sandbox import stills
from service.sandbox.job import Job, Product

NETWORK = Path(__file__).parent / "networks" / "realesr-animevideov3-x4.onnx"
DRAWN_BY_NETWORK, DRAWN_BY_LANCZOS = "local/realesr-animevideov3", "local/lanczos"
NETWORK_FACTOR = 4
FACTORS = (2, 4)
MOST_INPUT = 1_100_000
"""Pixels that the network enlarges within the patience of a caller: about 20 s on two cores."""

MOST_OUTPUT = 64_000_000
Floats = NDArray[np.float32]
TILE, MARGIN = 256, 16
"""Pixels of a tile's side and of the surroundings it is enlarged with, so that memory is bounded and no seam shows."""

SHARPENED = {"soft": 0, "natural": 60, "crisp": 130}
"""Per cent of unsharp mask for the generator's «Sharpness»."""


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """The picture enlarged, `job.count` times over: a JPEG of at least 12 megapixels, a PNG below.

    Parameters read: factor (2 or 4, also as the generator's `upscale-factor`), `upscale-sharpen`. Raises
    ValidationError without a picture, ReferenceUnreachable where it can't be read, RefusedByProvider where it would be
    over 64 megapixels.
    """
    picture = stills.required(job)
    chosen = job.params.get("parameters") or {}
    factor = _factor(job.params.get("factor") or chosen.get("upscale-factor"))
    if picture.width * picture.height * factor**2 > MOST_OUTPUT:
        raise RefusedByProvider(
            f"{picture.width}x{picture.height} enlarged {factor} times is over {MOST_OUTPUT // 1_000_000} megapixels."
        )
    engine, large = enlarged(picture, factor, SHARPENED.get(str(chosen.get("upscale-sharpen")), 60))
    for index in range(job.count):
        yield _saved(large, engine, index, workdir)


def enlarged(picture: Image.Image, factor: int, sharpened: int) -> tuple[str, Image.Image]:
    """The engine's name and the picture `factor` times as large; `sharpened` is per cent of unsharp mask."""
    size = picture.width * factor, picture.height * factor
    session = _session() if picture.width * picture.height <= MOST_INPUT else None
    if session is None:
        large = picture.resize(size, Image.Resampling.LANCZOS)
        radius = 0.6 * factor
        return DRAWN_BY_LANCZOS, large.filter(ImageFilter.UnsharpMask(radius, sharpened, 2)) if sharpened else large
    large = _through(session, picture.convert("RGB")).resize(size, Image.Resampling.LANCZOS)
    if sharpened > SHARPENED["natural"]:
        large = large.filter(ImageFilter.UnsharpMask(1.0, sharpened - SHARPENED["natural"], 2))
    if picture.mode == "RGBA":
        large.putalpha(picture.getchannel("A").resize(size, Image.Resampling.LANCZOS))
    return DRAWN_BY_NETWORK, large


@cache
def _session() -> Any:
    """The network, loaded once a process; None without its extra."""
    try:
        runtime = stills.engine("onnxruntime", "Enlarging with a network")
    except EngineMissing:
        return None
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 2
    options.enable_cpu_mem_arena = False
    return runtime.InferenceSession(str(NETWORK), options, providers=["CPUExecutionProvider"])


def _through(session: Any, picture: Image.Image) -> Image.Image:
    """The picture four times as large, tile by tile."""
    around = ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0))
    padded = np.pad(np.asarray(picture), around, mode="reflect" if min(picture.size) > MARGIN else "edge")
    large = Image.new("RGB", (picture.width * NETWORK_FACTOR, picture.height * NETWORK_FACTOR))
    for top in range(0, picture.height, TILE):
        for left in range(0, picture.width, TILE):
            tile = _enlarged_tile(session, padded[top : top + TILE + 2 * MARGIN, left : left + TILE + 2 * MARGIN])
            large.paste(Image.fromarray(tile), (left * NETWORK_FACTOR, top * NETWORK_FACTOR))
    return large


def _enlarged_tile(session: Any, tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Height x width x 3 bytes with their margin, to four times that without it."""
    values = tile.transpose(2, 0, 1)[None].astype(np.float32) / 255
    answer: Floats = session.run(None, {"input": values})[0][0]
    for channel, was in zip(answer, values[0], strict=True):
        channel += _drift(was, channel)
    edge = MARGIN * NETWORK_FACTOR
    return (answer[:, edge:-edge, edge:-edge].transpose(1, 2, 0).clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _drift(was: Floats, became: Floats) -> Floats:
    """Correct the network's colours to the picture's, in areas of 8 x 8 pixels, its edges left alone."""
    height, width = was.shape
    areas = max(1, width // 8), max(1, height // 8)
    back = Image.fromarray(was).resize(areas, Image.Resampling.BOX)
    lost = np.asarray(back) - np.asarray(Image.fromarray(became).resize(areas, Image.Resampling.BOX))
    size = width * NETWORK_FACTOR, height * NETWORK_FACTOR
    return np.asarray(Image.fromarray(lost).resize(size, Image.Resampling.BILINEAR))


def _factor(asked: Any) -> int:
    """The offered factor nearest to what was asked; 2 where nothing was."""
    return min(FACTORS, key=lambda one: abs(one - float(asked or FACTORS[0])))


def _saved(picture: Image.Image, engine: str, index: int, workdir: Path) -> Product:
    as_png = picture.mode == "RGBA" or picture.width * picture.height < 12_000_000
    path = workdir / f"{index + 1}.{'png' if as_png else 'jpeg'}"
    if as_png:
        picture.save(path, "PNG", compress_level=3)
    else:
        picture.save(path, "JPEG", quality=93, subsampling=0)
    content_type = "image/png" if as_png else "image/jpeg"
    return Product(index, engine, path, content_type, picture.width, picture.height)
