"""Single steps of runs, for tests in which the worker does not live to the next one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.generation.access import ProviderAccess
from service.generation.engine import Engine, Place
from service.generation.hints import Hints
from service.generation.permits import Permits
from service.runs.claim import Claim, claim
from service.runs.intents import IntentLog
from service.store.tables import runs
from tests.support.house import Account, House


def ended(account: Account, run_id: str) -> dict[str, Any]:
    """The run once it has ended. Looks at the database: asking over HTTP all the while meets the rate limit."""
    query = select(runs.c.slot).where(runs.c.id == run_id)

    def look() -> bool:
        with account.house.context.database.read() as db:
            return bool(db.execute(query).scalar_one() == "ended")

    account.house.until(look)
    return dict(account.get(f"/v1/runs/{run_id}").get_json())


class Death(BaseException):
    """A worker dies: nothing after this line of it happens."""


def dying(
    monkeypatch: pytest.MonkeyPatch, kind: type, method: str, die: Callable[..., None], work: Callable[[], Any]
) -> None:
    """Do `work` until it comes to `method`, and no further."""
    with monkeypatch.context() as patch:
        patch.setattr(kind, method, die)
        with pytest.raises(Death):
            work()


def claimed(house: House) -> Claim:
    (one,) = claim(house.context, "worker-that-dies", "blocking", 1)
    return one


def step(house: House, one: Claim, folder: Path, book: IntentLog | None = None) -> Any:
    """One step of a claimed run, as a worker does it, and not a line more."""
    context = house.context
    desk = ProviderAccess(context.database, context.vault, context.settings.providers, context.guard, context.engines)
    hints = Hints(context.vault, context.settings.public_url)
    permits = Permits(context.settings.redis, context.settings.providers)
    engine = Engine(context.database, context.objects, context.references, desk, hints, permits)
    book = book or IntentLog(context.database, one.run_id, one.fence)
    return engine.advance(one.order, Place(one.run_id, one.account_id, one.fence, one.step, folder, book))
