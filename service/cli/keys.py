"""`keys`, `providers` and `connections`: the keys to this service, and an account's own keys to others."""

from typing import Any

import click
from sqlalchemy import Connection

from service.accounts import accounts, budgets, key_rotation, keyring
from service.accounts import key_list as house_view
from service.accounts import keys as house
from service.accounts.key_list import grace_ms
from service.cli.root import answer, desk, json_option, opened, read_secret, secret_option, settings
from service.config import PROVIDERS
from service.definitions import Api
from service.definitions.loader import load_apis
from service.definitions.schemas import Schemas
from service.errors import ValidationError
from service.extensions import book
from service.store.clock import iso, now

budget_option = click.option("--budget", metavar="N/PERIOD", help="At most N credits a day, month or total; or none.")
base_url_option = click.option("--base-url", help="Where it isn't the public address.")


class ApiName(click.ParamType[Api]):
    """An API of the definitions, read when it is asked for."""

    name = "api"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Api:
        """Answer what its `api.json` says."""
        apis = _apis()
        if isinstance(value, Api):
            return value
        if value not in apis:
            self.fail(f"{value!r} is not one of {', '.join(apis)}.", param, context)
        return apis[value]


class Duration(click.ParamType[int]):
    """A time as people write it: `24h`, `30m`, `7d`, `0`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> int:
        """Answer milliseconds."""
        if isinstance(value, int):
            return value
        try:
            return grace_ms(value)
        except ValidationError as error:
            self.fail(f"{value!r}: {error.message}.", param, context)


@click.group()
def keys() -> None:
    """API keys of an account."""


@keys.command("create")
@click.argument("name")
@click.option("--api", type=ApiName(), required=True, help="The API it is a key of.")
@click.option(
    "--scopes", help="A comma list; all of that API's when left out. admin and operator are given by name only."
)
@click.option("--label", default="Command line", show_default=True, help="The key's name in lists.")
@budget_option
@json_option
def create(name: str, api: Api, scopes: str | None, label: str, budget: str | None, as_json: bool) -> None:
    """Mint a key. It is printed once and kept nowhere."""
    at = desk()
    wanted = _listed(scopes) if scopes is not None else ()
    limit = budgets.parse(budget) if budget is not None else None

    def work(db: Connection) -> house.MintedKey:
        account = accounts.find(db, name)
        minted = house.mint(db, at.vault, account.id, api, label, wanted)
        if limit is not None:
            budgets.set_budget(db, account.id, minted.key_id, limit)
        return minted

    minted = at.write(work)
    answer(
        {"api_key": minted.api_key, "prefix": minted.prefix},
        as_json,
        minted.api_key,
        f"Keep it now: it is shown this once. Scopes: {', '.join(minted.scopes)}.",
    )


@keys.command("list")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """List an account's active keys, with their budgets."""

    def work(db: Connection) -> list[dict[str, Any]]:
        return house_view.of_account(db, accounts.find(db, name).id)

    found = desk().write(work)
    lines = [f"{key['key_id']}  {key['prefix']}…  {key['name']}  last used {key['last_used_at']}" for key in found]
    answer({"keys": found}, as_json, *(lines or [f"{name} has no active keys."]))


@keys.command("set")
@click.argument("name")
@click.argument("prefix")
@click.option("--label", help="The key's name in lists.")
@budget_option
@json_option
def change(name: str, prefix: str, label: str | None, budget: str | None, as_json: bool) -> None:
    """Change a key's name or its budget."""
    if label is None and budget is None:
        raise click.UsageError("Say what to change: --label or --budget.")
    limit = budgets.parse(budget) if budget is not None else None

    def work(db: Connection) -> dict[str, Any]:
        account = accounts.find(db, name)
        key = house.find(db, account.id, _prefix(prefix))
        if label is not None:
            house.change(db, key.id, name=label)
        if budget is not None:
            budgets.set_budget(db, account.id, key.id, limit)
        return house_view.of_account(db, account.id, key.id)[0]

    changed = desk().write(work)
    answer(changed, as_json, *(f"{label.replace('_', ' ')}: {value}" for label, value in changed.items()))


@keys.command()
@click.argument("name")
@click.argument("prefix")
@click.option("--grace", type=Duration(), default="24h", show_default=True, help="How long the old one stays good.")
@json_option
def rotate(name: str, prefix: str, grace: int, as_json: bool) -> None:
    """Make a key's successor, with its scopes and budget; the old key ends after the grace."""
    at, apis = desk(), _apis()

    def work(db: Connection) -> house.MintedKey:
        account = accounts.find(db, name)
        old = house.find(db, account.id, _prefix(prefix))
        return key_rotation.rotate(db, at.vault, account.id, apis[old.api], old.prefix, grace)

    minted = at.write(work)
    ends = iso(now() + grace)
    answer(
        {"api_key": minted.api_key, "prefix": minted.prefix, "rotated": prefix, "old_key_ends_at": ends},
        as_json,
        minted.api_key,
        f"Keep it now: it is shown this once. {prefix} ends at {ends}.",
    )


