"""Operations found by convention: nothing is registered, an operation exists because its definition does.

`<api>.<resource>.<operation>` is the function `operation` in `service/apis/<api>/<resource>.py`; what a run of an API
made is worded by `present` in `service/apis/<api>/present.py`, and as a stream's events by `<operation>_events` beside
the operation.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection

from service.accounts.keys import Caller
from service.apis.request import Request
from service.context import Context
from service.definitions import Action, Definitions
from service.errors import Internal
from service.generation.made import MadeRun
from service.generation.order import Order
from service.runs.submission import Submission

Handler = Callable[[Request], Any]


class HandlerMissing(Exception):
    """A definition without its function: the start is refused."""


def handler(action: Action) -> Handler:
    """Find the function behind an action. Raises HandlerMissing naming where it was looked for."""
    return _function(f"service.apis.{action.api.name}.{action.resource}", action.operation)


def handle(context: Context, action: Action, values: Mapping[str, Any], caller: Caller | None, db: Connection) -> Any:
    """Call the function behind an action with a validated input."""
    return handler(action)(Request(action, values, caller, db, context))


def answered(context: Context, submission: Submission, run: Mapping[str, Any]) -> Any:
    """Word the answer to a generate's run as its operation does."""
    with context.database.read() as db:
        asked = Request(submission.action, submission.input, submission.caller, db, context)
        return answering(submission.action)(asked, run)


def order(context: Context, submission: Submission, db: Connection) -> Order:
    """Make the order of a generate: what would be made, and for how much. Raises Internal for other kinds."""
    asked = Request(submission.action, submission.input, submission.caller, db, context)
    made = handler(submission.action)(asked)
    if not isinstance(made, Order):
        raise Internal(f"{submission.action.id} is no generate operation.")
    return made


def events(context: Context, submission: Submission, run: Mapping[str, Any]) -> Iterable[Any]:
    """Word a generate's run as a stream's events, as its operation does.

    The operation reads the database before it returns: its events may be made while a slow caller takes them.
    """
    with context.database.read() as db:
        asked = Request(submission.action, submission.input, submission.caller, db, context)
        return streaming(submission.action)(asked, run)


def streaming(action: Action) -> Callable[[Request, Mapping[str, Any]], Iterable[Any]]:
    """Find the function that makes a stream's events of a generate's run. Raises HandlerMissing."""
    return _function(f"service.apis.{action.api.name}.{action.resource}", f"{action.operation}_events")


def answering(action: Action) -> Callable[[Request, Mapping[str, Any]], Any]:
    """Find the function that words the answer to a generate's run. Raises HandlerMissing."""
    return _function(f"service.apis.{action.api.name}.{action.resource}", f"{action.operation}_answer")


def check(definitions: Definitions) -> None:
    """Find every action's function now, and not at the first call. Raises HandlerMissing."""
    for action in definitions.operations.values():
        handler(action)
        if action.rendered:
            answering(action)
        if action.stream is not None:
            streaming(action)


def present(api: str, order: Order, made: MadeRun) -> Any:
    """Word the output of a generate as its API does."""
    return _function(f"service.apis.{api}.present", "present")(order, made)


@cache
def _function(module: str, name: str) -> Callable[..., Any]:
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise HandlerMissing(f"There is no function {name} in {module.replace('.', '/')}.py ({error}).") from error
    return found
