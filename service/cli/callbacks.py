"""`callbacks`: their delivery as a process, and posting them again."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from sqlalchemy import ColumnElement, Connection, select

from service.cli.processes import run
from service.cli.root import answer, desk, json_option
from service.config import Settings
from service.queue import DELIVERIES, Bell
from service.store.clock import now
from service.store.tables import deliveries

UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@click.group()
def callbacks() -> None:
    """Callbacks: deliver them, post them again."""


@callbacks.command("run")
def deliver() -> None:
    """Deliver callbacks: the process of the Procfile."""

    def process(known: Settings) -> None:
        from service.processes.deliverer import run

        run(known)

    run("callbacks", process)


class Moment(click.ParamType[int]):
    """`2h`, `3d` (ago), or an ISO date and time (UTC where it names no zone); in Unix milliseconds."""

    name = "when"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> int:
        text = str(value)
        ago = re.fullmatch(r"(\d{1,6})([smhd])", text)
        if ago is not None:
            return now() - int(ago[1]) * UNIT_MS[ago[2]]
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is neither like 2h or 3d nor an ISO date.", param, context)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


@callbacks.command()
@click.argument("delivery_ids", nargs=-1)
@click.option("--run", "run_id", help="Every delivery of that run.")
@click.option("--failed-since", type=Moment(), help="Every delivery given up since then: 2h, 3d, or an ISO date.")
@json_option
def replay(delivery_ids: tuple[str, ...], run_id: str | None, failed_since: int | None, as_json: bool) -> None:
    """Post deliveries again, under the webhook-id they had."""
    from service.delivery import deliveries as house

    if not delivery_ids and run_id is None and failed_since is None:
        raise click.UsageError("Say which: a DELIVERY_ID, --run or --failed-since.")

    def work(db: Connection) -> list[str]:
        chosen = dict.fromkeys([*delivery_ids, *_of_run(db, run_id), *_given_up(db, failed_since)])
        for delivery_id in chosen:
            house.replay(db, delivery_id)
        return list(chosen)

    at = desk()
    replayed = at.write(work)
    Bell(at.settings.redis).announce(DELIVERIES)
    answer({"replayed": replayed}, as_json, *(replayed or ["There is nothing to replay."]))


def _of_run(db: Connection, run_id: str | None) -> Sequence[str]:
    return [] if run_id is None else _ids(db, deliveries.c.run_id == run_id)


def _given_up(db: Connection, since: int | None) -> Sequence[str]:
    return [] if since is None else _ids(db, (deliveries.c.status == "failed") & (deliveries.c.finished_at >= since))


def _ids(db: Connection, which: ColumnElement[bool]) -> Sequence[str]:
    return db.execute(select(deliveries.c.id).where(which).order_by(deliveries.c.created_at)).scalars().all()
