"""Asking Generor to generate, for the tests of its rows."""

from typing import Any

import orjson
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.store.tables import run_bodies
from tests.support.house import Account

BASE = "/api/v1"
IMAGE = "https://93.184.216.34/a.jpg"
CLIP = "https://93.184.216.34/a.mp4"
SOUND = "https://93.184.216.34/a.mp3"
JOKE: dict[str, Any] = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}
PICTURE: dict[str, Any] = {"slug": "image", "prompt": "A sunset over mountains", "model_id": 10003}
FILM: dict[str, Any] = {"slug": "video", "prompt": "A boat at dawn", "model_id": 20061}
VEO, SEEDANCE, R2V = FILM | {"model_id": 20001}, FILM | {"model_id": 20020}, FILM | {"model_id": 20050}
EDIT = FILM | {"model_id": 20051, "video_url": CLIP}


def post(account: Account, operation: str, asked: dict[str, Any], **members: Any) -> TestResponse:
    body = {**asked, **members}
    return account.post(f"{BASE}/generators/{body.pop('slug')}/{operation}", body)


def estimate(account: Account, asked: dict[str, Any], **members: Any) -> Any:
    return post(account, "estimate", asked, **members).get_json()["data"]


def accepted(account: Account, asked: dict[str, Any], **members: Any) -> Any:
    """Return what the engine is asked, of a generate that was accepted."""
    run = account.submit("generor.generators.generate", {**asked, **members})
    assert run.status_code == 202, run.get_json()
    query = select(run_bodies.c.order).where(run_bodies.c.run_id == run.get_json()["id"])
    with account.house.context.database.read() as db:
        return orjson.loads(db.execute(query).scalar_one())
