"""`keys`, `providers` and `connections`: what opens this service, and what it opens for an account."""

import sys
from typing import Any

import click
import orjson
from sqlalchemy import Connection

from service.accounts import accounts, keyring
from service.accounts import keys as house
from service.cli.root import answer, desk, json_option
from service.config import PROVIDERS
from service.store.clock import iso

secret_option = click.option("--key", required=True, help="The key; - reads it from standard input.")
base_url_option = click.option("--base-url", help="Where it isn't the public address.")


@click.group()
def keys() -> None:
    """API keys of an account."""


@keys.command("create")
@click.argument("name")
@click.option("--api", type=click.Choice(tuple(house.HEADS)), required=True)
@click.option("--scopes", help="A comma list; all of that API's when left out.")
@click.option("--label", default="Command line", show_default=True, help="The key's name in lists.")
@json_option
def create(name: str, api: str, scopes: str | None, label: str, as_json: bool) -> None:
    """Mint a key. It is printed once and kept nowhere."""
    at = desk()
    wanted = _listed(scopes) if scopes is not None else ()

    def work(db: Connection) -> house.MintedKey:
        return house.mint(db, at.vault, accounts.find(db, name).id, api, label, wanted)

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
    """List an account's active keys."""

    def work(db: Connection) -> list[dict[str, Any]]:
        account = accounts.find(db, name)
        return [
            {
                "key_id": row.id,
                "api": api,
                "name": row.name,
                "prefix": row.prefix,
                "scopes": orjson.loads(row.scopes),
                "created_at": iso(row.created_at),
                "last_used_at": iso(row.last_used_at),
            }
            for api in house.HEADS
            for row in house.list_keys(db, account.id, api)
        ]

    found = desk().write(work)
    lines = [f"{key['key_id']}  {key['prefix']}…  {key['name']}  last used {key['last_used_at']}" for key in found]
    answer({"keys": found}, as_json, *(lines or [f"{name} has no active keys."]))


@keys.command()
@click.argument("name")
@click.argument("key_id", type=int)
@json_option
def revoke(name: str, key_id: int, as_json: bool) -> None:
    """Revoke a key at once; `keys list` shows its number."""
    desk().write(lambda db: house.revoke(db, accounts.find(db, name).id, key_id))
    answer({"key_id": key_id, "revoked": True}, as_json, f"Revoked key {key_id}.")


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
def set_provider(name: str, provider: str, key: str, base_url: str | None, disabled: bool, as_json: bool) -> None:
    """Keep the account's own key for a provider, encrypted."""
    at, secret = desk(), _read(key)

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
    from service.generation.access import Desk
    from service.net.guard import Guard

    at = desk()
    account = at.write(lambda db: accounts.find(db, name))
    counter = Desk(at.database, at.vault, at.settings.providers, Guard(at.settings.callback_allow))
    counter.open(provider, account.id, byok=True).check()
    answer({"provider": provider, "accepted": True}, as_json, f"{provider} accepts {name}'s key.")


@click.group()
def connections() -> None:
    """An account's keys for the hosted flokan, flixly and generor."""


@connections.command("set")
@click.argument("name")
@click.argument("connection", type=click.Choice(keyring.HOSTED))
@secret_option
@base_url_option
@json_option
def set_connection(name: str, connection: str, key: str, base_url: str | None, as_json: bool) -> None:
    """Keep the account's key for a hosted original, encrypted."""
    at, secret = desk(), _read(key)

    def work(db: Connection) -> None:
        keyring.set_connection(db, at.vault, accounts.find(db, name).id, connection, secret, base_url)

    at.write(work)
    answer({"connection": connection}, as_json, f"{name}'s {connection} key is kept.")


@connections.command("test")
@click.argument("name")
@click.argument("connection", type=click.Choice(keyring.HOSTED))
@json_option
def test_connection(name: str, connection: str, as_json: bool) -> None:
    """Ask the hosted original whether it takes the account's key, by a read that costs nothing."""
    from service.definitions import load
    from service.hosted import trial
    from service.hosted.opening import Originals

    at = desk()
    account = at.write(lambda db: accounts.find(db, name))
    definitions = load(at.settings.definitions_dir, at.settings.schemas_dir)
    original = Originals(at.database, at.vault, definitions).open(account.id, connection)
    taken, message = trial.tried(original, definitions)
    if not taken:
        raise click.ClickException(message)
    answer({"connection": connection, "accepted": True}, as_json, message)


def _listed(scopes: str) -> tuple[str, ...]:
    """The scopes of a comma list. Raises UsageError for a list of none, which would mean all."""
    found = tuple(dict.fromkeys(part.strip() for part in scopes.split(",") if part.strip()))
    if not found:
        raise click.UsageError("--scopes names no scope; leave it out for all of that API's.")
    return found


def _read(key: str) -> str:
    """The key itself, where it was not to stand in the shell's history."""
    return sys.stdin.readline().strip() if key == "-" else key
