"""An account's keys as its holder sees them: by their prefixes, with parents and budgets, never their secrets."""

import re
from typing import Any

from sqlalchemy import Connection

from service.accounts import budgets, keys
from service.errors import ValidationError
from service.store.clock import iso
from service.store.tables import api_keys

MOST_GRACE_MS = 30 * 24 * 3600 * 1000
_GRACE = re.compile(r"(\d{1,7})([smhd]?)", re.ASCII)
_UNIT_MS = {"": 1000, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def of_account(db: Connection, account_id: str, key_id: int | None = None) -> list[dict[str, Any]]:
    """Return the account's active keys, oldest first, or the one named by its number."""
    query = keys.active(account_id).order_by(api_keys.c.id)
    if key_id is not None:
        query = query.where(api_keys.c.id == key_id)
    budget_of = {one["key"]: one for one in budgets.of_account(db, account_id) if one["scope"] == "key"}
    return [
        {
            "key_id": row.id,
            "api": row.api,
            "name": row.name,
            "prefix": row.prefix,
            "scopes": keys.scopes_of(row),
            "parent": row.parent,
            "budget": budget_of.get(row.prefix),
            "created_at": iso(row.created_at),
            "last_used_at": iso(row.last_used_at),
            "expires_at": iso(row.expires_at),
        }
        for row in db.execute(query)
    ]


def grace_ms(text: str, pointer: str = "/grace") -> int:
    """Read `24h`, `30m`, `7d` or seconds as milliseconds, 30 days at most. Raises ValidationError at `pointer`."""
    found = _GRACE.fullmatch(text)
    grace = int(found[1]) * _UNIT_MS[found[2]] if found else MOST_GRACE_MS + 1
    if grace > MOST_GRACE_MS:
        raise ValidationError.at(pointer, "a grace is a time up to 30 days, as in 24h, 30m, 7d or 0")
    return grace
