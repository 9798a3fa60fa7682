"""Comments on creations, their replies and votes. Source: generor-api, 'Comments'."""

import builtins
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row, func, select

from service.apis.generor import shapes
from service.apis.generor.people import sees, visible_creation
from service.apis.pages import page
from service.apis.request import Request
from service.errors import NotFound
from service.store.clock import now, plain
from service.store.list_counts import counted
from service.store.tables import comment_votes, comments
from service.store.upsert import upsert

KEPT = comments.c.deleted_at.is_(None)


def list(request: Request) -> dict[str, Any]:
    """List the comments on a creation, replies among them. Raises NotFound."""
    creation_id = visible_creation(request, request.input["id"])
    query, counts = select(comments).where(comments.c.creation_id == creation_id, KEPT), "comments.creation"
    return page(request, query, comments.c.id, _comments, counts=counted(counts, creation_id))


def create(request: Request) -> dict[str, Any]:
    """Say something on a creation, or reply to what was said there. Source: POST /creations/{id}/comments.

    Raises NotFound for the creation and for the comment replied to.
    """
    creation_id, parent_id = visible_creation(request, request.input["id"]), request.input.get("parent_id")
    if parent_id is not None and _kept(request, parent_id).creation_id != creation_id:
        raise _absent()
    row = {
        "creation_id": creation_id,
        "user_id": request.caller.user_id,
        "parent_id": parent_id,
        "text": request.input["text"],
        "created_at": now(),
    }
    entered = request.db.execute(sa.insert(comments).values(**row).returning(comments)).one()
    return _comments(request, [entered])[0]


def delete(request: Request) -> dict[str, Any]:
    """Take a comment of the caller's back; replies to it stay. Source: DELETE /comments/{id}. Raises NotFound."""
    mine = (comments.c.id == request.input["id"]) & (comments.c.user_id == request.caller.user_id) & KEPT
    if not request.db.execute(sa.update(comments).where(mine).values(deleted_at=now())).rowcount:
        raise _absent()
    return {"comment_id": request.input["id"], "deleted": True}


def vote(request: Request) -> dict[str, Any]:
    """Vote a comment up or down, in place of the caller's vote before. Source: POST /comments/{id}/vote.

    Raises NotFound where the comment or its creation is not to be seen.
    """
    comment = _kept(request, request.input["id"])
    if not sees(request, comment.creation_id):
        raise _absent()
    row = {"comment_id": comment.id, "user_id": request.caller.user_id, "up": request.input["vote"] == "up"}
    upsert(request.db, comment_votes, ("comment_id", "user_id"), row, changing=("up",))
    return {"comment_id": comment.id, "vote": request.input["vote"], **_votes(request, [comment.id])[comment.id]}


def _kept(request: Request, comment_id: int) -> Row[Any]:
    row = request.db.execute(select(comments).where(comments.c.id == comment_id, KEPT)).one_or_none()
    if row is None:
        raise _absent()
    return row


def _absent() -> NotFound:
    return NotFound("Comment not found")


def _comments(request: Request, rows: Sequence[Row[Any]]) -> builtins.list[dict[str, Any]]:
    ids = [row.id for row in rows]
    names = shapes.usernames(request, {row.user_id for row in rows})
    votes, replies = _votes(request, ids), _replies(request, rows)
    return [
        {
            "comment_id": row.id,
            "creation_id": row.creation_id,
            "user_id": row.user_id,
            "username": names[row.user_id],
            "text": row.text,
            "parent_id": row.parent_id,
            "reply_count": replies.get(row.id, 0),
            **votes[row.id],
            "created_at": plain(row.created_at),
        }
        for row in rows
    ]


def _votes(request: Request, comment_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Upvotes and downvotes of each of these comments."""
    votes = {comment_id: {"upvotes": 0, "downvotes": 0} for comment_id in comment_ids}
    query = select(comment_votes.c.comment_id, comment_votes.c.up, func.count().label("votes"))
    query = query.where(comment_votes.c.comment_id.in_(comment_ids))
    for row in request.db.execute(query.group_by(comment_votes.c.comment_id, comment_votes.c.up)):
        votes[row.comment_id]["upvotes" if row.up else "downvotes"] = row.votes
    return votes


def _replies(request: Request, rows: Sequence[Row[Any]]) -> dict[int, int]:
    """Return how many direct replies there are to each of these comments, where there are any."""
    parents, places = {row.id for row in rows}, {row.creation_id for row in rows}
    query = select(comments.c.parent_id, func.count().label("replies")).where(
        comments.c.creation_id.in_(places), comments.c.parent_id.in_(parents), KEPT
    )
    return {row.parent_id: row.replies for row in request.db.execute(query.group_by(comments.c.parent_id))}
