"""Generations: what a workspace asked for, in whatever state. Source: flokan, 'GET /generations' and its siblings."""

import builtins
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Row, select

from service.apis.flokan.present import record
from service.apis.flokan.thumbnails import card_of
from service.apis.pages import page
from service.apis.request import Request
from service.apis.status import TIMED_OUT, status_of, stored_error
from service.errors import NotFound
from service.files.links import StoredOutput
from service.files.removal import remove_files
from service.generation.order import told
from service.runs.cancel import cancel_within
from service.store.list_counts import counted, narrowed
from service.store.tables import files, generations, run_bodies, runs

# The code is an error's first member: see `error_json`.
_TIMED_OUT = run_bodies.c.error.startswith(f'{{"code":"{TIMED_OUT}"', autoescape=True)
_IN_STATUS: dict[str, ColumnElement[bool]] = {
    "pending": runs.c.status == "queued",
    "generating": runs.c.status == "running",
    "completed": runs.c.status == "completed",
    "failed": runs.c.status.in_(("failed", "canceled")) & (run_bodies.c.error.is_(None) | ~_TIMED_OUT),
    "timed_out": (runs.c.status == "failed") & _TIMED_OUT,
}


def list(request: Request) -> dict[str, Any]:
    """List the workspace's generations, newest first. Raises NotFound for a card."""
    account_id = request.caller.account_id
    query = _selected().where(generations.c.account_id == account_id)
    keys = select(generations.c.id).where(generations.c.account_id == account_id)
    counts: ColumnElement[bool] | None = counted("generations.account", account_id)
    card_id = card_of(request, request.input.get("card_id"))
    if card_id is not None:
        keys = keys.where(generations.c.card_id == card_id)
        counts = counted("generations.card", narrowed(account_id, card_id))
    if request.input.get("status") is not None:
        keys = keys.join(runs, runs.c.id == generations.c.run_id).join(run_bodies, run_bodies.c.run_id == runs.c.id)
        keys, counts = keys.where(_IN_STATUS[request.input["status"]]), None
    return page(request, query, generations.c.id, _records, keys, counts)


def get(request: Request) -> dict[str, Any]:
    """One generation in its present state. Source: GET /generations/:generationId. Raises NotFound."""
    return _records(request, [_own(request)])[0]


def delete(request: Request) -> dict[str, Any]:
    """Take it and its images away; what is being made is cancelled first. Source: DELETE /generations/:generationId.

    Raises NotFound.
    """
    row = _own(request)
    cancel_within(request.context, request.db, row.run_id)
    if not request.db.execute(sa.delete(generations).where(generations.c.id == row.id)).rowcount:
        raise _absent(row.id)
    remove_files(request.db, row.account_id, files.c.run_id == row.run_id)
    return {"id": row.id, "deleted": True}


def _own(request: Request) -> Row[Any]:
    generation_id = request.input["generation_id"].lower()
    mine = (generations.c.id == generation_id) & (generations.c.account_id == request.caller.account_id)
    row = request.db.execute(_selected().where(mine)).one_or_none()
    if row is None:
        raise _absent(generation_id)
    return row


def _selected() -> sa.Select[*tuple[Any, ...]]:
    columns = (
        runs.c.status,
        runs.c.finished_at,
        run_bodies.c.order,
        run_bodies.c.output,
        run_bodies.c.links,
        run_bodies.c.error,
    )
    return (
        select(generations, *columns)
        .join(runs, runs.c.id == generations.c.run_id)
        .join(run_bodies, run_bodies.c.run_id == runs.c.id)
    )


def _records(request: Request, rows: Sequence[Row[Any]]) -> builtins.list[dict[str, Any]]:
    stored = [(row.account_id, StoredOutput(row.output, row.links)) for row in rows]
    outputs = request.context.links.restored(request.db, stored)
    return [_record(request, row, output) for row, output in zip(rows, outputs, strict=True)]


def _record(request: Request, row: Row[Any], output: dict[str, Any] | None) -> dict[str, Any]:
    """Return what generate answered, where it is done; else what was asked for, and how it stands."""
    if output is not None:
        return output
    error = stored_error(row.error)
    shown = record(told(row.order), row.run_id, row.account_id, row.created_at)
    took = None if row.finished_at is None else row.finished_at - row.created_at
    return shown | {"status": status_of(request.action.api, row.status, error), "generation_time_ms": took}


def _absent(generation_id: str) -> NotFound:
    return NotFound(f"There is no generation {generation_id} in this workspace.")
