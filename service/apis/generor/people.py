"""Look-ups of users and creations that several resources share.

Source: generor-api, 'Users'.
"""

from typing import Any

from sqlalchemy import Row, or_, select

from service.apis.request import Request
from service.errors import NotFound
from service.store.tables import MADE, accounts, creations

# What others may know of an account.
SHOWN = (
    accounts.c.user_id,
    accounts.c.name,
    accounts.c.avatar,
    accounts.c.bio,
    accounts.c.website,
    accounts.c.created_at,
)


def named(request: Request, username: str) -> Row[*tuple[Any, ...]]:
    """The user of that name: the columns of SHOWN. Raises NotFound."""
    there = (accounts.c.name == username) & accounts.c.deleted_at.is_(None)
    row = request.db.execute(select(*SHOWN).where(there)).one_or_none()
    if row is None:
        raise NotFound("User not found")
    return row


def visible_creation(request: Request, creation_id: int) -> int:
    """The number of a creation that the caller sees. Raises NotFound."""
    if not sees(request, creation_id):
        raise NotFound("Creation not found")
    return creation_id


def sees(request: Request, creation_id: int) -> bool:
    """Return whether a creation is made, and public or the caller's own."""
    seen = creations.c.privacy_mode == 0
    if request.anyone is not None:
        seen = or_(seen, creations.c.account_id == request.anyone.account_id)
    query = select(creations.c.id).where(MADE, creations.c.id == creation_id, seen)
    return request.db.execute(query).first() is not None
