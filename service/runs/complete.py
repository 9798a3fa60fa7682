"""Completing runs: outputs, files' mapping, charges and samples of all that are finished together, in one transaction.

Each statement here is done once for the list, not for each run; a run that its claim lost meanwhile drops out first.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, literal_column, select, update

from service.accounts import ledger, usage
from service.context import Context
from service.errors import OutputTooLarge
from service.files.links import stored
from service.files.made import MadeFile, made_path
from service.files.made import enter as enter_files
from service.files.naming import extension, made_objects
from service.files.removal import delete_later
from service.generation import cost_drift
from service.generation.engine import Finished
from service.generation.made import OUTPUT_BYTES, MadeItem, MadeRun, engine_of
from service.runs import intents
from service.runs.claim import Claim
from service.runs.terminate import unpark
from service.store.clock import now
from service.store.lists import Given, one_of
from service.store.statements import Statement, enter, together
from service.store.tables import creations, run_bodies, runs, samples

Present = Callable[[str, Any, MadeRun], Any]


@dataclass(frozen=True, slots=True)
class Ending:
    """A finished run whose claim still holds it: `price` is what is charged, `losses` how often it was lost before."""

    claim: Claim
    result: Finished
    made: int
    price: int
    losses: int = 0


def complete(
    context: Context, db: Connection, finished: Sequence[tuple[Claim, Finished]], present: Present
) -> list[str]:
    """End these as completed, where their claims still hold; the runs that it ended. Raises OutputTooLarge."""
    moment = now()
    endings, creation_ids = _won(db, [_priced(claim, result) for claim, result in finished], moment)
    if not endings:
        return []
    for one in endings:
        if one.losses or one.claim.order.task.references:
            _delete_leftovers(db, one)
    sums = ledger.charge(db, [_charge(one) for one in endings])
    items = _map_files(db, endings, creation_ids, moment)
    outputs = []
    for one, made, balance in zip(endings, items, sums, strict=True):
        output = stored(present(one.claim.api, one.claim.order, _shown(context, one, made, balance, moment)))
        check_size(output.output or "")
        outputs.append({"this": one.claim.run_id, "told": output.output, "places": output.links})
    _KEEP_OUTPUT.run_each(db, outputs)
    enter(db, samples, [_sample(one, moment) for one in endings if one.claim.order.generator is not None and one.made])
    for one in endings:
        _settle(context, db, one)
    return [one.claim.run_id for one in endings]


def check_size(output: str) -> None:
    """Raises OutputTooLarge where the output as it would be stored is over the limit."""
    size = len(output.encode())
    if size > OUTPUT_BYTES:
        raise OutputTooLarge(f"The output has {size} bytes of JSON; {OUTPUT_BYTES} are kept of a run.")


def _priced(claim: Claim, result: Finished) -> Ending:
    made = sum(item.ok for item in result.items)
    return Ending(claim, result, made, min(claim.order.price_of(made), claim.held))


def _won(db: Connection, endings: Sequence[Ending], moment: int) -> tuple[list[Ending], Mapping[str, Sequence[int]]]:
    """End the runs under the fences of their claims; those that this ended, in their order, and their creations."""
    rows = [
        {
            "id": one.claim.run_id,
            "fence": one.claim.fence,
            "price": one.price,
            "engine": engine_of(one.result.items),
        }
        for one in endings
    ]
    making = [one.claim.run_id for one in endings if one.claim.order.creation is not None]
    won, rows_of_creations = together(
        db, (_COMPLETE, {"ended": rows, "moment": moment}), (_CREATIONS, {"run_ids": making})
    )
    losses = {row.id: row.losses for row in won}
    creation_ids: dict[str, list[int]] = defaultdict(list)
    for row in rows_of_creations:
        creation_ids[row.run_id].append(row.id)
    return [
        replace(one, losses=losses[one.claim.run_id]) for one in endings if one.claim.run_id in losses
    ], creation_ids


def _delete_leftovers(db: Connection, ending: Ending) -> None:
    """Have objects deleted that nobody needs any more: of claims that were lost, and references that were fetched."""
    claim = ending.claim
    if ending.losses:
        delete_later(db, (made_objects(claim.run_id, fence) for fence in range(1, claim.fence)))
    delete_later(db, [one.object for one in claim.order.task.references if one.object is not None])


def _charge(ending: Ending) -> ledger.Charge:
    claim = ending.claim
    return ledger.Charge(claim.account_id, claim.run_id, claim.held, ending.price, claim.action)


def _shown(context: Context, ending: Ending, items: tuple[MadeItem, ...], balance: int, moment: int) -> MadeRun:
    claim = ending.claim
    return MadeRun(
        run_id=claim.run_id,
        account_id=claim.account_id,
        user_id=claim.user_id,
        username=claim.username,
        items=items,
        credits=ending.price,
        balance=balance,
        created_at=claim.created_at,
        started_at=claim.started_at,
        finished_at=moment,
        links=context.links,
    )


def _sample(ending: Ending, moment: int) -> dict[str, Any]:
    order = ending.claim.order
    seconds = (moment - ending.claim.started_at) / 1000 / ending.made
    return {"generator": order.generator, "model_id": order.model_id, "seconds": seconds, "created_at": moment}


def _settle(context: Context, db: Connection, ending: Ending) -> None:
    """Free the account's parallel place, and close what the provider was paid for."""
    claim, cost = ending.claim, ending.result.cost
    api = context.definitions.apis.get(claim.api)
    if api is not None and api.parallel_tasks:
        unpark(db, claim.account_id, claim.api)
    if cost is not None:
        usage.tell_cost(db, claim.run_id, cost)
    if claim.order.provider != "local":
        intents.close(db, claim.run_id)
        cost_drift.record(db, claim.run_id, claim.order, ending.made, cost)


