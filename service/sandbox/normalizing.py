"""A caller's media as every provider takes it, without notes of where, when and by whom it was taken.

A picture is upright, 8 bits a channel, in sRGB, a JPEG or PNG; a film or a sound is as it came, in a container of its
kind made anew.
"""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from service.sandbox.job import Job, Product, Source
from service.sandbox.media import pictures, recordings

ENGINE = "local/normalizing"
QUALITY = 95
# Formats that lose detail anyway; from the others an opaque picture becomes a JPEG only where its PNG is larger.
LOSSY = ("JPEG", "MPO", "WEBP", "AVIF")
LARGEST_PNG = 8_000_000


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Yield the job's one file: none where a picture may be sent as it is. Raises ReferenceUnreachable, EngineMissing.

    Parameters read: format (png, where nothing else is taken for pictures).
    """
    given = job.references[0]
    if (given.content_type or "").startswith(("video/", "audio/")):
        yield _recording(given, workdir)
    else:
        yield _picture(given, job.params.get("format"), workdir)


def _recording(given: Source, folder: Path) -> Product:
    path = folder / "normalized"
    recordings.copy_bare(given.path, str(given.content_type), path, given.name, given.pointer)
    return Product(0, ENGINE, path, given.content_type)


def _picture(given: Source, asked: str | None, folder: Path) -> Product:
    picture = pictures.read(given.path, given.name, given.pointer)
    form = pictures.form_of(given.path)
    wanted = ("PNG",) if asked == "png" else ("JPEG", "PNG")
    if form in wanted and pictures.is_bare(given.path):
        return Product(index=0, engine=ENGINE, width=picture.width, height=picture.height)
    path, content_type = _written(picture, form if len(wanted) > 1 else wanted[0], folder, always=len(wanted) == 1)
    return Product(0, ENGINE, path, content_type, picture.width, picture.height)


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
