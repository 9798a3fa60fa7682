"""Outputs stored by older versions, whose private links carried a mark, are migrated by their files' rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from alembic import command
from sqlalchemy import Connection, insert, text

from service.store import migrate as migrations
from service.store.database import Database
from service.store.migrate import migrate
from service.store.tables import run_bodies, runs
from tests.store.test_search import enter_account

BASE = "http://genhook.test"
OWN, FOREIGN = "users/1/img/image-1.png", "users/2/img/image-2.png"


RUN = {
    "account_id": "a",
    "action": "x",
    "api": "generor",
    "kind": "generate",
    "connection": "local",
    "lane": "quick",
    "status": "completed",
    "slot": "ended",
    "fence": 1,
    "turn": 0,
    "losses": 0,
    "step": 0,
    "wake_at": 0,
    "progress": 1,
    "sandbox": False,
    "estimate_approximate": False,
    "held": 0,
    "credits_charged": 1,
    "created_at": 0,
}
FILE = {"account_id": "a", "content_type": "image/png", "size": 1, "private": True, "created_at": 0}


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    """A database as the last version before file links left it."""
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    database.write(lambda db: command.upgrade(migrations._config(db), "0008"))
    enter_account(database)
    yield database
    database.close()


def keep(database: Database, run_id: str, output: dict[str, Any], *paths: str) -> None:
    """A run with this output that made these files."""

    def write(db: Connection) -> None:
        db.execute(insert(runs).values(id=run_id, **RUN))
        db.execute(insert(run_bodies).values(run_id=run_id, input="{}", output=orjson.dumps(output).decode()))
        for path in paths:
            # As the tables were then: the newer columns are not there yet.
            names = ("path", "object", "run_id", *FILE)
            statement = f"INSERT INTO files ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
            db.execute(text(statement), {"path": path, "object": path, "run_id": run_id, **FILE})

    database.write(write)


def test_marked_links_of_the_runs_own_files_become_places_and_all_other_text_stays(old: Database) -> None:
    marked = f"{BASE}/{OWN}?private=1"
    foreign = f"{BASE}/{FOREIGN}?private=1"
    creations = [{"creation_id": 1, "text": marked, "image_url": marked}, {"creation_id": 2, "image_url": foreign}]
    keep(old, "run_1", {"creations": creations, "note": foreign}, OWN)
    keep(old, "run_2", {"image_urls": [f"{BASE}/files/a/1.png", "https://elsewhere.test/files/b"]}, "files/a/1.png")
    keep(old, "run_3", {"outputs": [{"url": f"{BASE}/files/run_3/1.png"}], "text": marked}, "files/run_3/1.png")
    keep(old, "run_4", {"bio": foreign})

    migrate(old.url)

    with old.read() as db:
        rows = db.execute(text("SELECT run_id, output, links FROM run_bodies ORDER BY run_id")).all()
    outputs = [orjson.loads(row.output) for row in rows]
    links = [None if row.links is None else orjson.loads(row.links) for row in rows]
    plain = {"creation_id": 1, "text": marked, "image_url": f"{BASE}/{OWN}"}
    assert outputs[0] == {"creations": [plain, creations[1]], "note": foreign}
    assert outputs[3] == {"bio": foreign}
    assert links == [
        [{"at": ["creations", 0, "image_url"], "path": OWN}],
        [{"at": ["image_urls", 0], "path": "files/a/1.png"}],
        [{"at": ["outputs", 0, "url"], "path": "files/run_3/1.png"}],
        None,
    ]
