"""Users: their profiles, follows and public creations."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Row, and_, select

from service.accounts import accounts as house
from service.apis.generor import credits, people, shapes, teams
from service.apis.pages import page
from service.apis.request import Request
from service.errors import ValidationError
from service.store.clock import now, plain
from service.store.list_counts import counted, total
from service.store.tables import PUBLIC, accounts, follows
from service.store.tables import creations as made
from service.store.upsert import upsert

FIELDS = ("email", "avatar", "bio", "website")


def me(request: Request) -> dict[str, Any]:
    """Read the caller's profile, balance, counts and teams."""
    account = request.caller.account_id
    user = request.db.execute(select(*people.SHOWN, accounts.c.email).where(accounts.c.id == account)).one()
    return {
        "user_id": user.user_id,
        "username": user.name,
        "email": user.email,
        **_about(user),
        "credits": credits.balance(request),
        "creation_count": total(request.db, counted("creations.account", account)),
        **_following(request, user.user_id),
        "teams": teams.of_caller(request),
    }


def update(request: Request) -> dict[str, Any]:
    """Change the caller's profile; null or an empty text clears a field."""
    changes = {name: request.input[name] or None for name in FIELDS if name in request.input}
    house.change(request.db, request.caller.account_id, **changes)
    return me(request)


def get(request: Request) -> dict[str, Any]:
    """Read what anybody may know of a user. Raises NotFound."""
    user = _named(request)
    return {
        "user_id": user.user_id,
        "username": user.name,
        **_about(user),
        "creation_count": total(request.db, counted("creations.user", user.user_id)),
        **_following(request, user.user_id),
    }


def creations(request: Request) -> dict[str, Any]:
    """List a user's public creations. Raises NotFound."""
    user_id = _named(request).user_id
    query = select(made).where(PUBLIC, made.c.user_id == user_id)
    return page(request, query, made.c.id, shapes.creation, counts=counted("creations.user", user_id))


def followers(request: Request) -> dict[str, Any]:
    """List the followers of a user, the latest first. Raises NotFound."""
    return _people(request, follows.c.follower_id, follows.c.followed_id, "follows.followed")


def following(request: Request) -> dict[str, Any]:
    """List the users whom a user follows, the latest first. Raises NotFound."""
    return _people(request, follows.c.followed_id, follows.c.follower_id, "follows.follower")


def follow(request: Request) -> dict[str, bool]:
    """Follow a user, where the caller doesn't yet.

    Raises NotFound, and ValidationError for oneself.
    """
    followed, follower = _named(request).user_id, request.caller.user_id
    if followed == follower:
        raise ValidationError.at("/username", "is your own; nobody follows themselves")
    row = {"follower_id": follower, "followed_id": followed, "created_at": now()}
    upsert(request.db, follows, ("follower_id", "followed_id"), row)
    return {"following": True}


def unfollow(request: Request) -> dict[str, bool]:
    """Follow a user no longer. Raises NotFound."""
    request.db.execute(sa.delete(follows).where(_by_caller(request)))
    return {"following": False}


def is_following(request: Request) -> dict[str, bool]:
    """Return whether the caller follows a user. Raises NotFound."""
    return {"following": request.db.execute(select(follows.c.id).where(_by_caller(request))).first() is not None}


def _named(request: Request) -> Row[*tuple[Any, ...]]:
    return people.named(request, request.input["username"])


def _by_caller(request: Request) -> ColumnElement[bool]:
    return and_(follows.c.follower_id == request.caller.user_id, follows.c.followed_id == _named(request).user_id)


def _about(user: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {"avatar": user.avatar, "bio": user.bio, "website": user.website, "joined": plain(user.created_at)}


def _following(request: Request, user_id: int) -> dict[str, int]:
    return {
        "follower_count": total(request.db, counted("follows.followed", user_id)),
        "following_count": total(request.db, counted("follows.follower", user_id)),
    }


def _people(request: Request, who: ColumnElement[int], whose: ColumnElement[int], counts: str) -> dict[str, Any]:
    user_id = _named(request).user_id
    query = select(follows.c.id, follows.c.created_at.label("followed_at"), *people.SHOWN)
    query = query.join(accounts, accounts.c.user_id == who).where(whose == user_id)
    keys = select(follows.c.id).where(whose == user_id)
    return page(request, query, follows.c.id, _listed, keys, counted(counts, user_id))


def _listed(_: Request, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    return [
        {
            "user_id": row.user_id,
            "username": row.name,
            "avatar": row.avatar,
            "bio": row.bio,
            "followed_at": plain(row.followed_at),
        }
        for row in rows
    ]
