"""`accounts` and `cards`: who uses this service, and Flokan's boards."""

from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import Connection

from service.accounts import accounts as house
from service.accounts import budgets, ledger
from service.accounts.credits import amount
from service.catalog import load as load_catalog
from service.cli.root import answer, desk, json_option, settings
from service.config.process import PROGRAM
from service.context import open_context
from service.maintenance import closing

# What a 64-bit column holds with room for sums.
MOST = 10**15
PERMISSIONS = ("thumbnail_generator",)
credits_type = click.IntRange(0, MOST)


class PlanName(click.ParamType[str]):
    """A plan of the catalogue, read when it is asked for."""

    name = "plan"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> str:
        plans = load_catalog().plans
        if value not in plans:
            self.fail(f"{value!r} is not one of {', '.join(plans)}.", param, context)
        return str(value)


@click.group()
def accounts() -> None:
    """Accounts: a Generor user with its own Flokan workspace."""


@accounts.command()
@click.argument("name")
@click.option("--plan", type=PlanName(), default="free", show_default=True)
@click.option("--credits", type=credits_type, default=0, show_default=True, help="The whole starting balance.")
@json_option
def create(name: str, plan: str, credits: int, as_json: bool) -> None:
    """Create an account, with its callback signing secret."""
    at = desk()
    made = at.write(lambda db: house.create(db, at.vault, name=name, plan=plan, credits=credits))
    answer(
        asdict(made),
        as_json,
        f"Created {made.name}: user {made.user_id}, workspace {made.workspace_id}, plan {plan}, {amount(credits)}.",
        f"Callbacks are signed with {made.callback_secret}",
        f"Next: {PROGRAM} keys create {_quoted(name)} --api generor",
    )


@accounts.command("set")
@click.argument("name")
@click.option("--plan", type=PlanName())
@click.option("--add-credits", type=credits_type, help="A purchase of that many credits.")
@click.option("--storage-limit", type=click.IntRange(0, 2**62), metavar="BYTES", help="In place of the plan's.")
@click.option("--allow", type=click.Choice(PERMISSIONS))
@click.option("--deny", type=click.Choice(PERMISSIONS))
@click.option("--budget", metavar="N/PERIOD", help="At most N credits a day, month or total, as in 100/day; or none.")
@click.option("--operator/--no-operator", default=None, help="Let its keys with the scope operator see everything.")
@json_option
def change(
    name: str,
    plan: str | None,
    add_credits: int | None,
    storage_limit: int | None,
    allow: str | None,
    deny: str | None,
    budget: str | None,
    operator: bool | None,
    as_json: bool,
) -> None:
    """Change an account."""
    if allow and allow == deny:
        raise click.UsageError(f"--allow and --deny {allow} exclude each other.")
    wanted = {"plan": plan, "storage_limit": storage_limit, "operator": operator}
    values: dict[str, Any] = {column: value for column, value in wanted.items() if value is not None}
    values.update({permission: True for permission in [allow] if permission})
    values.update({permission: False for permission in [deny] if permission})
    if not values and not add_credits and budget is None:
        raise click.UsageError(
            "Say what to change: --plan, --add-credits, --storage-limit, --allow, --deny, --budget or --operator."
        )
    limit = budgets.parse(budget) if budget is not None else None

    def work(db: Connection) -> None:
        account = house.find(db, name)
        if values:
            house.change(db, account.id, **values)
        if add_credits:
            ledger.grant(db, account.id, "purchase", add_credits, "Credits added")
        if budget is not None:
            budgets.set_budget(db, account.id, budgets.ACCOUNT, limit)

    at = desk()
    at.write(work)
    _show(at.write(lambda db: house.summary(db, name)), as_json)


@accounts.command()
@click.argument("name")
@json_option
def suspend(name: str, as_json: bool) -> None:
    """Refuse every key of an account, and cancel its queued runs; accounts resume takes them again."""
    done = closing.suspend(open_context(settings()), desk_account(name))
    answer(done, as_json, f"{name} is suspended; {done['canceled_runs']} queued runs were canceled.")


@accounts.command()
@click.argument("name")
@json_option
def resume(name: str, as_json: bool) -> None:
    """Take the keys of a suspended account again."""
    answer(closing.resume(open_context(settings()), desk_account(name)), as_json, f"{name} is resumed.")


@accounts.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
def delete(name: str, yes: bool, as_json: bool) -> None:
    """Delete an account's keys, runs and files for good. Its ledger and its name stay."""
    if not yes:
        click.confirm(f"Delete {name} with its keys, runs and files? This can't be undone", abort=True)
    done = closing.delete(open_context(settings()), desk_account(name))
    answer(done, as_json, f"{name} is deleted, with {done['deleted_runs']} runs and {done['deleted_files']} files.")


@accounts.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show an account's plan, balance and storage."""
    _show(desk().write(lambda db: house.summary(db, name)), as_json)


@accounts.command()
@click.argument("name")
@click.option("--rotate", is_flag=True, help="Make a new one; the old one signs beside it for 24 hours.")
@json_option
def secret(name: str, rotate: bool, as_json: bool) -> None:
    """Show the callback signing secret."""
    at = desk()

    def work(db: Connection) -> str:
        account = house.find(db, name)
        if rotate:
            return house.rotate_secret(db, at.vault, account.id)
        return house.secrets_of(db, at.vault, account.id)[0]

    current = at.write(work)
    beside = ["The one before signs beside it for 24 hours."] if rotate else []
    answer({"callback_secret": current}, as_json, current, *beside)


@click.group()
def cards() -> None:
    """Flokan board cards, to link generations to."""


@cards.command("create")
@click.argument("name")
@click.argument("title")
@json_option
def create_card(name: str, title: str, as_json: bool) -> None:
    """Create a board card in the account's workspace."""
    card_id = desk().write(lambda db: house.create_card(db, house.find(db, name).id, title))
    answer({"card_id": card_id}, as_json, f"Created card {card_id}")


def _show(summary: dict[str, Any], as_json: bool) -> None:
    answer(summary, as_json, *(f"{label.replace('_', ' ')}: {value}" for label, value in summary.items()))


def desk_account(name: str) -> str:
    """Bring the database up to date, as every command does, and answer the name."""
    desk()
    return name


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name or "'" in name else name
