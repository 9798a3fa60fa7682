"""Accepting a run: everything that must be true of a 202, in one transaction, and then a doorbell.

The life of an accept, from the order that its operation made (`service.operations.submit`):

    check_references, check_callback    every address is looked up once, before anything is written
    queued                              the rows are made ready, and wait for the next group's turn
    _commit                             one transaction for all that wait (`runs.admission` has its statements):
                                        the key's INSERT decides, the key is still good, the credits are held,
                                        budgets kept, a turn taken, the rows entered; then COMMIT, and the bell
    again                               where the key stood for a run already: its callback URL is added
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection
from structlog.contextvars import get_contextvars

from service.accounts.credits import amount
from service.config import FETCH
from service.context import Context
from service.delivery import callbacks
from service.errors import MaxCreditsExceeded, ServiceError, ValidationError, below
from service.generation.order import Order
from service.queue import DELIVERIES
from service.runs import idempotency
from service.runs.admission import AcceptTransaction
from service.runs.batch import Batch
from service.runs.entry import NewRun, entry
from service.runs.events import tell_late
from service.runs.inline_media import with_kept_media, with_places
from service.runs.read import as_accepted
from service.runs.submission import Submission, pointer_to
from service.store.micro_batcher import Group, MicroBatcher
from service.telemetry import metrics, traces


@dataclass(frozen=True, slots=True)
class Accepted:
    """The run that a submission became, or that its key stood for already; `run` is it as callers see it."""

    run_id: str
    replayed: bool = False
    run: dict[str, Any] | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """The run, once it has been read."""
        assert self.run is not None
        return self.run

    @property
    def output(self) -> Any:
        """The completed run's output."""
        return self.shown["output"]


class Accepting:
    """The accepting side of one web process."""

    def __init__(self, context: Context) -> None:
        """One thread a process commits, so that accepts which arrive together share a transaction."""
        self._context, self._transaction = context, AcceptTransaction(context)
        self._together: MicroBatcher[NewRun, str | None] = MicroBatcher("accepts", self._commit)
        context.closing.callback(self._together.close)

    def queued(self, submission: Submission, order: Order) -> Accepted:
        """Accept a generate, or find the run that its idempotency key stands for.

        Raises MaxCreditsExceeded, InsufficientCredits, StorageLimitExceeded, RateLimited, Idempotency… with no run.
        """
        lane = order.lane
        if submission.max_credits is not None:
            _check_most(submission, submission.max_credits, order)
        if order.task.references:
            submission, order = with_kept_media(self._context, submission, with_places(submission, order))
            lane = self._first_lane(order)
        with traces.span("accept", action=submission.action.id, account=submission.caller.account_id):
            made = entry(submission, replace(order, origin=_origin()), lane)
            run = as_accepted(made.run, made.body, submission.callback_url)
            with idempotency.claimed(submission), metrics.accept_seconds.labels(submission.action.id).time():
                known = self._together.ask(made)
        if known is not None:
            self.again(submission, known)
            return Accepted(known, replayed=True)
        return Accepted(run["id"], run=run)

    def _commit(self, group: Group[NewRun, str | None]) -> None:
        """Commit accepts that arrived together, tell each the run that its key stood for, and ring their lanes.

        One transaction and one flush serve them all. One that is refused writes nothing, by its own order of
        statements; after any other fault the batcher does each again alone.
        """

        def enter(db: Connection) -> tuple[list[str | ServiceError | None], set[str]]:
            batch = Batch()
            answers = self._transaction.enter_all(db, batch, [made for made, _ in group])
            batch.enter(db)
            return answers, batch.lanes

        answers, lanes = self._context.database.write(enter)
        for (_, future), answer in zip(group, answers, strict=True):
            if isinstance(answer, ServiceError):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        for lane in lanes:
            self._context.bell.ring(lane)

    def check_callback(self, submission: Submission) -> None:
        """Look up the callback's address once, before anything is written. Raises AddressRefused."""
        url, account_id = submission.callback_url, submission.caller.account_id
        if url is not None and not self._context.bins.owns(url, account_id):
            with below("/callback_url"):
                self._context.guard.check_url(url, account=account_id)

    def check_references(self, submission: Submission, order: Order) -> None:
        """Look up every reference's address. Raises AddressRefused, ValidationError, at the member that has the URL."""
        with self._context.database.read() as db:
            for reference in order.task.references:
                with below(reference.at or pointer_to(submission.input, reference.url)):
                    self._context.references.check(db, submission.caller.account_id, reference)

    def again(self, submission: Submission, run_id: str) -> None:
        """The same request once more: a callback URL that the run does not know yet hears of its end too.

        Raises AddressRefused.
        """
        url = submission.callback_url
        if url is None:
            return
        self.check_callback(submission)

        def add(db: Connection) -> bool:
            known = callbacks.urls_of(db, run_id)
            if url in known:
                return False
            if len(known) >= callbacks.MOST:
                raise ValidationError.at("/callback_url", f"This run has {callbacks.MOST} callback URLs already.")
            number = callbacks.add(db, run_id, url, submission.events, submission.callback_headers)
            return tell_late(self._context, db, run_id, number)

        if self._context.database.write(add):
            self._context.bell.announce(DELIVERIES)

    def _first_lane(self, order: Order) -> str:
        """The lane of the first step: references that lie elsewhere are fetched before the work begins."""
        elsewhere = any(map(self._context.references.is_elsewhere, order.task.references))
        return FETCH if elsewhere else order.lane


def _origin() -> dict[str, str]:
    """Name the request that is being answered, as its logs do."""
    told = {"request_id": get_contextvars().get("request_id"), traces.HEADER: traces.traceparent()}
    return {name: text for name, text in told.items() if text}


def _check_most(submission: Submission, most: int, order: Order) -> None:
    """Raises MaxCreditsExceeded, and ValidationError where nobody can tell what it costs."""
    estimate = order.estimate
    if submission.action.kind != "generate":
        return
    if estimate is None:
        raise ValidationError.at("/max_credits", f"What this costs on {submission.connection} is not known.")
    if estimate["credits"] > most:
        raise MaxCreditsExceeded(
            f"This costs {amount(estimate['credits'])}; max_credits is {most}.",
            estimate=estimate["credits"],
            max_credits=most,
        )
