"""The tasks that an engine process can do, by name."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.errors import ProviderError
from service.sandbox.job import Job, Product, Source

MEDIA = frozenset(
    {
        "text",
        "image",
        "video",
        "speech",
        "music",
        "soundeffect",
        "upscale",
        "vector",
        "backgroundremoval",
        "vision",
        "encoding",
        "normalizing",
    }
)


def make(message: Mapping[str, Any], files: Sequence[Path], folder: Path) -> Iterator[Product]:
    """Make the items of `message["job"]`, whose references are `files`. The media's module is named like it."""
    told = dict(message["job"])
    sources = tuple(
        Source(**{**source, "path": path}) for source, path in zip(told.pop("references"), files, strict=True)
    )
    job = Job(**told, references=sources)
    if job.media not in MEDIA:
        raise ProviderError(f"The embedded engine makes no {job.media}.")
    yield from importlib.import_module(f"service.sandbox.{job.media}").make(job, folder)


TASKS: dict[str, Callable[[Mapping[str, Any], Sequence[Path], Path], Iterator[Product]]] = {"make": make}
