"""Runs as callers see them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import orjson
from sqlalchemy import Connection, Select, func, select

from service.context import Context
from service.delivery import callbacks
from service.errors import NotFound
from service.files.links import StoredOutput
from service.store.clock import iso
from service.store.lists import one_of
from service.store.statements import Statement
from service.store.tables import run_bodies, runs

_UNSTARTED: dict[str, Any] = dict.fromkeys(("started_at", "finished_at", "cancel_requested_at", "output", "error"))
# The kind of a row that was a run once, and is kept for what is shown from it.
KEPT = "kept"
# What a run is shown from: without its input and output, each of those, and all.
NARROW: tuple[Any, ...] = (runs, run_bodies.c.metadata, run_bodies.c.error)
BODIES: dict[str, tuple[Any, ...]] = {
    "input": (run_bodies.c.input,),
    "output": (run_bodies.c.output, run_bodies.c.links),
}
LISTED: tuple[Any, ...] = (*NARROW, *BODIES["input"], *BODIES["output"])


def get_run(context: Context, db: Connection, account_id: str, run_id: str) -> dict[str, Any]:
    """Read one run of this account. Raises NotFound."""
    row = db.execute(_selected().where(runs.c.id == run_id, runs.c.account_id == account_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    return shown(context, db, [row])[0]


def read_run(context: Context, account_id: str, run_id: str) -> dict[str, Any]:
    """Read one run of this account in a transaction of its own. Raises NotFound, and Busy for a large one at times."""
    with memory_for(context, account_id, run_id):
        return read_held_run(context, account_id, run_id)


def memory_for(context: Context, account_id: str, run_id: str) -> AbstractContextManager[None]:
    """Hold memory for a run's bodies, for whoever keeps them longer than it takes to read them. Raises Busy."""
    with context.database.read() as db:
        size = sum(sizes(db, [run_id]).values())
    return context.memory.take(account_id, size)


def read_held_run(context: Context, account_id: str, run_id: str) -> dict[str, Any]:
    """Read a run that memory is held for. Raises NotFound."""
    with context.database.read() as db:
        return get_run(context, db, account_id, run_id)


def sizes(db: Connection, run_ids: Sequence[str]) -> dict[str, int]:
    """Return how many bytes are stored of each run's input and output."""
    return {row.run_id: row.size for row in _SIZES.all(db, run_ids=run_ids)}


def as_accepted(row: Mapping[str, Any], body: Mapping[str, Any], callback_url: str | None) -> dict[str, Any]:
    """Show a run that was accepted just now, from the rows that were written, as `get_run` shows it."""
    return _shown({**_UNSTARTED, **row, **body}, None, _unsent(callback_url))


def shown_page(
    context: Context, db: Connection, *, account_id: str | None, status: str | None, action: str | None, limit: int
) -> list[dict[str, Any]]:
    """List runs of one account, or of all, the newest first."""
    query = _selected().order_by(runs.c.id.desc()).limit(limit)
    for column, wanted in ((runs.c.account_id, account_id), (runs.c.status, status), (runs.c.action, action)):
        if wanted is not None:
            query = query.where(column == wanted)
    return shown(context, db, db.execute(query).mappings().all())


def shown(context: Context, db: Connection, rows: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    """Show rows as runs, their callbacks and files looked up together and their links made anew.

    Rows of NARROW become runs without input and output.
    """
    callback_of = callbacks.status_of(db, [row["id"] for row in rows])
    outputs = _outputs(context, db, [row for row in rows if "output" in row]) or [None] * len(rows)
    return [_shown(row, output, callback_of.get(row["id"])) for row, output in zip(rows, outputs, strict=True)]


def as_told(context: Context, db: Connection, rows: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    """Show rows of LISTED with their `callback_url` for an event of theirs, which is about to be put on its way.

    What is stored as JSON goes into it as it is, so this is to be written and not to be read.
    """
    stored = [(row["account_id"], StoredOutput(row["output"], row["links"])) for row in rows]
    outputs = context.links.restored(db, stored, orjson.Fragment)
    return [
        _shown(row, output, _unsent(row["callback_url"]), orjson.Fragment)
        for row, output in zip(rows, outputs, strict=True)
    ]


def _unsent(callback_url: str | None) -> dict[str, Any] | None:
    return None if callback_url is None else {"url": callback_url, "status": "pending", "attempts": 0}


def _selected() -> Select[Any]:
    return select(*LISTED).join(run_bodies, run_bodies.c.run_id == runs.c.id).where(runs.c.kind != KEPT)


def _outputs(context: Context, db: Connection, rows: Sequence[Mapping[Any, Any]]) -> list[Any]:
    stored = [(row["account_id"], StoredOutput(row["output"], row["links"])) for row in rows]
    return context.links.restored(db, stored)


def _shown(
    row: Mapping[Any, Any], output: Any, callback: Mapping[str, Any] | None, read: Callable[[str], Any] = orjson.loads
) -> dict[str, Any]:
    return {
        "id": row["id"],
        "action": row["action"],
        "account": row["account_id"],
        "status": row["status"],
        "created_at": iso(row["created_at"]),
        "started_at": iso(row["started_at"]),
        "finished_at": iso(row["finished_at"]),
        **({"cancel_requested_at": iso(row["cancel_requested_at"])} if row["cancel_requested_at"] else {}),
        **({"waiting": row["waiting"]} if row.get("waiting") and not row["finished_at"] else {}),
        "progress": row["progress"],
        **({"input": read(row["input"])} if "input" in row else {}),
        **({"output": output} if "output" in row else {}),
        "error": None if row["error"] is None else read(row["error"]),
        "estimate": _estimate(row),
        "credits_charged": row["credits_charged"],
        "metadata": {} if row["metadata"] is None else read(row["metadata"]),
        "connection": row["connection"],
        "group": row["group"],
        "sandbox": row["sandbox"],
        "callback": None if callback is None else dict(callback),
    }


def _estimate(row: Mapping[Any, Any]) -> dict[str, Any] | None:
    if row["kind"] != "generate" or row["estimate_credits"] is None:
        return None
    estimate = {"credits": row["estimate_credits"], "seconds": row["estimate_seconds"]}
    return estimate | ({"approximate": True} if row["estimate_approximate"] else {})


_SIZES = Statement(
    "read.sizes",
    select(
        run_bodies.c.run_id,
        (func.length(run_bodies.c.input) + func.coalesce(func.length(run_bodies.c.output), 0)).label("size"),
    ).where(one_of(run_bodies.c.run_id, "run_ids")),
)
