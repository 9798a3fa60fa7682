"""Idempotency keys: the same key and body within a day give the same run."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update

from service.errors import IdempotencyInProgress, IdempotencyMismatch, OutcomeUnknown, ServiceError
from service.runs.submission import Submission
from service.store.clock import now
from service.store.lists import Given, insert_given
from service.store.statements import Statement
from service.store.tables import idempotency, run_bodies, runs

KEPT_MS = 24 * 3600 * 1000

_accepting: set[tuple[str, str]] = set()
_lock = threading.Lock()


@contextmanager
def claimed(submission: Submission) -> Iterator[None]:
    """Around one accept under a key. Raises IdempotencyInProgress while this process accepts the same key."""
    if submission.idempotency_key is None:
        yield
        return
    key = _key(submission)
    with _lock:
        if key in _accepting:
            raise IdempotencyInProgress("The first request under this Idempotency-Key is still being accepted.")
        _accepting.add(key)
    try:
        yield
    finally:
        with _lock:
            _accepting.discard(key)


def find(db: Connection, submission: Submission) -> str | None:
    """The run that this one's key stands for. Raises IdempotencyMismatch where the key came with another body."""
    if submission.idempotency_key is None:
        return None
    return _stands_for(submission, _looked_up(db, [submission]).get(_key(submission)))


def take(db: Connection, new: Sequence[tuple[Submission, str]]) -> list[str | ServiceError | None]:
    """Let each submission's key stand for its new run, where it stands for none yet.

    For each the run that it stands for already, IdempotencyMismatch, or None where it stands for the new one now. The
    INSERT decides: where another process is about to commit the same key, it waits for that, and what is looked up
    after it is final.
    """
    keyed = [(submission, run_id) for submission, run_id in new if submission.idempotency_key is not None]
    if not keyed:
        return [None] * len(new)
    # In one order, so that two groups never wait for each other.
    rows = sorted((_row(*one) for one in keyed), key=lambda row: (row["account_id"], row["key"]))
    fresh = {(row.account_id, row.key) for row in _TAKE.all(db, rows=rows)}
    taken = [submission for submission, _ in keyed if _key(submission) not in fresh]
    known = _looked_up(db, taken) if taken else {}
    return [
        None
        if submission.idempotency_key is None or _key(submission) in fresh
        else _taken_over(db, submission, run_id, known.get(_key(submission)))
        for submission, run_id in new
    ]


def give_back(db: Connection, submission: Submission, run_id: str) -> None:
    """Let the key stand for nothing: the run that took it is refused."""
    if submission.idempotency_key is not None:
        account_id, key = _key(submission)
        _FORGET.run(db, account=account_id, wanted=key, this=run_id)


def _taken_over(db: Connection, submission: Submission, run_id: str, row: Any) -> str | ServiceError | None:
    """As `take` says, for one whose key stood for another run."""
    try:
        while (known := _stands_for(submission, row)) is None:
            # What it stood for has ended without a result or is too old. Perhaps somebody else takes it over now.
            values = _row(submission, run_id)
            if _REPLACE.run(db, **values, before=None if row is None else row.run_id):
                return None
            row = _looked_up(db, [submission]).get(_key(submission))
            if row is None and _TAKE.all(db, rows=[values]):
                return None
    except IdempotencyMismatch as mismatch:
        return mismatch
    return known


def _stands_for(submission: Submission, row: Any) -> str | None:
    if row is None or row.created_at <= now() - KEPT_MS or _starts_anew(row):
        return None
    if row.digest != submission.digest:
        raise IdempotencyMismatch(
            "This Idempotency-Key was used with another action, input, connection or max_credits."
        )
    return str(row.run_id)


def _looked_up(db: Connection, submissions: Sequence[Submission]) -> dict[tuple[str, str], Any]:
    """The rows of these keys, with the statuses and errors of their runs."""
    wanted = [{"account_id": account_id, "key": key} for account_id, key in map(_key, submissions)]
    return {(row.account_id, row.key): row for row in _FIND.all(db, keys=wanted)}


def _row(submission: Submission, run_id: str) -> dict[str, Any]:
    account_id, key = _key(submission)
    row = {"account_id": account_id, "key": key, "run_id": run_id, "digest": submission.digest}
    return row | {"created_at": now()}


def _starts_anew(row: Any) -> bool:
    """A failed, canceled or deleted run is tried again under its key, but never one that perhaps was paid for."""
    if row.status == "failed":
        return row.error is None or orjson.loads(row.error)["code"] != OutcomeUnknown.code
    return row.status in ("canceled", None)


def _key(submission: Submission) -> tuple[str, str]:
    return submission.caller.account_id, submission.idempotency_key or ""


_wanted, _rows = Given("keys"), Given("rows")
_FIND = Statement(
    "idempotency.find",
    select(idempotency, runs.c.status, run_bodies.c.error)
    .select_from(_wanted.rows)
    .join(
        idempotency,
        (idempotency.c.account_id == _wanted.column("account_id", idempotency.c.account_id.type))
        & (idempotency.c.key == _wanted.column("key", idempotency.c.key.type)),
    )
    .outerjoin(runs, runs.c.id == idempotency.c.run_id)
    .outerjoin(run_bodies, run_bodies.c.run_id == runs.c.id),
)
_TAKE = Statement(
    "idempotency.take",
    insert_given(idempotency, ("account_id", "key", "run_id", "digest", "created_at"), _rows).returning(
        idempotency.c.account_id, idempotency.c.key
    ),
)
_same = (idempotency.c.account_id == bindparam("account")) & (idempotency.c.key == bindparam("wanted"))
_FORGET = Statement("idempotency.forget", delete(idempotency).where(_same, idempotency.c.run_id == bindparam("this")))
_REPLACE = Statement(
    "idempotency.replace",
    update(idempotency)
    .where(
        idempotency.c.account_id == bindparam("account_id"),
        idempotency.c.key == bindparam("key"),
        idempotency.c.run_id == bindparam("before"),
    )
    .values(run_id=bindparam("run_id"), digest=bindparam("digest"), created_at=bindparam("created_at")),
)
