"""A caller's picture as every provider takes it: upright, 8 bits a channel, in sRGB, a JPEG or PNG without notes.

Phones write where and when a picture was taken into its file; none of that is a provider's to know.
"""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from service.sandbox.job import Job, Product
from service.sandbox.media import pictures

ENGINE = "local/normalizing"
QUALITY = 95
# Formats that lose detail anyway; from the others an opaque picture becomes a JPEG only where its PNG is larger.
LOSSY = ("JPEG", "MPO", "WEBP", "AVIF")
LARGEST_PNG = 8_000_000


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Yield the job's one picture: without a file where it may be sent as it is. Raises ReferenceUnreachable.

    Parameters read: format (png, where nothing else is taken).
    """
    given = job.references[0]
    picture = pictures.read(given.path, given.name, f"/{given.role}")
    form = pictures.form_of(given.path)
    wanted = ("PNG",) if job.params.get("format") == "png" else ("JPEG", "PNG")
    if form in wanted and pictures.is_bare(given.path):
        yield Product(index=0, engine=ENGINE, width=picture.width, height=picture.height)
        return
    path, content_type = _written(picture, form if len(wanted) > 1 else wanted[0], workdir, always=len(wanted) == 1)
    yield Product(0, ENGINE, path, content_type, picture.width, picture.height)


def _written(picture: Image.Image, form: str, folder: Path, always: bool) -> tuple[Path, str]:
    """Write a new file of the pixels alone; its path and type."""
    picture.info.clear()
    path = folder / "normalized"
    transparent = picture.mode == "RGBA"
    if transparent or form not in LOSSY:
        picture.save(path, "PNG", compress_level=3)
        if transparent or always or path.stat().st_size <= LARGEST_PNG:
            return path, "image/png"
    picture.save(path, "JPEG", quality=QUALITY, subsampling=0)
    return path, "image/jpeg"
