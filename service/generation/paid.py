"""The life of paid work at a provider: never sent twice, found again by its ticket, asked until it is done.

Before a paid POST its intent is committed, and the ticket right after it. Whoever finds an intent without a ticket
never sends again: it asks the provider where that can be asked, else the outcome is unknown. Only what is proven not
to have been received is sent anew.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from service.errors import OutcomeUnknown, ProviderError, ServiceError
from service.generation.calls import told
from service.generation.paid_calls import PaidCall, PaidCalls
from service.generation.permits import NoPermit, RunPermits
from service.providers.base import Artifact, Limited, Loading, Made, NotNow, Progress, Provider, Task, Ticket

# How often work that the provider does not take (429) is offered before the caller is told.
MOST_OFFERS = 8
MOST_WAIT_S = 60.0
PACE_S = (0.5, 10.0)
# A provider that can't be reached is asked again after this.
AWAY_S = 5.0
UNKNOWN = "it was perhaps sent before a worker died, and the provider can't be asked"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The provider works on it, or takes nothing now: how far it is (0 to 1), seconds until the next look.

    `reason` is what callers are told where it takes nothing; `offered` is False where it was not asked to.
    """

    fraction: float
    wait: float
    reason: str | None = None
    offered: bool = True


@dataclass(frozen=True, slots=True)
class _Call:
    """One paid call: what it asks for, from which item on, in a folder of its own."""

    number: int
    first: int
    task: Task
    folder: Path


