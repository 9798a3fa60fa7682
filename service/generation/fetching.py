"""Fetching an order's references before its work: the first step of a run whose references lie elsewhere.

A server may take its time to hand out a picture. That time is spent in a lane of its own, which accounts share, so that
it holds up none of the lanes in which the work is done; the copies lie in storage until the run ends.
"""

from dataclasses import dataclass, replace

from service.files.naming import made_objects
from service.files.references import References
from service.generation.engine import Place
from service.generation.order import Order
from service.providers.base import Reference
from service.store.database import Database
from service.store.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Fetched:
    """The order with the storage keys of its references, to be worked on in its own lane."""

    order: Order


class Fetching:
    """Fetches references. One a worker process."""

    def __init__(self, database: Database, objects: ObjectStore, references: References) -> None:
        """`objects` is where the copies are kept."""
        self._database, self._objects, self._references = database, objects, references

    def advance(self, order: Order, place: Place) -> Fetched:
        """Fetch all that lie elsewhere. Raises ReferenceUnreachable, AddressRefused."""
        references = tuple(self._kept(one, number, place) for number, one in enumerate(order.task.references))
        return Fetched(replace(order, task=replace(order.task, references=references)))

    def _kept(self, reference: Reference, number: int, place: Place) -> Reference:
        if reference.object is not None or not self._references.is_elsewhere(reference):
            return reference
        path = place.workdir / f"reference-{number}"
        fetched = self._references.fetch(self._database, place.account_id, reference, path)
        # Under this claim's fence, so that a late worker overwrites nothing.
        key = f"{made_objects(place.run_id, place.fence)}reference-{number}"
        self._objects.put(key, path)
        return replace(reference, object=key, content_type=fetched.content_type)
