"""The record of a run's paid calls, as the engine sees it: the table is the room of runs'."""

from dataclasses import dataclass
from typing import Protocol

from service.providers.base import Ticket


@dataclass(frozen=True, slots=True)
class PaidCall:
    """One paid call of a run as it was recorded: sent perhaps, sent with a `ticket`, or ended by an `error`.

    `age` is in seconds. `items` is how many it makes, None for calls of older versions. `closed` where nothing is left
    to stop, `unbilled` where the provider bills nothing for it.
    """

    ticket: Ticket | None = None
    error: str | None = None
    age: float = 0.0
    items: int | None = None
    closed: bool = False
    unbilled: bool = False

    @property
    def in_flight(self) -> bool:
        """True while it was perhaps sent and nothing came back yet."""
        return self.ticket is None and self.error is None


class PaidCalls(Protocol):
    """The record of a claimed run's paid calls, by number from 0; every entry is committed at once."""

    def entries(self) -> list[PaidCall]:
        """List what is recorded, in the order of the numbers, without gaps."""

    def intend(self, number: int, provider: str, items: int) -> None:
        """Record a call about to be sent. Raises Lost where this claim holds the run no more: nothing may be sent."""

    def receive(self, number: int, ticket: Ticket) -> None:
        """Record that it was sent, and the receipt."""

    def fail(self, number: int, reason: str, unbilled: bool) -> None:
        """Record that it ended without a receipt, for good; `unbilled` where the provider certainly bills nothing."""

    def withdraw(self, number: int) -> None:
        """Forget a call that was proven not to have been received."""

    def close(self, number: int, unbilled: bool) -> None:
        """Record that nothing is left to stop; `unbilled` where the provider confirmed that it bills nothing."""
