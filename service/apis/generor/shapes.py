"""Rows in Generor's words. Source: generor-api, GET /creations/{id}."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, select

from service.apis.request import Request
from service.files.links import FileLink
from service.store.clock import plain
from service.store.tables import accounts

# What the document calls a creation's type. Source: generor-api, GET /creations/{id} ("type": "img").
TYPES = {"image": "img"}
# What a creation hangs on, where it does: by the names under which a generate asks for it.
LINKS = {"team_id": "team_id", "support_for": "parent_id", "translation_of": "translation_of"}


def creation(request: Request, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Creations with their owners' names looked up together; file URLs are relative, as the document shows them."""
    names = usernames(request, {row.user_id for row in rows})
    kept = {row.id: orjson.loads(row.files or "[]") for row in rows}
    links = request.links(file["path"] for of_one in kept.values() for file in of_one)
    return [_creation(row, names[row.user_id], _files(kept[row.id], links)) for row in rows]


def usernames(request: Request, user_ids: set[int]) -> dict[int, str]:
    """The names of these users."""
    query = select(accounts.c.user_id, accounts.c.name).where(accounts.c.user_id.in_(user_ids))
    return {row.user_id: row.name for row in request.db.execute(query)}


def _creation(row: Row[Any], username: str, images: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "creation_id": row.id,
        "generator": row.generator,
        "user_id": row.user_id,
        "username": username,
        "prompt": row.prompt,
        "created_at": plain(row.created_at),
        "privacy_mode": row.privacy_mode,
        "type": TYPES.get(row.type, row.type),
        "license": row.license,
        "images": images,
        "generator_data": orjson.loads(row.data) if row.data else {},
        **{name: row._mapping[column] for name, column in LINKS.items() if row._mapping[column] is not None},
    }


def _files(kept: Sequence[Mapping[str, Any]], links: Mapping[str, FileLink]) -> list[dict[str, Any]]:
    return [{"url": links[file["path"]], "width": file["width"], "height": file["height"]} for file in kept]