class PaidWork:
    """One run's work at one provider, for the length of a step."""

    def __init__(
        self, provider: Provider, task: Task, book: PaidCalls, permits: RunPermits, run_id: str, workdir: Path
    ) -> None:
        """`workdir` is this claim's folder."""
        self._provider = provider
        self._permits = permits
        self._book = book
        self._calls = _calls(provider.split(task), run_id, workdir)
        self._failures: dict[int, ServiceError] = {}
        # What a provider that could not be asked was told of.
        self._away: str | None = None

    def advance(self, step: int, fetched: Callable[[Task], Task]) -> list[Artifact] | Waiting:
        """The next step; `fetched` gives a task's references their local copies, before anything is sent.

        Raises the ServiceError that ends the run where nothing can come of it.
        """
        try:
            entries = self._reconciled(self._book.entries())
        except NotNow as away:
            return Waiting(0.0, min(MOST_WAIT_S, away.retry_after or AWAY_S), away.message)
        made: dict[int, Made] = {}
        if len(entries) < len(self._calls) and not any(entry.error for entry in entries):
            refused = self._submit(self._calls[len(entries) :], made, step, fetched)
            if refused is not None:
                return refused
            if not made:
                return Waiting(0.0, PACE_S[0])
        if made:
            return self._together(self._inline(made))
        waiting = self._unfinished(entries)
        return waiting or self._fetched(entries)

    def _reconciled(self, entries: list[PaidCall]) -> list[PaidCall]:
        """Entries that each have a ticket or an error: what was perhaps sent is looked for, never sent again."""
        for number, entry in enumerate(entries):
            if entry.in_flight:
                with told(self._provider.name, "find"):
                    ticket = self._provider.find(self._calls[number].task)
                if ticket is None and self._provider.finds and number == len(entries) - 1:
                    self._book.withdraw(number)
                    return entries[:number]
                if ticket is None:
                    self._book.fail(number, UNKNOWN, unbilled=False)
                    entries[number] = replace(entry, error=UNKNOWN)
                else:
                    self._book.receive(number, ticket)
                    entries[number] = replace(entry, ticket=ticket)
        if entries and all(entry.ticket is None for entry in entries):
            name = self._provider.name
            said = {"name": name, "code": None, "message": UNKNOWN}
            raise OutcomeUnknown(f"{name} may have received this, and can't be asked.", provider=said)
        return entries

    def _submit(
        self, calls: Sequence[_Call], made: dict[int, Made], step: int, fetched: Callable[[Task], Task]
    ) -> Waiting | None:
        """Send what is not sent; fills `made` where the answer is the work itself."""
        try:
            with self._permits.begun(calls[0].number, calls[0].task.model):
                prepared = fetched(calls[0].task).references
        except NoPermit as full:
            return Waiting(0.0, full.wait, full.message, offered=False)
        except NotNow as busy:
            return Waiting(0.0, busy.retry_after or AWAY_S, busy.message)
        for call in calls:
            try:
                answer = self._send(replace(call, task=replace(call.task, references=prepared)), patient=bool(made))
            except NoPermit as full:
                return Waiting(0.0, full.wait, full.message, offered=False)
            except NotNow as refusal:
                if not made and (step < MOST_OFFERS or isinstance(refusal, Loading)):
                    return Waiting(0.0, min(MOST_WAIT_S, refusal.retry_after or 2.0**step), refusal.message)
                self._stop(call, made, refusal)
                return None
            except ServiceError as error:
                self._stop(call, made, error)
                return None
            if isinstance(answer, Made):
                made[call.number] = answer
        return None

    def _send(self, call: _Call, patient: bool, again: bool = True) -> Ticket | Made:
        """One paid POST with a permit; `patient` where what is made already must not be lost."""
        try:
            with self._permits.call(call.number, call.task.model, patient):
                answer = self._sent(call)
        except NoPermit:
            raise
        except NotNow as refusal:
            if isinstance(refusal, Limited):
                self._permits.pause(call.task.model, refusal.retry_after)
            if not (patient and again):
                raise
            time.sleep(min(AWAY_S, refusal.retry_after or 1.0))
            return self._send(call, patient, again=False)
        if isinstance(answer, Ticket):
            self._permits.keep([call.number])
        else:
            self._permits.end([call.number])
        return answer

    def _sent(self, call: _Call) -> Ticket | Made:
        """One paid POST between its intent and its receipt."""
        self._book.intend(call.number, self._provider.name, call.task.count)
        call.folder.mkdir(parents=True, exist_ok=True)
        try:
            with told(self._provider.name, "submit"):
                answer = self._provider.submit(call.task, call.folder)
        except NotNow:
            self._book.withdraw(call.number)
            raise
        except ServiceError as error:
            self._book.fail(call.number, error.message, unbilled=not isinstance(error, OutcomeUnknown))
            raise
        if isinstance(answer, Ticket):
            self._book.receive(call.number, answer)
        return answer

    def _stop(self, call: _Call, made: dict[int, Made], error: ServiceError) -> None:
        """End the run by a call that can't be sent, unless something of it is on its way: then the rest lacks."""
        if not made and call.number == 0:
            raise error
        if isinstance(error, NotNow):
            self._book.intend(call.number, self._provider.name, call.task.count)
            self._book.fail(call.number, error.message, unbilled=True)
        self._failures.update({later.number: error for later in self._calls[call.number :]})

    def _inline(self, made: dict[int, Made]) -> Iterator[Artifact]:
        for number, answer in made.items():
            yield from self._placed(self._calls[number], answer.artifacts)

    def _unfinished(self, entries: Sequence[PaidCall]) -> Waiting | None:
        """None once every ticket's work is done or failed."""
        asked = {number: self._poll(number, entry) for number, entry in enumerate(entries) if entry.ticket is not None}
        states = {number: progress for number, progress in asked.items() if progress is not None}
        open_calls = {number: progress for number, progress in states.items() if not progress.done}
        self._permits.end(asked.keys() - open_calls)
        if not open_calls:
            return None
        fraction = sum(1.0 if progress.done else progress.fraction for progress in states.values()) / len(states)
        wait = min(progress.wait or _pace(entries[number].age) for number, progress in open_calls.items())
        self._permits.keep(open_calls, wait)
        return Waiting(min(fraction, 0.99), wait, self._away)

    def _poll(self, number: int, entry: PaidCall) -> Progress | None:
        assert entry.ticket is not None
        try:
            with told(self._provider.name, "poll"):
                return self._provider.poll(entry.ticket)
        except NotNow as away:
            self._away = away.message
            return Progress(False, 0.0, min(MOST_WAIT_S, away.retry_after or AWAY_S))
        except ServiceError as error:
            self._failures[number] = error
            return None

    def _fetched(self, entries: Sequence[PaidCall]) -> list[Artifact] | Waiting:
        artifacts: list[Artifact] = []
        last = entries[-1].error
        if last is not None:
            self._failures.update({call.number: ProviderError(last) for call in self._calls[len(entries) :]})
        for number, entry in enumerate(entries):
            if entry.error is not None:
                self._failures[number] = ProviderError(entry.error)
            elif number not in self._failures and entry.ticket is not None:
                call = self._calls[number]
                call.folder.mkdir(parents=True, exist_ok=True)
                try:
                    with told(self._provider.name, "fetch"):
                        artifacts += self._placed(call, self._provider.fetch(entry.ticket, call.folder))
                except NotNow as away:
                    return Waiting(0.99, min(MOST_WAIT_S, away.retry_after or AWAY_S), away.message)
                except ServiceError as error:
                    self._failures[number] = error
        return self._together(artifacts)

    def _placed(self, call: _Call, artifacts: Iterable[Artifact]) -> Iterator[Artifact]:
        """The call's artifacts under the run's own numbers; more than were asked for are left."""
        for artifact in artifacts:
            if artifact.index < call.task.count:
                yield replace(artifact, index=call.first + artifact.index)

    def _together(self, artifacts: Iterable[Artifact]) -> list[Artifact]:
        """Gather what was made, and what lacks and why. Raises the first failure where nothing was made."""
        made = list(artifacts)
        if self._failures and not any(artifact.error is None for artifact in made):
            raise next(iter(self._failures.values()))
        for number, error in self._failures.items():
            call = self._calls[number]
            made += [Artifact(call.first + n, self._provider.name, error=error.message) for n in range(call.task.count)]
        return made


def _calls(parts: Sequence[Task], run_id: str, workdir: Path) -> list[_Call]:
    calls, first = [], 0
    for number, part in enumerate(parts):
        calls.append(_Call(number, first, replace(part, intent=f"{run_id}.{number}"), workdir / f"call-{number}"))
        first += part.count
    return calls


def _pace(age: float) -> float:
    """Seconds until the next look at work that is `age` seconds old: often at first, ever more patient."""
    return min(PACE_S[1], max(PACE_S[0], age / 10))
