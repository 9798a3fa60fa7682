"""Idempotency keys: the same key and body within a day give the same run."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select, tuple_

from service.errors import IdempotencyInProgress, IdempotencyMismatch, OutcomeUnknown
from service.runs.batch import Batch
from service.runs.submission import Submission
from service.store.clock import now
from service.store.tables import accounts, idempotency, run_bodies, runs

KEPT_MS = 24 * 3600 * 1000
# By account and key: the row of the key, with the status and the error of its run.
Standing = Mapping[tuple[str, str], Any]

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


def standing(db: Connection, submissions: Sequence[Submission]) -> Standing:
    """Look up what the keys of these submissions were used for, all together."""
    keys = sorted({_key(submission) for submission in submissions if submission.idempotency_key is not None})
    if not keys:
        return {}
    if db.dialect.name == "postgresql":
        # SQLite's writers follow one another. Here another process may be about to commit the same key: until it has,
        # this one must not look, or `keep` would find a live run and forget it.
        db.execute(_QUEUE, {"queueing": sorted({account_id for account_id, _ in keys})})
    if len(keys) == 1:
        # The usual case, at half the cost: a statement for a list is written anew each time.
        rows = db.execute(_FIND, {"account": keys[0][0], "wanted": keys[0][1]})
    else:
        # Repeated up to a power of two: each length is a text of its own, which every connection keeps prepared.
        spare = (1 << (len(keys) - 1).bit_length()) - len(keys)
        rows = db.execute(_FIND_ALL, {"wanted": keys + keys[-1:] * spare})
    return {(row.account_id, row.key): row for row in rows}


def stands_for(submission: Submission, known: Standing) -> str | None:
    """The run that its key stands for. Raises IdempotencyMismatch where the key came with another body."""
    row = known.get(_key(submission))
    if row is None or row.created_at <= now() - KEPT_MS or _starts_anew(row):
        return None
    if row.digest != submission.digest:
        raise IdempotencyMismatch(
            "This Idempotency-Key was used with another action, input, connection or max_credits."
        )
    return str(row.run_id)


def find(db: Connection, submission: Submission) -> str | None:
    """The run that this one's key stands for. Raises IdempotencyMismatch."""
    return stands_for(submission, standing(db, [submission]))


def keep(db: Connection, batch: Batch, submission: Submission, run_id: str, known: Standing) -> None:
    """Let the key stand for this run; what it stood for before has ended without a result or is too old."""
    if submission.idempotency_key is None:
        return
    account_id, key = _key(submission)
    if (account_id, key) in known:
        db.execute(_FORGET, {"account": account_id, "wanted": key})
    row = {"account_id": account_id, "key": key, "run_id": run_id}
    batch.add(idempotency, row | {"digest": submission.digest, "created_at": now()})


def _starts_anew(row: Any) -> bool:
    """A failed, canceled or deleted run is tried again under its key, but never one that perhaps was paid for."""
    if row.status == "failed":
        return row.error is None or orjson.loads(row.error)["code"] != OutcomeUnknown.code
    return row.status in ("canceled", None)


def _key(submission: Submission) -> tuple[str, str]:
    return submission.caller.account_id, submission.idempotency_key or ""


_QUEUE = (
    select(accounts.c.id)
    .where(accounts.c.id.in_(bindparam("queueing", expanding=True)))
    .order_by(accounts.c.id)
    .with_for_update()
)
_same = (idempotency.c.account_id == bindparam("account")) & (idempotency.c.key == bindparam("wanted"))
_FORGET = delete(idempotency).where(_same)
_USED = (
    select(idempotency, runs.c.status, run_bodies.c.error)
    .outerjoin(runs, runs.c.id == idempotency.c.run_id)
    .outerjoin(run_bodies, run_bodies.c.run_id == runs.c.id)
)
_FIND = _USED.where(_same)
_FIND_ALL = _USED.where(tuple_(idempotency.c.account_id, idempotency.c.key).in_(bindparam("wanted", expanding=True)))
