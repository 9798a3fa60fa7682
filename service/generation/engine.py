"""The engine that all three APIs share: one step of an order with its provider, and keeping what was made.

A run advances by short steps, submit → poll* → fetch → finish; the embedded engine is one step.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from service.errors import ProviderError
from service.files.naming import made_object
from service.files.references import References
from service.generation.access import ProviderAccess
from service.generation.encoding import encoded
from service.generation.handing_out import HandingOut
from service.generation.hints import Hints
from service.generation.made import MadeItem
from service.generation.narration import narrated
from service.generation.normalizing import normalized
from service.generation.order import Order
from service.generation.paid import PaidWork, Waiting
from service.generation.paid_calls import PaidCalls
from service.generation.permits import Permits
from service.providers.base import Artifact, Made, NotNow, Provider, Task
from service.sandbox.job import Job, Source
from service.sandbox.pool import PoolClosed
from service.store.database import Database
from service.store.objects import ObjectStore

EMBEDDED = "local"
SOON_S = 1.0
LACKING = "the provider made fewer items than were asked for"


@dataclass(frozen=True, slots=True)
class Finished:
    """Every item is there or lacks for good; `cost` in US dollars where the provider reported what it took."""

    items: tuple[MadeItem, ...]
    cost: float | None = None


def finished(items: Mapping[int, MadeItem], count: int, cost: float | None = None) -> Finished:
    """Return what was made of `count` items. Raises ProviderError where that is nothing."""
    every = tuple(items.get(n) or MadeItem(index=n, error=LACKING) for n in range(count))
    if not any(item.ok for item in every):
        raise ProviderError(next(item.error for item in every if item.error))
    return Finished(every, cost)


@dataclass(frozen=True, slots=True)
class Place:
    """This claim of the run: which step it is at, a folder of its own, and where its paid calls are recorded."""

    run_id: str
    account_id: str
    fence: int
    step: int
    workdir: Path
    book: PaidCalls
    # Whether this claim still holds the run; asked now and then while the embedded engine works.
    held: Callable[[], bool] = lambda: True


class Engine:
    """Advances orders. One a worker process."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        references: References,
        desk: ProviderAccess,
        hints: Hints,
        permits: Permits,
    ) -> None:
        """Take what references are read from, results kept in, providers opened with, hinted to, and limited by."""
        self._database = database
        self._objects = objects
        self._references = references
        self._desk = desk
        self._hints = hints
        self._permits = permits
        self._handing_out = HandingOut(database, objects, references, hints)

    def advance(self, order: Order, place: Place) -> Finished | Waiting:
        """The order's next step. Raises the ServiceError that ends the run where it can't go on."""
        provider = self._desk.open(order.provider, place.account_id, order.byok)
        if not provider.paid:
            try:
                return self._finished(order, self._made_here(provider, order.task, place.workdir, place), place)
            except NotNow as later:
                return Waiting(0.0, later.retry_after or SOON_S, later.message)
        task = replace(order.task, hint=self._hints.url(provider, place.run_id))
        permits = self._permits.of(provider, place.account_id, place.run_id)
        work = PaidWork(provider, task, place.book, permits, place.run_id, place.workdir)
        result = work.advance(place.step, lambda task: self._prepared(provider, task, place))
        return result if isinstance(result, Waiting) else self._finished(order, result, place)

    def _made_here(self, provider: Provider, task: Task, folder: Path, place: Place) -> Iterable[Artifact]:
        assert provider.engines is not None, "a worker opens providers with its engine processes"
        task = self._with_references(task, place)
        with provider.engines.while_wanted(place.held):
            answer = provider.submit(task, folder)
        assert isinstance(answer, Made), f"{provider.name} costs nothing and answers inline"
        return answer.artifacts

    def _prepared(self, provider: Provider, task: Task, place: Place) -> Task:
        assert provider.engines is not None, "a worker opens providers with its engine processes"
        given = self._with_references(task, place)
        ready = normalized(given, provider.engines, place.workdir, place.held)
        return self._handing_out.linked(given, ready, provider, place.account_id)

    def _with_references(self, task: Task, place: Place) -> Task:
        fetched = tuple(
            self._references.fetch(self._database, place.account_id, reference, place.workdir / f"reference-{number}")
            for number, reference in enumerate(task.references)
        )
        return replace(task, references=fetched)

    def _finished(self, order: Order, artifacts: Iterable[Artifact], place: Place) -> Finished:
        spoken = narrated(
            order.task, artifacts, lambda task, folder: self._read_aloud(task, folder, place), place.workdir
        )
        made = list(encoded(order.task, spoken, lambda path, wanted: self._encode(path, wanted, place)))
        items = {artifact.index: self._keep(artifact, place) for artifact in made}
        costs = [artifact.cost for artifact in made if artifact.cost is not None]
        return finished(items, order.task.count, sum(costs) if costs else None)

    def _read_aloud(self, task: Task, folder: Path, place: Place) -> Iterable[Artifact]:
        return self._made_here(self._desk.open(EMBEDDED, place.account_id, False), task, folder, place)

    def _encode(self, path: Path, wanted: str, place: Place) -> Path:
        engines = self._desk.open(EMBEDDED, place.account_id, False).engines
        assert engines is not None, "a worker opens providers with its engine processes"
        folder = path.with_name(f"{path.name}-{wanted}")
        folder.mkdir()
        job = Job("encoding", "", "", params={"format": wanted}, references=(Source("audio", path.name, path),))
        try:
            with engines.while_wanted(place.held):
                (product,) = engines.make(job, folder)
        except PoolClosed:
            raise NotNow("The embedded engine is stopping or busy.", retry_after=1) from None
        assert product.path is not None, "an encoded sound is a file"
        return product.path

    def _keep(self, artifact: Artifact, place: Place) -> MadeItem:
        """Put the artifact's file under a key that only this claim writes."""
        item = MadeItem(
            index=artifact.index,
            engine=artifact.engine,
            content_type=artifact.content_type,
            width=artifact.width,
            height=artifact.height,
            duration=artifact.duration,
            fields=artifact.fields,
            error=artifact.error,
        )
        if artifact.path is None:
            return item
        key = made_object(place.run_id, place.fence, artifact.index)
        return replace(item, object=key, size=self._objects.put(key, artifact.path))


__all__ = ["Engine", "Finished", "Place", "Waiting"]
