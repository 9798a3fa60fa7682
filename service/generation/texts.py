"""Texts of the embedded engine, a group at a time: the way to an engine process is longer than a text takes."""

from collections.abc import Sequence

from service.generation.engine import EMBEDDED, SOON_S, Finished, finished
from service.generation.made import MadeItem
from service.generation.order import Order
from service.generation.paid import Waiting
from service.providers.sandbox import job_of
from service.sandbox.pool import Asking, EnginePool, PoolClosed
from service.sandbox.pool.task import Wanted


def groupable(order: Order) -> bool:
    """Tell whether an order is such a text and nothing more: it reads no files and is not read aloud."""
    task = order.task
    return order.provider == EMBEDDED and task.media == "text" and not (task.references or "narration" in task.params)


def ask(engines: EnginePool, texts: Sequence[tuple[Order, Wanted]]) -> Asking:
    """Ask an engine process for all of these; each is left once nobody wants it any more."""
    return engines.ask([(job_of(order.task), wanted) for order, wanted in texts])


def written(order: Order, asking: Asking) -> Finished | Waiting:
    """Wait for the next text, which is that of `order`. Raises what it failed with."""
    try:
        products = asking.answer()
    except PoolClosed:
        return Waiting(0.0, SOON_S, "The embedded engine is stopping or busy.")
    items = {one.index: MadeItem(index=one.index, engine=one.engine, fields=one.fields) for one in products}
    return finished(items, order.task.count)
