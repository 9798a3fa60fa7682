"""Many ended runs of one account, written straight into the database: what months of use leave behind."""

import random
from typing import Any

import orjson
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.store.clock import new_id, now
from service.store.tables import accounts, deliveries, events, run_bodies, runs, usage

DAY_MS = 86_400_000
ACTIONS = ("generor.generators.generate", "flokan.thumbnails.generate", "flixly.media.generate")
# The model, its provider, and what that takes of what is charged.
MODELS = (("37", "google", 0.62), ("10003", "replicate", 1.01), ("10031", "google", 1.35))
CREDITS_PER_DOLLAR = 2000
STATUSES = ("completed",) * 8 + ("failed", "canceled")
BATCH = 1000


def many_runs(engine: Engine, name: str, count: int, days: int = 60) -> None:
    """Enter `count` runs of the account of that name, spread over `days`, every fourth with a delivery."""
    chance = random.Random(7)
    with Session(engine) as db:
        account_id = db.execute(select(accounts.c.id).where(accounts.c.name == name)).scalar_one()
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            made = [_run(account_id, number, count, days, chance) for number in numbers]
            for table, rows in zip((runs, run_bodies, usage, events, deliveries), zip(*made, strict=True), strict=True):
                present = [row for row in rows if row is not None]
                if present:
                    db.execute(table.insert(), present)
        db.commit()


def _run(account_id: str, number: int, count: int, days: int, chance: random.Random) -> tuple[Any, ...]:
    ended = now() - days * DAY_MS * (count - number) // count
    action, status = chance.choice(ACTIONS), chance.choice(STATUSES)
    credits = chance.randint(1, 12) if status == "completed" else 0
    model, provider, part = MODELS[ACTIONS.index(action)]
    run_id = f"run_{ended:012x}7{number:03x}8{chance.getrandbits(60):015x}"[:36]
    group = f"batch-{number // 500}" if number % 3 else None
    metadata = {"customer": f"customer{number % 12}", "order": number}
    run = {
        "id": run_id, "account_id": account_id, "key_id": None, "action": action, "api": action.partition(".")[0],
        "kind": "generate", "connection": "local", "lane": "quick", "status": status, "slot": "ended", "fence": 2,
        "turn": 0.0, "losses": 0, "step": 1, "wake_at": ended, "progress": 1.0, "sandbox": True, "estimate_credits": 12,
        "estimate_seconds": 4.0, "estimate_approximate": False, "held": 0, "credits_charged": credits, "group": group,
        "created_at": ended - 4000, "started_at": ended - 3500, "finished_at": ended,
    }  # fmt: skip
    error = {"code": "provider_error", "message": "The provider answered 500.", "status": 500, "permanent": False}
    error |= {"retry_after": None, "provider": None}
    body = {
        "run_id": run_id, "input": orjson.dumps({"prompt": f"Number {number}"}).decode(),
        "metadata": orjson.dumps(metadata).decode(), "words": f" customer customer{number % 12} order {number} ",
        "error": orjson.dumps(error).decode() if status == "failed" else None,
        "output": orjson.dumps({"text": f"Made {number}"}).decode() if status == "completed" else None,
    }  # fmt: skip
    cost = credits / CREDITS_PER_DOLLAR * part if number % 2 and credits else None
    used = {
        "run_id": run_id, "account_id": account_id, "key_id": None, "action": action, "api": run["api"],
        "model": model, "provider": provider, "group": group, "labels": body["metadata"], "held": 12,
        "held_at": ended - 4000, "day": ended // DAY_MS, "status": status, "credits": credits,
        "provider_cost_usd": cost, "rolled_up": False,
    }  # fmt: skip
    return run, body, used, *_delivery(run, number)


def _delivery(run: dict[str, Any], number: int) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if number % 4:
        return None, None
    event = {
        "id": new_id("msg"), "account_id": run["account_id"], "run_id": run["id"], "type": f"run.{run['status']}",
        "final": True, "body": b"{}", "created_at": run["finished_at"],
    }  # fmt: skip
    return event, {
        "id": f"{event['id']}.c1", "account_id": run["account_id"], "event_id": event["id"], "run_id": run["id"],
        "event": event["type"], "url": f"https://hooks{number % 5}.example.com/genhook", "shard": number % 64,
        "status": "failed" if number % 44 == 0 else "delivered", "attempts": 1, "tries": 1, "early": 0,
        "created_at": run["finished_at"], "finished_at": run["finished_at"], "final": True,
    }  # fmt: skip
