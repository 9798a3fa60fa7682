"""The rows of an accepted run, made ready before the transaction: writers take turns, and do nothing else then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Table

from service.accounts import usage
from service.delivery import callbacks
from service.generation.order import HOSTED, Order
from service.runs import immediate_runs
from service.runs.submission import Submission
from service.store.clock import new_uuid, now
from service.store.tables import callbacks as callback_rows
from service.store.tables import creations, generations, run_bodies


@dataclass(frozen=True, slots=True)
class NewRun:
    """A submission with its order and its rows. `run` lacks the slot and the turn, which only the transaction knows.

    `others` are rows of tables that point at the run, in the order in which they are entered. `usage` is a generate's
    row of usage, whose period the transaction may change.
    """

    submission: Submission
    order: Order
    run: Mapping[str, Any]
    body: Mapping[str, Any]
    others: Sequence[tuple[Table, Mapping[str, Any]]]
    usage: Mapping[str, Any] | None


def entry(submission: Submission, order: Order, lane: str, origin: Mapping[str, str]) -> NewRun:
    """The submission as it is entered if nothing stands against it.

    `lane` is where it begins, `origin` is kept with the order: see `Order`.
    """
    identity = new_uuid()
    run_id = f"run_{identity.replace('-', '')}"
    body = _body_row(submission, order, run_id, origin)
    run = _run_row(submission, order, run_id, lane)
    others = [(run_bodies, body), *_products(submission, order, identity, run_id)]
    if submission.callback_url is not None:
        others.append(
            (
                callback_rows,
                callbacks.row(run_id, submission.callback_url, submission.events, submission.callback_headers),
            )
        )
    return NewRun(submission, order, run, body, others, _usage_row(submission, order, run))


def _run_row(submission: Submission, order: Order, run_id: str, lane: str) -> dict[str, Any]:
    moment, hosted, estimate = now(), order.provider == HOSTED, order.estimate or {}
    return {
        "id": run_id,
        "account_id": submission.caller.account_id,
        "key_id": submission.caller.key_id,
        "action": submission.action.id,
        # What is made elsewhere is no task of the API here: it takes no parallel place, and is no task to be read.
        "api": HOSTED if hosted else submission.action.api.name,
        "kind": submission.action.kind,
        "connection": submission.connection,
        "lane": lane,
        "status": "queued",
        "fence": 0,
        "losses": 0,
        "step": 0,
        "wake_at": moment,
        "deadline": moment + order.time_limit_s * 1000,
        "progress": 0.0,
        "sandbox": order.sandbox,
        "model_id": None if hosted else order.model_id,
        "estimate_credits": estimate.get("credits"),
        "estimate_seconds": estimate.get("seconds"),
        "estimate_approximate": estimate.get("approximate", False),
        "held": order.credits,
        "credits_charged": 0,
        "group": submission.group,
        "created_at": moment,
        "expires_at": None if submission.action.kind == "generate" else moment + immediate_runs.KEPT_MS,
    }


def _usage_row(submission: Submission, order: Order, run: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of a generate alone. Who made what a hosted original makes is that original, and its model is not known here."""
    if submission.action.kind != "generate":
        return None
    hosted = order.provider == HOSTED
    return usage.row(
        run,
        action=submission.action.id,
        model=None if hosted else str(order.model_id),
        provider=submission.connection if hosted else order.provider,
        metadata=submission.metadata,
    )


def _body_row(submission: Submission, order: Order, run_id: str, origin: Mapping[str, str]) -> dict[str, Any]:
    given = submission.input if submission.stored_input is None else submission.stored_input
    return {
        "run_id": run_id,
        "input": orjson.dumps(given).decode(),
        "metadata": None if submission.metadata is None else orjson.dumps(submission.metadata).decode(),
        "words": None if submission.metadata is None else submission.metadata_words,
        "order": order.dumps(given, origin),
    }


def _products(
    submission: Submission, order: Order, identity: str, run_id: str
) -> list[tuple[Table, Mapping[str, Any]]]:
    """The rows, and so the public ids, of what will be made."""
    account_id, moment = submission.caller.account_id, now()
    rows: list[tuple[Table, Mapping[str, Any]]] = []
    if order.generation is not None:
        row = {"id": identity, "account_id": account_id, "run_id": run_id, "created_at": moment}
        rows.append((generations, row | dict(order.generation)))
    if order.creation is not None:
        shared = {"account_id": account_id, "user_id": submission.caller.user_id, "run_id": run_id, "made": False}
        shared |= {"created_at": moment, **order.creation}
        rows += [(creations, shared | {"item": item}) for item in range(order.task.count)]
    return rows
