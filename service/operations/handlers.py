"""Joins definitions to code by convention: nothing is registered, an operation exists because its definition does.

`<api>.<resource>.<operation>` is the function `operation` in `service/apis/<api>/<resource>.py`; what a run of an API
made is worded by `present` in `service/apis/<api>/present.py`, and as a stream's events by `<operation>_events` beside
the operation.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from service.apis.request import Request
from service.definitions import Action, Definitions
from service.generation.made import Made
from service.generation.order import Order

Handler = Callable[[Request], Any]


class HandlerMissing(Exception):
    """A definition without its function: the start is refused."""


def handler(action: Action) -> Handler:
    """The function behind an action. Raises HandlerMissing naming where it was looked for."""
    return _function(f"service.apis.{action.api.name}.{action.resource}", action.operation)


def events(action: Action) -> Callable[[Mapping[str, Any], Any], Iterable[Any]]:
    """What makes a stream's events of the input and the output. Raises HandlerMissing."""
    return _function(f"service.apis.{action.api.name}.{action.resource}", f"{action.operation}_events")


def check(definitions: Definitions) -> None:
    """Every action has its function, found now and not at the first call."""
    for action in definitions.actions.values():
        handler(action)
        if action.stream is not None:
            events(action)


def present(api: str, order: Order, made: Made) -> Any:
    """The output of a generate, in its API's words."""
    return _function(f"service.apis.{api}.present", "present")(order, made)


@cache
def _function(module: str, name: str) -> Callable[..., Any]:
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise HandlerMissing(f"There is no function {name} in {module.replace('.', '/')}.py ({error}).") from error
    return found
