"""Runs that are done at once: searches, estimates, reads and writes, stored already ended and kept a day."""

from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import Connection

from service.context import Context
from service.delivery import callbacks
from service.errors import ServiceError, ValidationError
from service.files.links import stored
from service.generation.made import OUTPUT_BYTES
from service.runs import idempotency
from service.runs.batch import Batch
from service.runs.events import final_event
from service.runs.read import get_run
from service.runs.submission import Submission
from service.store.clock import new_id, now
from service.store.tables import callbacks as callback_rows
from service.store.tables import run_bodies, runs

KEPT_MS = 24 * 3600 * 1000
Handler = Callable[[Connection], Any]


def perform(context: Context, submission: Submission, handler: Handler) -> tuple[dict[str, Any], bool]:
    """Do it and store it: the run, and whether an idempotency key had it already.

    A write and its run are one transaction; every other kind reads first and is stored after, since a search may
    be on the network for seconds. What the handler raises is raised, with nothing stored.
    """
    if (known := _known(context, submission)) is not None:
        return known, True
    with idempotency.claimed(submission):
        # Whoever had claimed it may have stored it since.
        if (known := _known(context, submission)) is not None:
            return known, True
        output = None
        if submission.action.kind != "write":
            # A search that asks the network holds no connection meanwhile.
            with context.database.read_lazily() as db:
                output = handler(db)
        produce: Handler = handler if submission.action.kind == "write" else lambda _: output
        return context.database.write(lambda db: _store(context, db, submission, produce))


def _known(context: Context, submission: Submission) -> dict[str, Any] | None:
    """Read the run that the idempotency key stands for. Raises IdempotencyMismatch."""
    if submission.idempotency_key is None:
        return None
    with context.database.read() as db:
        known = idempotency.find(db, submission)
        return None if known is None else get_run(context, db, submission.caller.account_id, known)


def _store(context: Context, db: Connection, submission: Submission, produce: Handler) -> tuple[dict[str, Any], bool]:
    """Store the ended run and its event, unless another process did under the same key meanwhile."""
    run_id = new_id("run")
    (known,) = idempotency.take(db, [(submission, run_id)])
    if isinstance(known, ServiceError):
        raise known
    if known is not None:
        return get_run(context, db, submission.caller.account_id, known), True
    return _enter(context, db, submission, run_id, produce(db)), False


def _enter(context: Context, db: Connection, submission: Submission, run_id: str, output: Any) -> dict[str, Any]:
    """Store the run and return it; the answer shows what is not stored (a fresh API key)."""
    moment, action = now(), submission.action
    row = {
        "id": run_id,
        "account_id": submission.caller.account_id,
        "key_id": submission.caller.key_id,
        "action": action.id,
        "api": action.api.name,
        "kind": action.kind,
        "connection": submission.connection,
        "lane": "quick",
        "status": "completed",
        "slot": "ended",
        "fence": 0,
        "losses": 0,
        "step": 0,
        "turn": 0.0,
        "wake_at": moment,
        "progress": 1.0,
        "sandbox": False,
        "estimate_approximate": False,
        "held": 0,
        "credits_charged": 0,
        "group": submission.group,
        "created_at": moment,
        "started_at": moment,
        "finished_at": moment,
        "expires_at": moment + KEPT_MS,
    }
    kept = stored(action.blank_writeonce(output))
    _check_size(submission, kept.output or "")
    body = {
        "run_id": run_id,
        "input": orjson.dumps(submission.input).decode(),
        "metadata": None if submission.metadata is None else orjson.dumps(submission.metadata).decode(),
        "words": submission.metadata_words,
        "output": kept.output,
        "links": kept.links,
    }
    batch = Batch()
    batch.add(runs, row)
    batch.add(run_bodies, body)
    if submission.callback_url is not None:
        batch.add(
            callback_rows,
            callbacks.row(run_id, submission.callback_url, submission.events, submission.callback_headers),
        )
    batch.enter(db)
    final_event(context, db, run_id)
    return get_run(context, db, submission.caller.account_id, run_id) | {"output": output}


def _check_size(submission: Submission, output: str) -> None:
    """Raise ValidationError where the answer is over what is kept of a run; for a page it names `per_page`."""
    size = len(output.encode())
    if size <= OUTPUT_BYTES:
        return
    paged = "per_page" in submission.action.input_schema.get("properties", {})
    less = "; ask for less with a smaller per_page" if paged else ""
    at = f"{submission.input_at}/per_page" if paged else submission.input_at
    raise ValidationError.at(at, f"The answer has {size} bytes of JSON; a run keeps {OUTPUT_BYTES} at most{less}.")
