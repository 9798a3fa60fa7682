"""Pictures from the embedded engine: thumbnails where the job has a title, artworks where it has none.

Source: flokan-thumbnail-generator-api (thumbnails); generor-api and flixly-api (images).
"""

from collections.abc import Iterator
from math import sqrt
from pathlib import Path

from PIL import Image

from service.sandbox.job import Job, Product
from service.sandbox.pictures import artwork, reference, thumbnail

ENGINE = "local/pictures"
SMALLEST, LARGEST = 64, 2048
THUMBNAILS = {"16:9": (1280, 720), "4:3": (1280, 960), "1:1": (1080, 1080)}
ARTWORKS = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "9:16": (768, 1344),
    "4:3": (1152, 896),
    "3:4": (896, 1152),
    "3:2": (1216, 832),
    "2:3": (832, 1216),
    "21:9": (1536, 640),
    "9:21": (640, 1536),
    "4:5": (896, 1120),
    "5:4": (1120, 896),
}
PIXELS = 1024 * 1024
"""About how many an artwork has whose proportions are those of the caller's picture."""

GRID = 8
SAVED_AS: dict[str, tuple[str, str, dict[str, int]]] = {
    "png": ("PNG", "image/png", {"compress_level": 3}),
    "webp": ("WEBP", "image/webp", {"quality": 88, "method": 2}),
    "jpeg": ("JPEG", "image/jpeg", {"quality": 90}),
    "jpg": ("JPEG", "image/jpeg", {"quality": 90}),
}


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Draws `job.count` pictures into `workdir`, each yielded once it is saved; the same job gives the same bytes.

    Parameters read: title, width, height (pixels, kept within 64 to 2048), aspect_ratio, style, quality, format (png,
    webp, jpeg; thumbnails are always PNG). Raises ReferenceUnreachable where the reference picture can't be read.
    """
    is_thumbnail = bool(job.params.get("title"))
    draw = thumbnail.compose if is_thumbnail else artwork.painting
    width, height = size_of(job)
    form = "png" if is_thumbnail else str(job.params.get("format") or "webp").lower()
    for index in range(job.count):
        yield saved(draw(job, index, width, height), workdir, index, form)


def size_of(job: Job) -> tuple[int, int]:
    """Width and height in pixels: as asked for, else by the aspect ratio, else as the caller's picture, else usual."""
    ratio = str(job.params.get("aspect_ratio"))
    if job.params.get("title"):
        width, height = THUMBNAILS.get(ratio, THUMBNAILS["16:9"])
    else:
        width, height = ARTWORKS.get(ratio) or as_given(job) or ARTWORKS["1:1"]
    asked = int(job.params.get("width") or width), int(job.params.get("height") or height)
    return min(max(asked[0], SMALLEST), LARGEST), min(max(asked[1], SMALLEST), LARGEST)


def as_given(job: Job) -> tuple[int, int] | None:
    """A size in the proportions of the caller's picture; None without one that can be read."""
    given = reference.size_of(reference.primary(job.references))
    if given is None:
        return None
    scale = sqrt(PIXELS / (given[0] * given[1])) / GRID
    return round(given[0] * scale) * GRID, round(given[1] * scale) * GRID


def saved(image: Image.Image, workdir: Path, index: int, form: str) -> Product:
    """The picture as a file of that format (WebP for one unknown), and what is to be said about it."""
    name, content_type, options = SAVED_AS.get(form, SAVED_AS["webp"])
    path = workdir / f"{index + 1}.{name.lower()}"
    image.save(path, name, **options)
    return Product(
        index=index, engine=ENGINE, path=path, content_type=content_type, width=image.width, height=image.height
    )


def prepare() -> None:
    """Load nothing more: what every picture needs is imported."""
