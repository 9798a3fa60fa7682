"""The first start on an empty SQLite database: the account `owner`, its key, and a link to the console.

All three are in `owner.json` in the data dir, readable by its owner only.
"""

import os
from pathlib import Path

import orjson
from sqlalchemy import Connection, select

from service.accounts import accounts, authentication, console_links, keys
from service.accounts.crypt import Vault
from service.config import Settings
from service.definitions import Api, load
from service.store.database import Database
from service.store.tables import accounts as accounts_table

NAME, PLAN, CREDITS, API = "owner", "enterprise", 10_000, "generor"


def owner_file(settings: Settings) -> Path:
    """Name the file."""
    return settings.data_dir / "owner.json"


def make_owner(settings: Settings, database: Database, vault: Vault) -> str | None:
    """Make the account where there is none at all, and answer its link; None on any other database."""
    if not database.sqlite:
        return None
    with database.read() as db:
        if db.execute(select(accounts_table.c.id).limit(1)).first() is not None:
            return None
    api = load(settings.definitions_dir, settings.schemas_dir).apis[API]
    return database.write(lambda db: _made(db, settings, vault, api))


def new_link(settings: Settings, database: Database, vault: Vault) -> str:
    """Make another link for the owner's key. Raises ValueError where the data dir has no owner."""
    path = owner_file(settings)
    if not path.exists():
        raise ValueError(
            f"There is no {path}: this installation has no owner. Make a key with `keys create NAME --api generor "
            "--scopes …`, and paste it into the console."
        )
    kept = orjson.loads(path.read_bytes())
    with database.read() as db:
        authentication.authenticate(db, vault, kept["api_key"])
    code = database.write(lambda db: console_links.issue(db, vault, kept["api_key"]))
    kept["console"] = console_links.address(settings.url, code)
    _write(path, kept)
    return str(kept["console"])


def _made(db: Connection, settings: Settings, vault: Vault, api: Api) -> str | None:
    if db.execute(select(accounts_table.c.id).limit(1)).first() is not None:
        return None
    made = accounts.create(db, vault, name=NAME, plan=PLAN, credits=CREDITS)
    accounts.change(db, made.workspace_id, operator=True)
    every = (*api.auth["scopes"], *keys.SPECIAL)
    key = keys.mint(db, vault, made.workspace_id, api, "first start", every)
    link = console_links.address(settings.url, console_links.issue(db, vault, key.api_key))
    # Before the commit: an account whose key nobody has would never be made again.
    _write(owner_file(settings), {"account": NAME, "api_key": key.api_key, "console": link})
    return link


def _write(path: Path, kept: dict[str, str]) -> None:
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(orjson.dumps(kept, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
