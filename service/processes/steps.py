"""Steps of claimed runs: what each comes to, whatever happens on the way."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import structlog

from service.config import FETCH
from service.context import Context
from service.errors import Internal, ServiceError
from service.generation import texts
from service.generation.access import ProviderAccess
from service.generation.cancel_upstream import stop, stop_abandoned
from service.generation.engine import Engine, Place
from service.generation.fetching import Fetching
from service.generation.hints import Hints
from service.generation.order import HOSTED
from service.generation.paid import Waiting
from service.generation.permits import Permits
from service.hosted.opening import Originals
from service.hosted.step import Hosted
from service.processes.labels import labeled
from service.runs.claim import Claim, held, whole_order
from service.runs.finish import Outcome, Result
from service.runs.intents import IntentLog
from service.store.clock import now
from service.store.database import unavailable
from service.store.disk import full
from service.store.heartbeat import Heartbeat

# The longest is a hosted generate, which its original ends at 900 s.
LIMIT_S = {"quick": 120.0, "medium": 900.0, "slow": 900.0, "blocking": 960.0, FETCH: 960.0}
AGAIN_S = 1.0
log = structlog.get_logger("worker")


class Steps:
    """Takes the steps of one lane's runs."""

    def __init__(self, lane: str, context: Context, heart: Heartbeat) -> None:
        """`heart` ends the process where a step outlives the lane's limit."""
        self._lane, self._context, self._heart = lane, context, heart
        self._access = ProviderAccess(
            context.database, context.vault, context.settings.providers, context.guard, context.engines
        )
        hints = Hints(context.vault, context.settings.public_url)
        permits = Permits(context.settings.redis, context.settings.providers)
        self._engine = Engine(context.database, context.objects, context.references, self._access, hints, permits)
        originals = Originals(context.database, context.vault, lambda: context.definitions)
        self._hosted = Hosted(originals, context.uploads, context.references)
        self._fetching = Fetching(context.database, context.objects, context.references)

    def take(
        self, claims: Sequence[Claim], is_over: Callable[[], bool], meanwhile: Callable[[], None]
    ) -> Iterator[Outcome]:
        """Take a step of each: of all texts of the embedded engine together, then of the others one by one.

        What is not begun is left once `is_over`. `meanwhile` is done while the first texts are written.
        """
        grouped = [claimed for claimed in claims if _is_groupable(claimed)]
        with texts.ask(self._context.engines, [(one.order, self._holds(one)) for one in grouped]) as asking:
            meanwhile()
            for claimed in grouped:
                if not asking.left:
                    return
                yield self._tried(claimed, partial(texts.written, claimed.order, asking))
                if is_over():
                    asking.stop()
        alone = [claimed for claimed in claims if not _is_groupable(claimed)]
        for number, claimed in enumerate(alone):
            if (number or grouped) and is_over():
                return
            yield self.step(claimed)

    def step(self, claimed: Claim) -> Outcome:
        """Take one step of one run by itself."""
        return self._tried(claimed, partial(self._advanced, claimed))

    def _tried(self, claimed: Claim, step: Callable[[], Result]) -> Outcome:
        """Return what a step of the run came to; a fault of ours ends the run as `internal` and is logged."""
        with labeled(claimed), self._heart.deadline(LIMIT_S[self._lane]):
            try:
                return Outcome(claimed, step())
            except ServiceError as error:
                return Outcome(claimed, error)
            except Exception as error:
                return Outcome(claimed, _failed(claimed, error))

    def _advanced(self, claimed: Claim) -> Result:
        with self._context.scratch.new() as folder:
            place = Place(
                claimed.run_id,
                claimed.account_id,
                claimed.fence,
                claimed.step,
                Path(folder),
                IntentLog(self._context.database, claimed.run_id, claimed.fence),
                self._holds(claimed),
            )
            if claimed.cancel_requested_at is not None:
                asked_s = (now() - claimed.cancel_requested_at) / 1000
                return stop(self._access, claimed.order, place, asked_s)
            order = whole_order(self._context.database, claimed)
            if self._lane == FETCH:
                return self._fetching.advance(order, place)
            if order.provider == HOSTED:
                return self._hosted.advance(order, place)
            return self._engine.advance(order, place)

    def _holds(self, claimed: Claim) -> Callable[[], bool]:
        """Return what tells whether the run is still the claim's."""
        return partial(held, self._context.database, claimed)

    def stop_abandoned(self) -> None:
        """Stop at their providers the calls whose runs have ended without it."""
        stop_abandoned(self._context.database, self._access)


def _failed(claimed: Claim, error: Exception) -> Waiting | Internal:
    """Return what follows from an error that no step raises on purpose."""
    if unavailable(error) or full(error):
        # What was sent and not answered is not sent again: its intent stands.
        log.warning("a step could not go on, trying again", run=claimed.run_id, error=str(error))
        return Waiting(0.0, AGAIN_S)
    log.error("a step failed", run=claimed.run_id, exc_info=error)
    if claimed.cancel_requested_at is not None:
        return Waiting(0.0, AGAIN_S)
    return Internal("Something went wrong here; it is logged.")


def _is_groupable(claimed: Claim) -> bool:
    """Tell whether the run is made together with others: a text, all of whose order was claimed with it."""
    whole = claimed.without_texts is None and claimed.cancel_requested_at is None
    return whole and texts.groupable(claimed.order)
