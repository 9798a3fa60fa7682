"""The feed: public creations of the users whom the caller follows. Source: generor-api, 'Feed'."""

from typing import Any

from sqlalchemy import select

from service.apis.generor import shapes
from service.apis.pages import page
from service.apis.request import Request
from service.store.tables import PUBLIC, creations, follows


def list(request: Request) -> dict[str, Any]:
    """Public creations of users followed, of one generator where it is named. Source: GET /feed."""
    followed = select(follows.c.followed_id).where(follows.c.follower_id == request.caller.user_id)
    query = select(creations).where(PUBLIC, creations.c.user_id.in_(followed))
    if "generator" in request.input:
        query = query.where(creations.c.generator == request.input["generator"])
    return page(request, query, creations.c.id, shapes.creation)
