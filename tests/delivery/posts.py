"""A deliverer's steps, taken one by one: what is due, and what came of it."""

from typing import Any

from sqlalchemy import select

from service.delivery.book import Attempted, Book, Due
from service.delivery.schedule import Decision, Receipt, decide
from service.delivery.shards import SHARDS
from service.store.database import Database
from service.store.tables import deliveries
from tests.support.house import Account

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about letters"}
ACTION = "generor.generators.generate"
URL = "http://127.0.0.1:9/hook"
DAY_MS = 24 * 3600 * 1000
EVERY_SHARD = range(SHARDS)
OK, BROKEN, GONE = Receipt(204), Receipt(500, b"no"), Receipt(410)


def ended(account: Account, url: str | None = URL) -> str:
    """A run that is done and whose callback waits; nobody delivers."""
    run = account.submit(ACTION, JOKE, wait=20, **({} if url is None else {"callback_url": url})).get_json()
    assert run["status"] == "completed", run
    return str(run["id"])


def due(book: Book, most: int = 100) -> list[Due]:
    return book.look(EVERY_SHARD, EVERY_SHARD, (), most).due


def tried(one: Due, answer: Receipt, decision: Decision | None = None) -> Attempted:
    follows = decision or decide(one.url, answer, tries=one.tries, early=one.early, age_s=1)
    return Attempted(one, 1_000_000_000_000, 12, answer, follows)


def row(database: Database, delivery: str) -> Any:
    with database.read() as db:
        return db.execute(select(deliveries).where(deliveries.c.id == delivery)).one()


def vars_of(one: Due) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Due.__slots__}
