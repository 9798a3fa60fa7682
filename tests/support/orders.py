"""Stored orders as another version of Genhook would have written them."""

from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import select, update

from service.store.tables import run_bodies
from tests.support.house import House


def reword_order(house: House, run_id: str, reworded: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Store `reworded(order)` in place of the run's order."""
    database, this = house.context.database, run_bodies.c.run_id == run_id
    with database.read() as db:
        order = orjson.loads(db.execute(select(run_bodies.c.order).where(this)).scalar_one())
    text = orjson.dumps(reworded(order)).decode()
    database.write(lambda db: db.execute(update(run_bodies).where(this).values(order=text)))
