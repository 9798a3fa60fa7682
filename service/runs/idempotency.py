"""The same key and body within a day give the same run. Source: contract, section 3."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, delete, select

from service.errors import IdempotencyInProgress, IdempotencyMismatch
from service.runs.submission import Submission
from service.store.clock import now
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
    row = db.execute(
        select(idempotency.c.digest, idempotency.c.run_id, runs.c.status, run_bodies.c.error)
        .join(runs, runs.c.id == idempotency.c.run_id)
        .join(run_bodies, run_bodies.c.run_id == runs.c.id)
        .where(_is_this(submission), idempotency.c.created_at > now() - KEPT_MS)
    ).one_or_none()
    if row is None or _starts_anew(row):
        return None
    if row.digest != submission.digest:
        raise IdempotencyMismatch(
            "This Idempotency-Key was used with another action, input, connection or max_credits."
        )
    return str(row.run_id)


def keep(db: Connection, submission: Submission, run_id: str) -> None:
    """Let the key stand for this run; what it stood for before has ended without a result or is too old."""
    if submission.idempotency_key is None:
        return
    db.execute(delete(idempotency).where(_is_this(submission)))
    db.execute(
        idempotency.insert().values(
            account_id=submission.caller.account_id,
            key=submission.idempotency_key,
            digest=submission.digest,
            run_id=run_id,
            created_at=now(),
        )
    )


def _starts_anew(row: Any) -> bool:
    """A failed or canceled run is tried again under its key, but never one that perhaps was paid for."""
    if row.status == "failed":
        return '"outcome_unknown"' not in (row.error or "")
    return bool(row.status == "canceled")


def _is_this(submission: Submission) -> Any:
    return (idempotency.c.account_id == submission.caller.account_id) & (
        idempotency.c.key == submission.idempotency_key
    )
