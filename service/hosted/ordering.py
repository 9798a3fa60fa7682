"""The order of a hosted run, and its estimate as the original tells it, in the original's own credits.

A hosted run costs nothing here: its order has no price.
"""

from collections.abc import Mapping
from typing import Any

from service.definitions import Action, Definitions
from service.errors import ServiceError, ValidationError
from service.files import data_urls
from service.generation.order import HOSTED, Order
from service.hosted.answers import at
from service.hosted.original import NoAnswer, NotReached, Original, limit_s
from service.hosted.placing import file_urls, placed
from service.providers.base import Reference, Task
from service.store.clock import now

ESTIMATE_S = 10.0
# Beside its longest answer, a run has this long for what the original makes it wait (`Retry-After`).
PATIENCE_S = 300
# An added API may say to come back after an hour.
ADDED_PATIENCE_S = 3900
Estimate = Mapping[str, Any]


def check(action: Action, connection: str) -> None:
    """Raises ValidationError at /connection where the action can't run there."""
    if action.api.name != connection:
        if action.api.added:
            raise ValidationError.at("/connection", f"{action.id} runs on {action.api.name} alone.")
        raise ValidationError.at("/connection", f"can't be {connection}: {action.id} is {action.api.name}'s.")
    if not action.hosted:
        raise ValidationError.at("/connection", f"{action.id} is answered here only: {connection} has none such.")
    if action.shows_once:
        raise ValidationError.at("/connection", f"{action.id} shows a secret once, which a queued run can't keep.")


def order(
    action: Action, values: Mapping[str, Any], connection: str, estimate: Estimate | None, idempotency_key: str | None
) -> Order:
    """Make an order with everything that a worker needs. Raises ValidationError for an input that can't be placed."""
    placed(action, values)
    files = file_urls(action, values)
    patience_s = ADDED_PATIENCE_S if action.api.added else PATIENCE_S
    time_limit_s = round(limit_s(action) + patience_s)
    facts = {
        "connection": connection,
        "action": action.id,
        "input": _without_media(action, values),
        "idempotency_key": idempotency_key,
        "deadline": now() + time_limit_s * 1000,
        "estimate": None if estimate is None else dict(estimate),
        "file": action.source["http"].get("file", False),
    }
    return Order(
        task=Task(HOSTED, action.id, "", references=tuple(Reference("file", url, at=at) for at, url in files.items())),
        provider=HOSTED,
        model_id=0,
        lane="blocking",
        time_limit_s=time_limit_s,
        prices=(0,),
        seconds=0.0 if estimate is None else estimate["seconds"],
        sandbox=False,
        facts=facts,
    )


def _without_media(action: Action, values: Mapping[str, Any]) -> dict[str, Any]:
    """The input without files that came inside the request: those are kept as the order's references."""
    shortened = {
        name: [_short(url) for url in values[name]] if isinstance(values[name], list) else _short(values[name])
        for name in action.source["http"].get("files", ())
        if values.get(name) is not None
    }
    return {**values, **shortened}


def _short(url: str) -> str:
    return data_urls.SCHEME if data_urls.is_inline(url) else url


def asked(original: Original, definitions: Definitions, action: Action, values: Mapping[str, Any]) -> Estimate | None:
    """Ask the original for `{"credits", "seconds"}`; None where it has no estimate, or one that doesn't answer."""
    named, pointers = action.run.get("estimate"), action.run.get("estimate_at")
    if named is None or pointers is None:
        return None
    asking = definitions.action(named)
    if asking.source["http"].get("files"):
        # A price that hangs on a file is told by the work alone: the file is fetched after the run was accepted.
        return None
    try:
        heard = original.call(placed(asking, asking.validate(values, unknown="drop")), ESTIMATE_S)
    except (NotReached, NoAnswer, ServiceError):
        return None
    if not heard.succeeded(original.api):
        return None
    output = heard.output(original.api)
    found = {name: at(output, pointer) for name, pointer in pointers.items()}
    return found if all(isinstance(value, int | float) for value in found.values()) else None
