"""Creations: what users made, as far as the caller may see it. Source: generor-api, «Creations»."""

from typing import Any

from sqlalchemy import and_, select

from service.apis.generor import shapes
from service.apis.generor.pages import page
from service.apis.request import Request
from service.errors import NotFound
from service.store.search import words
from service.store.tables import creations

PUBLIC = and_(creations.c.made, creations.c.privacy_mode == 0, creations.c.deleted_at.is_(None))


def search(request: Request) -> dict[str, Any]:
    """Public creations whose prompt holds every word of `q`, whole. Source: GET /creations/search."""
    wanted = [creations.c.words.contains(f" {word} ", autoescape=True) for word in words(request.input["q"])]
    generator = request.input.get("generator")
    if generator is not None:
        wanted.append(creations.c.generator == generator)
    return page(request, select(creations).where(PUBLIC, *wanted), creations.c.id, shapes.creation)


def get(request: Request) -> dict[str, Any]:
    """One creation with its files and data; a private one only for its owner. Source: GET /creations/{id}."""
    query = select(creations).where(creations.c.id == request.input["id"], creations.c.deleted_at.is_(None))
    row = request.db.execute(query).one_or_none()
    mine = row is not None and request.anyone is not None and row.account_id == request.anyone.account_id
    if row is None or not (mine or (row.made and row.privacy_mode == 0)):
        raise NotFound("Creation not found")
    return shapes.creation(request, [row])[0]