@keys.command()
@click.argument("name")
@click.argument("key")
@json_option
def revoke(name: str, key: str, as_json: bool) -> None:
    """Revoke a key (its prefix, or its number) at once, and every key that it minted."""

    def work(db: Connection) -> tuple[int, list[str]]:
        account = accounts.find(db, name)
        key_id = int(key) if key.isascii() and key.isdigit() else house.find(db, account.id, _prefix(key)).id
        return key_id, house.revoke(db, account.id, key_id)

    key_id, ended = desk().write(work)
    answer({"key_id": key_id, "revoked": ended}, as_json, f"Revoked {', '.join(ended)}.")


@click.group()
def providers() -> None:
    """An account's own provider keys (BYOK)."""


@providers.command("set")
@click.argument("name")
@click.argument("provider", type=click.Choice(PROVIDERS))
@secret_option
@base_url_option
@click.option("--disabled", is_flag=True, help="Keep it, but don't use it.")
@json_option
def set_provider(
    name: str, provider: str, key: str | None, base_url: str | None, disabled: bool, as_json: bool
) -> None:
    """Keep the account's own key for a provider, encrypted."""
    at, secret = desk(), read_secret(key)

    def work(db: Connection) -> None:
        account = accounts.find(db, name)
        keyring.set_provider(db, at.vault, account.id, provider, secret, base_url, enabled=not disabled)

    at.write(work)
    state = "disabled" if disabled else "enabled"
    answer({"provider": provider, "enabled": not disabled}, as_json, f"{name}'s {provider} key is kept, {state}.")


@providers.command("test")
@click.argument("name")
@click.argument("provider", type=click.Choice(PROVIDERS))
@json_option
def test_provider(name: str, provider: str, as_json: bool) -> None:
    """Ask the provider whether it accepts the account's key, by a call that costs nothing."""
    from service.generation.access import ProviderAccess
    from service.net.guard import Guard

    at = desk()
    account = at.write(lambda db: accounts.find(db, name))
    counter = ProviderAccess(at.database, at.vault, at.settings.providers, Guard(at.settings.callback_allow))
    counter.open(provider, account.id, byok=True).check()
    answer({"provider": provider, "accepted": True}, as_json, f"{provider} accepts {name}'s key.")


@click.group()
def connections() -> None:
    """An account's keys for the hosted flokan, flixly and generor, and for added APIs."""


@connections.command("set")
@click.argument("name")
@click.argument("connection")
@secret_option
@base_url_option
@json_option
def set_connection(name: str, connection: str, key: str | None, base_url: str | None, as_json: bool) -> None:
    """Keep the account's key for a hosted original or an added API, encrypted."""
    at, secret = desk(), read_secret(key)

    def work(db: Connection) -> None:
        _check_connection(db, connection)
        keyring.set_connection(db, at.vault, accounts.find(db, name).id, connection, secret, base_url)

    at.write(work)
    answer({"connection": connection}, as_json, f"{name}'s {connection} key is kept.")


@connections.command("test")
@click.argument("name")
@click.argument("connection")
@json_option
def test_connection(name: str, connection: str, as_json: bool) -> None:
    """Ask the connection's server whether it takes the account's key, by a read that costs nothing."""
    from service.hosted import trial
    from service.hosted.opening import Originals

    with opened() as context:
        with context.database.read() as db:
            _check_connection(db, connection)
            account = accounts.find(db, name)
        original = Originals(context.database, context.vault, lambda: context.definitions).open(account.id, connection)
        taken, message = trial.tried(original, context.definitions)
    if not taken:
        raise click.ClickException(message)
    answer({"connection": connection, "accepted": True}, as_json, message)


def _check_connection(db: Connection, name: str) -> None:
    """Raises UsageError for what is neither a hosted original nor an added API."""
    known = [*_apis(), *(extension.name for extension in book.active(db) if extension.kind == "api")]
    if name not in known:
        raise click.UsageError(f"{name!r} is not one of {', '.join(known)}.")


def _listed(scopes: str) -> tuple[str, ...]:
    """Read the scopes of a comma list. Raises UsageError for a list of none, which would mean all."""
    found = tuple(dict.fromkeys(part.strip() for part in scopes.split(",") if part.strip()))
    if not found:
        raise click.UsageError("--scopes names no scope; leave it out for all of that API's.")
    return found


def _prefix(text: str) -> str:
    """Answer the prefix of a key that may be written out with its `…`."""
    return text.rstrip("…")


def _apis() -> dict[str, Api]:
    known = settings()
    return load_apis(known.definitions_dir, Schemas(known.schemas_dir))
