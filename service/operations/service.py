"""The parts of one process that operations work with."""

from dataclasses import dataclass

from service.context import Context
from service.hosted.opening import Originals
from service.runs.accept import Accepting
from service.runs.wait import Waiter


@dataclass(frozen=True)
class Service:
    """The process's context, its accepting side and its waiting callers. Made once a process."""

    context: Context
    accepting: Accepting
    waiter: Waiter

    @property
    def originals(self) -> Originals:
        """The hosted originals of every account."""
        return Originals(self.context.database, self.context.vault, lambda: self.context.definitions)


def open_service(context: Context, waiting_places: int) -> Service:
    """Make the parts for `context`; at most `waiting_places` callers wait at once for runs to end."""
    return Service(context, Accepting(context), Waiter(context, waiting_places))
