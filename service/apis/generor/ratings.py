"""Scores that users give to creations they may see. Source: generor-api, 'Ratings'."""

from typing import Any

from sqlalchemy import func, select

from service.apis.generor.people import visible_creation
from service.apis.request import Request
from service.store.clock import now
from service.store.tables import ratings
from service.store.upsert import upsert

PLACES = 2


def get(request: Request) -> dict[str, Any]:
    """The average score of a creation, 0 where there is none. Source: GET /creations/{id}/rating. Raises NotFound."""
    return _rating(request, visible_creation(request, request.input["id"]))


def rate(request: Request) -> dict[str, Any]:
    """Give a score of 1 to 5, in place of the caller's score before. Source: POST /creations/{id}/rating.

    Raises NotFound.
    """
    creation_id, score = visible_creation(request, request.input["id"]), request.input["score"]
    row = {"creation_id": creation_id, "user_id": request.caller.user_id, "score": score, "created_at": now()}
    upsert(request.db, ratings, ("creation_id", "user_id"), row, changing=("score",))
    return _rating(request, creation_id) | {"score": score}


def _rating(request: Request, creation_id: int) -> dict[str, Any]:
    query = select(func.avg(ratings.c.score), func.count()).where(ratings.c.creation_id == creation_id)
    average, count = request.db.execute(query).one()
    return {"creation_id": creation_id, "average": round(float(average or 0), PLACES), "count": count}
