"""The same key and body within a day give the same run. Source: contract, section 3."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from service.errors import IdempotencyInProgress, IdempotencyMismatch
from service.runs.batch import Batch
from service.runs.submission import Submission
from service.store.clock import now
from service.store.tables import accounts, idempotency, run_bodies, runs

KEPT_MS = 24 * 3600 * 1000

_accepting: set[tuple[str, str]] = set()
_lock = threading.Lock()


@contextmanager
def claimed(submission: Submission) -> Iterator[None]:
    """Around one accept under a key. Raises IdempotencyInProgress while this process accepts the same key."""
    if submission.idempotency_key is None:
        yield
        return
    key = (submission.caller.account_id, submission.idempotency_key)
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
    """The run that this key stands for. Raises IdempotencyMismatch where the key came with another body."""
    if submission.idempotency_key is None:
        return None
    if db.dialect.name == "postgresql":
        # SQLite's writers follow one another. Here another process may be about to commit the same key: until it has,
        # this one must not look, or `keep` would find a live run and forget it.
        db.execute(_QUEUE, _this(submission))
    row = db.execute(_FIND, _this(submission) | {"since": now() - KEPT_MS}).one_or_none()
    if row is None or _starts_anew(row):
        return None
    if row.digest != submission.digest:
        raise IdempotencyMismatch(
            "This Idempotency-Key was used with another action, input, connection or max_credits."
        )
    return str(row.run_id)


def keep(db: Connection, batch: Batch, submission: Submission, run_id: str) -> None:
    """Let the key stand for this run; what it stood for before has ended without a result or is too old."""
    if submission.idempotency_key is None:
        return
    if db.execute(_ANY, _this(submission)).first() is not None:
        db.execute(_FORGET, _this(submission))
    row = {"account_id": submission.caller.account_id, "key": submission.idempotency_key, "run_id": run_id}
    batch.add(idempotency, row | {"digest": submission.digest, "created_at": now()})


def _starts_anew(row: Any) -> bool:
    """A failed or canceled run is tried again under its key, but never one that perhaps was paid for."""
    if row.status == "failed":
        return '"outcome_unknown"' not in (row.error or "")
    return bool(row.status == "canceled")


def _this(submission: Submission) -> dict[str, Any]:
    return {"account": submission.caller.account_id, "wanted": submission.idempotency_key}


_QUEUE = select(accounts.c.id).where(accounts.c.id == bindparam("account")).with_for_update()
_same = (idempotency.c.account_id == bindparam("account")) & (idempotency.c.key == bindparam("wanted"))
_ANY = select(idempotency.c.run_id).where(_same)
_FORGET = delete(idempotency).where(_same)
_FIND = (
    select(idempotency.c.digest, idempotency.c.run_id, runs.c.status, run_bodies.c.error)
    .join(runs, runs.c.id == idempotency.c.run_id)
    .join(run_bodies, run_bodies.c.run_id == runs.c.id)
    .where(_same, idempotency.c.created_at > bindparam("since"))
)
