"""The embedded engine: real files with no key and no network, marked `sandbox`. One module a media type."""

import importlib
from pathlib import Path
from typing import ClassVar

from service import sandbox
from service.errors import ProviderError
from service.providers.base import MEDIA, Made, Provider, Task, Ticket


class Local(Provider):
    """Makes everything in the submit call itself; the media's module is `service/sandbox/<media>.py`."""

    name: ClassVar[str] = "local"
    media: ClassVar[frozenset[str]] = frozenset(MEDIA)
    paid: ClassVar[bool] = False

    def split(self, task: Task) -> tuple[Task, ...]:
        """All items in one go: they are variations of each other."""
        return (task,)

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Make the items. Raises EngineMissing, ReferenceUnreachable, or ProviderError for an unknown media."""
        if task.media not in self.media:
            raise ProviderError(f"The embedded engine makes no {task.media}.")
        module = importlib.import_module(f"{sandbox.__name__}.{task.media}")
        return Made(tuple(module.make(task, workdir)))

    def check(self) -> None:
        """It needs no key."""
