"""Films and sounds for providers that fetch them themselves: links to the copies without notes, kept a day."""

from dataclasses import replace

from service.files.references import References
from service.files.uploads import Uploads
from service.generation.hints import Hints
from service.providers.base import Provider, Reference, Task
from service.providers.inputs import content
from service.store.database import Database
from service.store.objects import ObjectStore


class HandingOut:
    """Keeps copies where providers can fetch them. One a worker process."""

    def __init__(self, database: Database, objects: ObjectStore, references: References, hints: Hints) -> None:
        """`hints` knows which providers reach this service."""
        self._database, self._references, self._hints = database, references, hints
        self._uploads = Uploads(database, objects, references.links)

    def linked(self, given: Task, ready: Task, provider: Provider, account_id: str) -> Task:
        """Return the task `ready` with links to its copies of films and sounds that were `given`.

        A provider that can't reach this service is given the caller's own address, where there is one. Raises
        StorageLimitExceeded: a copy counts as an upload does.
        """
        if not provider.fetches:
            return ready
        reaches = self._hints.reaches(provider)
        references = tuple(
            self._linked(copy, account_id)
            if _is_recording(copy, before) and (reaches or not self._references.is_elsewhere(before))
            else copy
            for before, copy in zip(given.references, ready.references, strict=True)
        )
        return replace(ready, references=references)

    def _linked(self, copy: Reference, account_id: str) -> Reference:
        path = self._uploads.keep_media(account_id, *content(copy)).path
        with self._database.read() as db:
            return replace(copy, url=str(self._references.links.of(db, account_id, [path])[path]))


def _is_recording(copy: Reference, before: Reference) -> bool:
    """Tell whether it is a copy of a film or a sound; pictures are sent, not linked to."""
    return copy.path != before.path and not (copy.content_type or "").startswith("image/")
