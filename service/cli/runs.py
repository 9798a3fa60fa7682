"""`runs`: the runs of every account, as their operator sees them."""

import time
from collections.abc import Callable
from typing import Any

import click
from sqlalchemy import Connection, select

from service.accounts import accounts
from service.accounts.credits import amount
from service.cli.root import answer, json_option, opened
from service.context import Context
from service.errors import NotFound
from service.runs import cancel as canceling
from service.runs.read import get_run, read_run, shown_page
from service.store.tables import runs as table

STATUSES = ("queued", "running", "completed", "failed", "canceled")
OVER = ("completed", "failed", "canceled")
LOOK_S = 1.0


@click.group()
def runs() -> None:
    """Runs: list, show, cancel, watch them."""


@runs.command("list")
@click.option("--account", "name", help="Of this account alone.")
@click.option("--status", type=click.Choice(STATUSES))
@click.option("--action", help="Of this action alone, such as generor.generators.generate.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@json_option
def listed(name: str | None, status: str | None, action: str | None, limit: int, as_json: bool) -> None:
    """List runs, the newest first."""
    with opened() as context, context.database.read() as db:
        account_id = None if name is None else accounts.find(db, name).id
        found = shown_page(context, db, account_id=account_id, status=status, action=action, limit=limit)
    answer({"data": found}, as_json, *([_line(run) for run in found] or ["There are no such runs."]))


@runs.command()
@click.argument("run_id")
@json_option
def show(run_id: str, as_json: bool) -> None:
    """Show one run."""
    with opened() as context, context.database.read() as db:
        run = get_run(context, db, _account_of(db, run_id), run_id)
    told = {name: run[name] for name in ("id", "action", "status", "created_at", "finished_at", "credits_charged")}
    told |= {"error": run["error"] and run["error"]["message"], "account": run["account"]}
    answer(run, as_json, *(f"{name.replace('_', ' ')}: {value}" for name, value in told.items() if value is not None))


@runs.command()
@click.argument("run_id")
@json_option
def cancel(run_id: str, as_json: bool) -> None:
    """Cancel one run, as its caller would."""
    with opened() as context:
        account_id = _read(context, lambda db: _account_of(db, run_id))
        canceling.cancel(context, account_id, run_id)
        run = read_run(context, account_id, run_id)
    answer(run, as_json, _line(run))


@runs.command()
@click.argument("run_id")
@click.option("--timeout", type=click.FloatRange(0), help="Give up after that many seconds, with exit code 1.")
@json_option
def watch(run_id: str, timeout: float | None, as_json: bool) -> None:
    """Tell how a run goes on, until it has ended."""
    began, said = time.monotonic(), None
    with opened() as context:
        account_id = _read(context, lambda db: _account_of(db, run_id))
        while (run := read_run(context, account_id, run_id))["status"] not in OVER:
            if timeout is not None and time.monotonic() - began > timeout:
                raise click.ClickException(f"{run_id} has not ended within {timeout:g} s; it is {run['status']}.")
            if not as_json and (now := _line(run)) != said:
                click.echo(now)
                said = now
            time.sleep(LOOK_S)
    answer(run, as_json, _line(run))


def _read(context: Context, ask: Callable[[Connection], str]) -> str:
    with context.database.read() as db:
        return ask(db)


def _account_of(db: Connection, run_id: str) -> str:
    account_id = db.execute(select(table.c.account_id).where(table.c.id == run_id)).scalar_one_or_none()
    if account_id is None:
        raise NotFound(f"There is no run {run_id}.")
    return str(account_id)


def _line(run: dict[str, Any]) -> str:
    done = f"{run['progress']:.0%}" if run["status"] == "running" else ""
    why = run["error"]["code"] if run["error"] else ""
    parts = (run["id"], run["created_at"], run["action"], run["status"], done, amount(run["credits_charged"]), why)
    return "  ".join(part for part in parts if part)
