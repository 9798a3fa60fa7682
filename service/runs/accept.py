"""Accepting a run: everything that must be true of a 202, in one transaction, and then a doorbell.

The life of an accept, from the order that its operation made (`service.operations.submit`):

    check_references, check_callback    every address is looked up once, before anything is written
    ready                               the rows are made
    commit                              one transaction for all that wait (`runs.admission` has its statements):
                                        the key's INSERT decides, the key is still good, the credits are held,
                                        budgets kept, a turn taken, the rows entered; then COMMIT, and the bell
    again                               where the key stood for a run already: its callback URL is added
"""

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection
from structlog.contextvars import get_contextvars

from service.accounts.credits import amount
from service.config import FETCH
from service.context import Context
from service.delivery import callbacks
from service.errors import MaxCreditsExceeded, ServiceError, ValidationError, below
from service.generation.order import Order
from service.net.urls import parse
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

log = structlog.get_logger("accept")


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
        """Accepts of many threads that arrive together share a transaction, too."""
        self._context, self._transaction = context, AcceptTransaction(context)
        self._together: MicroBatcher[NewRun, str | None] = MicroBatcher("accepts", self._serve)
        context.closing.callback(self._together.close)

    def queued(self, submission: Submission, order: Order) -> Accepted:
        """Accept a generate, or find the run that its idempotency key stands for.

        Raises MaxCreditsExceeded, InsufficientCredits, StorageLimitExceeded, RateLimited, Idempotency… with no run.
        """
        if order.task.references:
            # Before any of it is kept.
            _check_most(submission, order)
            submission, order = with_kept_media(self._context, submission, with_places(submission, order))
        with traces.span("accept", action=submission.action.id, account=submission.caller.account_id):
            made = self.ready(submission, order)
            accepted = as_new(made)
            with idempotency.claimed(submission), metrics.accept_seconds.labels(submission.action.id).time():
                known = self._together.ask(made)
        if known is not None:
            self.again(submission, known)
            return Accepted(known, replayed=True)
        return accepted

    def ready(self, submission: Submission, order: Order) -> NewRun:
        """Make the rows of a run whose media are kept. Raises MaxCreditsExceeded, ValidationError."""
        _check_most(submission, order)
        lane = self._first_lane(order) if order.task.references else order.lane
        return entry(submission, order, lane, _origin())

    def _serve(self, group: Group[NewRun, str | None]) -> None:
        """Answer accepts of many threads; after a fault the batcher does each again alone."""
        answers = self.commit([made for made, _ in group])
        for (_, future), answer in zip(group, answers, strict=True):
            if isinstance(answer, ServiceError):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def commit(self, group: Sequence[NewRun]) -> list[str | ServiceError | None]:
        """Commit accepts in one transaction, with one flush, and ring their lanes.

        For each the run that its key stood for already, None where it is entered now, or why it is refused: that
        writes nothing, by its own order of statements. Raises what the database raises, with nothing written.
        """

        def enter(db: Connection) -> tuple[list[str | ServiceError | None], set[str]]:
            batch = Batch()
            answers = self._transaction.enter_all(db, batch, group)
            batch.enter(db)
            return answers, batch.lanes

        answers, lanes = self._context.database.write(enter)
        self._ring(lanes)
        return answers

    def _ring(self, lanes: Collection[str]) -> None:
        """Ring after the commit, whatever comes of it: these runs are accepted, and are found without a bell."""
        try:
            for lane in lanes:
                self._context.bell.ring(lane)
        except Exception:
            log.exception("runs were accepted and no worker was rung")

    def check_callback(self, submission: Submission) -> None:
        """Look up the callback's address once, before anything is written. Raises AddressRefused."""
        url, account_id = submission.callback_url, submission.caller.account_id
        if url is not None and not self._context.bins.owns(url, account_id):
            with below("/callback_url"):
                self._context.guard.check_url(url, account=account_id)

    def asked_callback(self, submission: Submission) -> "Future[list[str]] | None":
        """Ask for the addresses of the callback's name, for `check_found`; None where there is nothing to wait for.

        Raises AddressRefused.
        """
        url, account_id = submission.callback_url, submission.caller.account_id
        if url is None or self._context.bins.owns(url, account_id):
            return None
        with below("/callback_url"):
            return self._context.guard.ask(url, account_id)

    def check_found(self, submission: Submission, found: list[str]) -> None:
        """Check the addresses that the callback's name was found at. Raises AddressRefused."""
        assert submission.callback_url is not None
        with below("/callback_url"):
            self._context.guard.judged(parse(submission.callback_url).host, found)

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


def as_new(made: NewRun) -> Accepted:
    """The run as callers see it, once it is entered."""
    return Accepted(made.run["id"], run=as_accepted(made.run, made.body, made.submission.callback_url))


def _origin() -> dict[str, str]:
    """Name the request that is being answered, as its logs do."""
    told = {"request_id": get_contextvars().get("request_id"), traces.HEADER: traces.traceparent()}
    return {name: text for name, text in told.items() if text}


def _check_most(submission: Submission, order: Order) -> None:
    """Raises MaxCreditsExceeded, and ValidationError where nobody can tell what it costs."""
    most = submission.max_credits
    if most is None or submission.action.kind != "generate":
        return
    estimate = order.estimate
    if estimate is None:
        raise ValidationError.at("/max_credits", f"What this costs on {submission.connection} is not known.")
    if estimate["credits"] > most:
        raise MaxCreditsExceeded(
            f"This costs {amount(estimate['credits'])}; max_credits is {most}.",
            estimate=estimate["credits"],
            max_credits=most,
        )