def _map_files(
    db: Connection, endings: Sequence[Ending], creation_ids: Mapping[str, Sequence[int]], moment: int
) -> list[tuple[MadeItem, ...]]:
    """Give each kept object its public path, and mark the creations that are there."""
    mapped = [
        tuple(_mapped(one.claim, item, creation_ids.get(one.claim.run_id)) for item in one.result.items)
        for one in endings
    ]
    for one, items in zip(endings, mapped, strict=True):
        if made := [_file(item) for item in items if item.object is not None]:
            private = one.claim.order.private
            enter_files(db, one.claim.account_id, one.claim.run_id, made, private=private, moment=moment)
    there = [item for items in mapped for item in items if item.creation_id is not None and item.ok]
    if there:
        _MARK_CREATION.run_each(db, [_creation(item) for item in there])
    return mapped


def _mapped(claim: Claim, item: MadeItem, creation_ids: Sequence[int] | None) -> MadeItem:
    creation_id = creation_ids[item.index] if creation_ids else None
    if item.object is None:
        return replace(item, creation_id=creation_id)
    path = made_path(
        claim.order.files,
        account_id=claim.account_id,
        user_id=claim.user_id,
        run_id=claim.run_id,
        creation_id=creation_id,
        index=item.index,
        extension=extension(item.content_type),
    )
    return replace(item, creation_id=creation_id, path=path)


def _creation(item: MadeItem) -> dict[str, Any]:
    pictures = [{"path": item.path, "width": item.width, "height": item.height}] if item.object else []
    data = None if item.fields is None else orjson.dumps(item.fields).decode()
    return {"this": item.creation_id, "fields": data, "pictures": orjson.dumps(pictures).decode()}


def _file(item: MadeItem) -> MadeFile:
    return MadeFile(**{name: getattr(item, name) for name in MadeFile.__slots__})


_given = Given("ended")
_COMPLETE = Statement(
    "complete.end",
    update(runs)
    .where(
        runs.c.id == _given.column("id", runs.c.id.type),
        runs.c.fence == _given.column("fence", runs.c.fence.type),
        runs.c.slot == literal_column("'claimed'"),
    )
    .values(
        status="completed",
        slot="ended",
        fence=runs.c.fence + 1,
        worker=None,
        progress=1.0,
        held=0,
        finished_at=bindparam("moment"),
        credits_charged=_given.column("price", runs.c.credits_charged.type),
        engine=_given.column("engine", runs.c.engine.type),
    )
    .returning(runs.c.id, runs.c.losses),
)
_KEEP_OUTPUT = Statement(
    "complete.keep_output",
    update(run_bodies)
    .where(run_bodies.c.run_id == bindparam("this"))
    .values(output=bindparam("told"), links=bindparam("places")),
)
_CREATIONS = Statement(
    "complete.creations",
    select(creations.c.run_id, creations.c.id)
    .where(one_of(creations.c.run_id, "run_ids"))
    .order_by(creations.c.run_id, creations.c.item),
)
_MARK_CREATION = Statement(
    "complete.mark_creation",
    update(creations)
    .where(creations.c.id == bindparam("this"))
    .values(made=True, data=bindparam("fields"), files=bindparam("pictures")),
)
