"""The parts of one process that operations work with."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from service.accounts.keys import Caller
from service.context import Context
from service.definitions import Action
from service.hosted.opening import Originals
from service.runs.accept import Accepting
from service.runs.wait import Waiter


@dataclass(frozen=True)
class Service:
    """The process's context, its accepting side and its waiting callers. Made once a process."""

    context: Context
    accepting: Accepting
    waiter: Waiter

    def asking(self, action: Action, caller: Caller | None) -> AbstractContextManager[None]:
        """Hold a place to wait in while a search, which may ask another server, is answered. Raises Busy."""
        if action.kind != "search":
            return nullcontext()
        return self.waiter.place(caller.account_id if caller is not None else "")

    @property
    def originals(self) -> Originals:
        """The hosted originals of every account."""
        return Originals(self.context.database, self.context.vault, lambda: self.context.definitions)


def open_service(context: Context, waiting_places: int) -> Service:
    """Make the parts for `context`; at most `waiting_places` callers wait at once for runs to end."""
    return Service(context, Accepting(context), Waiter(context, waiting_places))
