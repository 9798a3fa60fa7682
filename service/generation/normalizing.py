"""Pictures as providers are sent them: upright, of a kind that all take, without where they were taken.

An engine process reads them, as it reads those that the embedded engine works on, and refuses what can't be read in the
same words, before anything is paid for.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from service.files import data_urls
from service.providers.base import NotNow, Reference, Task
from service.sandbox.job import Job, Source
from service.sandbox.pool import EnginePool, PoolClosed


def normalized(task: Task, engines: EnginePool, folder: Path, held: Callable[[], bool]) -> Task:
    """Return the task with a file in `folder` for each picture that may not be sent as it is.

    Raises ReferenceUnreachable for what is no picture that can be read, NotNow where the engine processes are busy.
    """
    try:
        with engines.while_wanted(held):
            pictures = [
                _normal(one, engines, folder / f"normal-{n}", task.pictures) for n, one in enumerate(task.references)
            ]
    except PoolClosed:
        raise NotNow("The embedded engine is stopping or busy.", retry_after=1) from None
    return replace(task, references=tuple(pictures))


def _normal(reference: Reference, engines: EnginePool, folder: Path, wanted: str | None) -> Reference:
    if reference.path is None or not (reference.content_type or "").startswith("image/"):
        return reference
    folder.mkdir(exist_ok=True)
    source = Source(reference.role, data_urls.named(reference.url), reference.path, reference.content_type)
    (product,) = engines.make(Job("normalizing", "", "", params={"format": wanted}, references=(source,)), folder)
    if product.path is None:
        return reference
    return replace(reference, path=product.path, content_type=product.content_type)
