"""The parents of a creation: its team, the creation it supports, the one it translates, its character.

Source: generor-api, request body (`team_id`) and 'Additional text-generation fields'.
"""

from typing import Any

import orjson
from sqlalchemy import Row, func, or_, select

from service.apis.request import Request
from service.catalog import Generator, Model
from service.errors import NotFound
from service.store.search import folded
from service.store.tables import MADE, creations, team_members

OPEN_LICENSE = 1


def creation_row(request: Request, generator: Generator, model: Model) -> dict[str, Any] | None:
    """The columns that all creations of this request share. Raises NotFound for a team or creation that isn't there."""
    wanted = request.input
    _check_team(request, wanted.get("team_id"))
    for field in ("support_for", "character_id", "translation_of"):
        if wanted.get(field) is not None:
            readable(request, wanted[field], field)
    prompt = wanted.get("prompt") or ""
    return {
        "generator": generator.slug,
        "model_id": model.id,
        "type": generator.type,
        "prompt": prompt,
        "words": folded(prompt),
        "privacy_mode": wanted.get("privacy_mode", 0),
        "license": OPEN_LICENSE,
        "team_id": wanted.get("team_id"),
        "parent_id": wanted.get("support_for"),
        "translation_of": wanted.get("translation_of"),
        "language": wanted.get("language", "auto"),
    }


def context(request: Request) -> dict[str, Any]:
    """Return what a text engine is told of the creations that this one continues: their own fields."""
    wanted = request.input
    told: dict[str, Any] = {}
    for field, name in (("character_id", "character"), ("translation_of", "original"), ("support_for", "parent")):
        if wanted.get(field) is not None:
            row = readable(request, wanted[field], field)
            told[name] = {"prompt": row.prompt, **(orjson.loads(row.data) if row.data else {})}
    if wanted.get("avoid_duplicates"):
        told["made_before"] = _made_before(request, wanted["slug"])
    return told


def readable(request: Request, creation_id: int, field: str) -> Row[Any]:
    """A made creation that the caller may read. Raises NotFound, naming the field it was asked for in."""
    query = select(creations).where(
        creations.c.id == creation_id,
        creations.c.made,
        creations.c.deleted_at.is_(None),
        or_(creations.c.privacy_mode == 0, creations.c.account_id == request.caller.account_id),
    )
    row = request.db.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"{field}: there is no creation {creation_id} that this account may read.")
    return row


def _made_before(request: Request, generator: str) -> int:
    """Count the caller's creations of this generator: told to an engine, the same prompt is another task."""
    mine = select(func.count()).where(MADE, creations.c.account_id == request.caller.account_id)
    return int(request.db.execute(mine.where(creations.c.generator == generator)).scalar_one())


def _check_team(request: Request, team_id: int | None) -> None:
    if team_id is None:
        return
    mine = (team_members.c.team_id == team_id) & (team_members.c.user_id == request.caller.user_id)
    if request.db.execute(select(team_members.c.team_id).where(mine)).first() is None:
        raise NotFound(f"You are in no team {team_id}.")
