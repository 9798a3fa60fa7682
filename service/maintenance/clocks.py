"""The clocks of the servers that a deployment works with, as far as they can be asked."""

import time
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import text

from service.config import Settings
from service.queue.redis_client import connect
from service.store.database import Database


def away(settings: Settings, database: Database) -> dict[str, float]:
    """Return by how many seconds the clock of each server is ahead of this machine's; without those that don't say."""
    others = {"the database": _database_clock(database), "Redis": _redis_clock(settings)}
    return {name: seconds for name, seconds in others.items() if seconds is not None}


def _database_clock(database: Database) -> float | None:
    if database.sqlite:
        return None
    try:
        with database.read() as db:
            return float(db.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()) - time.time()
    except Exception:
        return None


def _redis_clock(settings: Settings) -> float | None:
    if not settings.redis_url:
        return None
    try:
        told: Any = connect(settings.redis).time()
        seconds, microseconds = next(iter(told.values())) if isinstance(told, dict) else told
    except RedisError:
        return None
    return float(seconds + microseconds / 1e6 - time.time())
