"""Suspending and deleting accounts: what their keys, runs and files become."""

import time
from contextlib import suppress
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection, select

from service.accounts import accounts
from service.context import Context
from service.errors import Conflict
from service.files.removal import delete_objects, remove_files
from service.runs import cancel
from service.runs.removal import delete_runs
from service.store.clock import now
from service.store.tables import (
    comment_votes,
    comments,
    creations,
    files,
    follows,
    generations,
    ratings,
    runs,
    team_members,
)

BATCH = 200
# Longer than a canceled run may take to end.
ENDS_WITHIN_S = 45.0
LOOK_S = 0.5
log = structlog.get_logger("accounts")


def suspend(context: Context, name: str) -> dict[str, Any]:
    """Refuse the account's keys, and cancel what is queued; what runs already ends and is called back."""

    def work(db: Connection) -> str:
        account = accounts.find(db, name)
        accounts.suspend(db, account.id)
        return str(account.id)

    account_id = context.database.write(work)
    canceled = _cancel(context, account_id, runs.c.status == "queued")
    log.info("account suspended", account=name, canceled=canceled)
    return {"name": name, "suspended": True, "canceled_runs": canceled}


def resume(context: Context, name: str) -> dict[str, Any]:
    """Take the account's keys again."""
    context.database.write(lambda db: accounts.resume(db, accounts.find(db, name).id))
    log.info("account resumed", account=name)
    return {"name": name, "suspended": False}


def delete(context: Context, name: str) -> dict[str, Any]:
    """End the account: its keys at once, its runs as they can be canceled, then what it made and stored.

    The ledger and the sums of usage stay, and so does the name. Safe to run again where it was broken off.
    """

    def work(db: Connection) -> Any:
        account = accounts.find(db, name, deleted=True)
        accounts.erase(db, account.id)
        return account

    account = context.database.write(work)
    _cancel(context, account.id, sa.true())
    _wait_for_ends(context, account.id)
    deleted = {"runs": 0, "files": 0}
    while ids := _some(context, runs.c.id, runs.c.account_id == account.id):
        deleted["runs"] += len(ids)
        context.database.write(partial(_delete_runs, ids))
    while paths := _some(context, files.c.path, files.c.account_id == account.id):
        deleted["files"] += len(paths)
        context.database.write(partial(_remove_files, account.id, paths))
    context.database.write(lambda db: _forget_person(db, account.id, account.user_id))
    delete_objects(context.database, context.objects)
    log.info("account deleted", account=name, **deleted)
    return {"name": name, "deleted": True, **{f"deleted_{what}": count for what, count in deleted.items()}}


def _cancel(context: Context, account_id: str, which: sa.ColumnElement[bool]) -> int:
    """Cancel the account's open runs; how many were."""
    query = select(runs.c.id).where(runs.c.account_id == account_id, runs.c.slot != "ended", which)
    with context.database.read() as db:
        wanted = list(db.execute(query).scalars())
    for run_id in wanted:
        # One that ends meanwhile needs no canceling.
        with suppress(Conflict):
            cancel.cancel(context, account_id, run_id)
    return len(wanted)


def _wait_for_ends(context: Context, account_id: str) -> None:
    """Wait until no run of the account is open. Raises Conflict where one does not end."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while _some(context, runs.c.id, (runs.c.account_id == account_id) & (runs.c.slot != "ended")):
        if time.monotonic() > deadline:
            raise Conflict("A run of the account does not end; run accounts delete once more.")
        cancel.end_overdue(context)
        time.sleep(LOOK_S)


def _some(context: Context, column: sa.ColumnElement[str], which: sa.ColumnElement[bool]) -> list[str]:
    with context.database.read() as db:
        return list(db.execute(select(column).where(which).limit(BATCH)).scalars())


def _delete_runs(run_ids: list[str], db: Connection) -> None:
    delete_runs(db, run_ids)


def _remove_files(account_id: str, paths: list[str], db: Connection) -> None:
    remove_files(db, account_id, files.c.path.in_(paths))


def _forget_person(db: Connection, account_id: str, user_id: int) -> None:
    """Delete what the account made and did among others; its comments stay as deleted ones, for what answers them."""
    db.execute(sa.delete(generations).where(generations.c.account_id == account_id))
    moment = {"deleted_at": now()}
    db.execute(sa.update(creations).where(creations.c.account_id == account_id).values(**moment, prompt="", words=""))
    db.execute(sa.update(comments).where(comments.c.user_id == user_id).values(**moment, text=""))
    follows_it = (follows.c.follower_id == user_id) | (follows.c.followed_id == user_id)
    db.execute(sa.delete(follows).where(follows_it))
    for table in (comment_votes, ratings, team_members):
        db.execute(sa.delete(table).where(table.c.user_id == user_id))
