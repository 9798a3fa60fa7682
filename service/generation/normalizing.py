"""Callers' media as providers are sent it: pictures upright and of a kind that all take, nothing with notes in it.

An engine process reads it, as it reads what the embedded engine works on, and refuses what can't be read in the same
words, before anything is paid for.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from service.files import data_urls
from service.providers.base import NotNow, Reference, Task
from service.sandbox.job import Job, Source
from service.sandbox.pool import EnginePool, PoolClosed

MEDIA = ("image/", "video/", "audio/")


def normalized(task: Task, engines: EnginePool, folder: Path, held: Callable[[], bool]) -> Task:
    """Return the task with a file in `folder` for each picture, film or sound that may not be sent as it is.

    Raises ReferenceUnreachable for what can't be read, EngineMissing, NotNow where the engine processes are busy.
    """
    try:
        with engines.while_wanted(held):
            media = [
                _normal(one, engines, folder / f"normal-{n}", task.pictures) for n, one in enumerate(task.references)
            ]
    except PoolClosed:
        raise NotNow("The embedded engine is stopping or busy.", retry_after=1) from None
    return replace(task, references=tuple(media))


def _normal(reference: Reference, engines: EnginePool, folder: Path, wanted: str | None) -> Reference:
    if reference.path is None or not (reference.content_type or "").startswith(MEDIA):
        return reference
    folder.mkdir(exist_ok=True)
    source = Source(
        reference.role, data_urls.named(reference.url), reference.path, reference.content_type, reference.at
    )
    (product,) = engines.make(Job("normalizing", "", "", params={"format": wanted}, references=(source,)), folder)
    if product.path is None:
        return reference
    return replace(reference, path=product.path, content_type=product.content_type)
