"""The embedded engine: real files with no key and no network, made in engine processes."""

from pathlib import Path
from typing import ClassVar

from service.errors import ProviderError
from service.net.urls import named
from service.providers.base import MEDIA, Artifact, Made, NotNow, Provider, Task, Ticket
from service.sandbox.job import Job, Source, members
from service.sandbox.pool import PoolClosed


class Sandbox(Provider):
    """Makes everything in the submit call itself; the media's module is `service/sandbox/<media>.py`."""

    name: str = "local"
    title: ClassVar[str] = "The embedded engine"
    media: ClassVar[frozenset[str]] = frozenset(MEDIA)
    paid: ClassVar[bool] = False

    def split(self, task: Task) -> tuple[Task, ...]:
        """Keep the items together: they are variations of each other."""
        return (task,)

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Make the items. Raises EngineMissing, ReferenceUnreachable, TimedOut, ProviderError, NotNow."""
        if task.media not in self.media:
            raise ProviderError(f"The embedded engine makes no {task.media}.")
        assert self.engines is not None, "opened without engine processes"
        try:
            products = self.engines.make(job_of(task), workdir)
        except PoolClosed:
            raise NotNow("The embedded engine is stopping or busy.", retry_after=1) from None
        return Made(tuple(Artifact(**members(product)) for product in products))

    def check(self) -> None:
        """Return: it needs no key."""


def job_of(task: Task) -> Job:
    """Return what the engine is asked to make."""
    sources = tuple(
        Source(one.role, named(one.url), one.path, one.content_type, one.at)
        for one in task.references
        if one.path is not None
    )
    return Job(task.media, task.model, task.prompt, task.count, task.seed, dict(task.params), sources)
