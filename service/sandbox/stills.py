"""The pictures that a job points at, read with care for engines that work on a whole picture as it is."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from PIL import Image

from service.errors import EngineMissing, ValidationError
from service.sandbox import image
from service.sandbox.job import Job, Source
from service.sandbox.media import pictures


def given(job: Job, *roles: str) -> Source | None:
    """The first fetched reference in one of these roles, the roles in order of what counts most."""
    return next((one for role in roles for one in job.references if one.role == role), None)


def required(job: Job) -> Image.Image:
    """The picture to work on. Raises ValidationError without one, ReferenceUnreachable where it can't be read."""
    reference = given(job, "image", "reference_image")
    if reference is None:
        raise ValidationError.at("/image_url", f"image_url is required for {job.media}")
    return opened(reference)


def opened(reference: Source) -> Image.Image:
    """Return the reference upright, RGBA where anything in it is transparent. Raises ReferenceUnreachable."""
    return pictures.read(reference.path, reference.name, reference.pointer)


def drawn(job: Job, seed: int, size: tuple[int, int], workdir: Path, count: int = 1) -> Iterator[Image.Image]:
    """Pictures of the job's prompt from the picture engine, at a size in pixels, each drawn when it is asked for."""
    params = {"width": size[0], "height": size[1], "format": "png"}
    for made in image.make(replace(job, media="image", count=count, seed=seed, params=params, references=()), workdir):
        if made.path is not None:
            with Image.open(made.path) as picture:
                yield picture.convert("RGB")
            made.path.unlink()


def flat(picture: Image.Image) -> Image.Image:
    """The picture in RGB, what is transparent laid on white."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, (255, 255, 255))
    ground.paste(picture, (0, 0), picture)
    return ground


def within(picture: Image.Image, longest: int) -> Image.Image:
    """The picture no longer than `longest` pixels on either side."""
    scale = longest / max(picture.size)
    if scale >= 1:
        return picture
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS)


def engine(package: str, what: str) -> ModuleType:
    """The heavy package behind an engine. Raises EngineMissing where the extra is not installed."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise EngineMissing(f"{what} needs the pip extra {package}: run `make engines`") from error
