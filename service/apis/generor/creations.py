"""Creations: the items that users made, as far as the caller may see them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Row, TextClause, select

from service.apis.generor import shapes
from service.apis.pages import page
from service.apis.request import Request
from service.apis.status import status_of, stored_error
from service.errors import Conflict, NotFound
from service.files.links import set_private
from service.files.removal import remove_files
from service.runs.cancel import cancel_within
from service.store.clock import now
from service.store.list_counts import counted, narrowed
from service.store.search import found, words
from service.store.tables import MADE, PUBLIC, creations, files, run_bodies, runs

LACKING = "This item of the batch could not be made."


def list(request: Request) -> dict[str, Any]:
    """List the caller's own creations, private ones too."""
    account_id, generator = request.caller.account_id, request.input.get("generator")
    mine = creations.c.account_id == account_id
    if generator is None:
        return _page(request, counted("creations.account", account_id), MADE, mine)
    counts = counted("creations.account_generator", narrowed(account_id, generator))
    return _page(request, counts, MADE, mine, creations.c.generator == generator)


def public(request: Request) -> dict[str, Any]:
    """List everybody's public creations."""
    if request.input.get("generator") is not None:
        return of_generator(request, request.input["generator"])
    return _page(request, counted("creations.public", "all"), PUBLIC)


def search(request: Request) -> dict[str, Any]:
    """List the public creations whose prompt holds every word of `q`, whole."""
    keys = found(request.db, words(request.input["q"]), request.input.get("generator"))
    return page(request, select(creations), creations.c.id, shapes.creation, keys)


def get(request: Request) -> dict[str, Any]:
    """Read one creation with its files and data; a private one only for its owner. Raises NotFound."""
    row = _kept(request)
    if not (_is_mine(request, row) or _is_public(row)):
        raise _absent()
    return shapes.creation(request, [row])[0]


def status(request: Request) -> dict[str, Any]:
    """Tell how far a creation is; of others' only public ones that are done. Raises NotFound."""
    row = _kept(request)
    if row.made and (_is_mine(request, row) or _is_public(row)):
        return _status(row.id, "completed", 1.0)
    if not _is_mine(request, row):
        raise _absent()
    query = select(runs.c.status, runs.c.progress, run_bodies.c.error).join(run_bodies).where(runs.c.id == row.run_id)
    run = request.db.execute(query).one_or_none()
    if run is None or run.status == "completed":
        return _status(row.id, "failed", 1.0, LACKING)
    error = stored_error(run.error)
    name = status_of(request.action.api, run.status, error)
    return _status(row.id, name, run.progress, error["message"] if error else None)


def update(request: Request) -> dict[str, Any]:
    """Change who may see it, files included, or its license.

    Raises NotFound, and Conflict where there is nothing yet to be changed.
    """
    row = _own(request)
    if not row.made:
        raise Conflict("The creation is not made; GET /creations/{id}/status tells why.")
    changes = {name: request.input[name] for name in ("privacy_mode", "license") if name in request.input}
    this = creations.c.id == row.id
    changed = request.db.execute(sa.update(creations).where(this).values(**changes).returning(creations)).one()
    set_private(request.db, files.c.creation_id == row.id, changed.privacy_mode == 1)
    return shapes.creation(request, [changed])[0]


def delete(request: Request) -> dict[str, Any]:
    """Take it and its files away for good. Raises NotFound.

    One that is being made cancels its run first, and with it the rest of its batch.
    """
    row = _own(request)
    if not row.made:
        cancel_within(request.context, request.db, row.run_id)
    kept = (creations.c.id == row.id) & creations.c.deleted_at.is_(None)
    if not request.db.execute(sa.update(creations).where(kept).values(deleted_at=now())).rowcount:
        raise _absent()
    remove_files(request.db, row.account_id, files.c.creation_id == row.id)
    return {"creation_id": row.id, "deleted": True}


def of_generator(request: Request, slug: str) -> dict[str, Any]:
    """List everybody's public creations of one generator."""
    return _page(request, counted("creations.generator", slug), PUBLIC, creations.c.generator == slug)


def _page(request: Request, counts: ColumnElement[bool], *which: ColumnElement[bool] | TextClause) -> dict[str, Any]:
    return page(request, select(creations).where(*which), creations.c.id, shapes.creation, counts=counts)


def _kept(request: Request) -> Row[Any]:
    """Return the creation asked for, unless it was deleted. Raises NotFound."""
    query = select(creations).where(creations.c.id == request.input["id"], creations.c.deleted_at.is_(None))
    row = request.db.execute(query).one_or_none()
    if row is None:
        raise _absent()
    return row


def _own(request: Request) -> Row[Any]:
    """Return the same, of the caller. Raises NotFound for anybody else's."""
    row = _kept(request)
    if not _is_mine(request, row):
        raise _absent()
    return row


def _is_mine(request: Request, row: Row[Any]) -> bool:
    return request.anyone is not None and row.account_id == request.anyone.account_id


def _is_public(row: Row[Any]) -> bool:
    return bool(row.made and row.privacy_mode == 0)


def _absent() -> NotFound:
    return NotFound("Creation not found")


def _status(creation_id: int, name: str, progress: float, error: str | None = None) -> dict[str, Any]:
    return {"creation_id": creation_id, "status": name, "progress": progress, "error": error}
