"""The feed: public creations of the users whom the caller follows."""

from typing import Any

from sqlalchemy import String, cast, select

from service.apis.generor import shapes
from service.apis.pages import page
from service.apis.request import Request
from service.store.list_counts import counted
from service.store.tables import PUBLIC, creations, follows


def list(request: Request) -> dict[str, Any]:
    """List the public creations of users followed, of one generator where it is named."""
    generator = request.input.get("generator")
    by_caller = follows.c.follower_id == request.caller.user_id
    query = select(creations).where(PUBLIC, creations.c.user_id.in_(select(follows.c.followed_id).where(by_caller)))
    keys = select(cast(follows.c.followed_id, String)).where(by_caller)
    if generator is None:
        return page(request, query, creations.c.id, shapes.creation, counts=counted("creations.user", keys))
    query = query.where(creations.c.generator == generator)
    keys = select(cast(follows.c.followed_id, String) + f" {generator}").where(by_caller)
    return page(request, query, creations.c.id, shapes.creation, counts=counted("creations.user_generator", keys))
