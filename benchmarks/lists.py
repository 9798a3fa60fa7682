"""Lists and search over HTTP: page 1 and page 1,000 with 100,000 creations, against the same with 1,000."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

import requests
from sqlalchemy import insert, select

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.stage import Stage, stage
from service.store.clock import now
from service.store.search import words
from service.store.tables import accounts, creations

WHAT = "milliseconds of a list's page with 100,000 creations, against 1,000"
MANY, FEW = 100_000, 1_000
TIMES = 15
TOPICS = ("sunset", "harbour", "robot", "forest", "castle", "ocean", "dragon", "market", "winter", "garden")
PATHS = {
    "public": "/api/v1/creations/public?per_page=1&page={page}",
    "own": "/api/v1/creations?per_page=1&page={page}",
    "search": "/api/v1/creations/search?q=picture&per_page=1&page={page}",
    "rare-search": "/api/v1/creations/search?q=sunset&per_page=1&page={page}",
}


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Measure each list and page of many creations beside the same of few."""
    with ExitStack() as stack:
        many, few = (_filled(stack.enter_context(stage(fresh(), "web")), number) for number in (MANY, FEW))
        yield [
            Figure("milliseconds", many(path.format(page=page)), few(path.format(page=page)), f"{name}-{page}")
            for name, path in PATHS.items()
            for page in (1, 1000)
        ]


def _filled(made: Stage, number: int) -> Callable[[str], Callable[[], float]]:
    own = made.keys(1, api="generor")[0]
    made.database.write(lambda db: _fill(db, number))
    session = requests.Session()

    def measure(path: str) -> Callable[[], float]:
        # A key allows 300 requests a minute.
        key = made.keys(1, api="generor")[0] if "creations?" not in path else own

        def once() -> float:
            began = time.perf_counter()
            answer = session.get(f"http://127.0.0.1:{made.port}{path}", headers={"Authorization": f"Bearer {key}"})
            assert answer.ok, answer.text
            return (time.perf_counter() - began) * 1000

        return lambda: median(once() for _ in range(TIMES))

    return measure


def _fill(db: Any, number: int) -> None:
    owner = db.execute(select(accounts.c.id, accounts.c.user_id)).first()
    shared = {
        "account_id": owner.id,
        "user_id": owner.user_id,
        "generator": "image",
        "model_id": 10003,
        "type": "image",
    }
    shared |= {"privacy_mode": 0, "license": 1, "made": True, "item": 0, "created_at": now(), "files": "[]"}
    for start in range(0, number, 5_000):
        rows = []
        for place in range(start, min(number, start + 5_000)):
            prompt = f"A picture of a {TOPICS[place % 10]} number {place}"
            rows.append(
                shared | {"run_id": f"run_{place:032x}", "prompt": prompt, "words": f" {' '.join(words(prompt))} "}
            )
        db.execute(insert(creations), rows)
