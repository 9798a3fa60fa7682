"""From the 202 to the callback received, one in flight, against enqueue to done of a no-op RQ job (milliseconds)."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import requests

from benchmarks import no_op
from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.stage import Stage, stage

WHAT = "median ms from 202 to callback received, against enqueue to done of a no-op job (2.5 times is aimed at)"
TIMES = 60


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Compare the medians of runs one at a time."""
    with stage(fresh(), "web", "worker", "callbacks run") as made, no_op.worker() as (_, queue):
        # A deliverer leases its shards at its first rounds.
        time.sleep(3)

        def bare() -> float:
            return median(_job(queue) for _ in range(TIMES))

        _callbacks(made)
        yield [Figure("milliseconds", lambda: _callbacks(made), bare)]


def _job(queue: object) -> float:
    began = time.perf_counter()
    no_op.done(queue.enqueue(no_op.job, result_ttl=500), queue)  # type: ignore[attr-defined, arg-type]
    return (time.perf_counter() - began) * 1000


def _callbacks(made: Stage) -> float:
    with socket.create_server(("127.0.0.1", 0)) as receiver, requests.Session() as session:
        key = made.keys(TIMES)[0]
        url = f"http://127.0.0.1:{receiver.getsockname()[1]}/hook"
        return median(_one(made, session, receiver, key, url) for _ in range(TIMES))


def _one(made: Stage, session: requests.Session, receiver: socket.socket, key: str, url: str) -> float:
    body = {"input": {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about time"}, "callback_url": url}
    path = f"http://127.0.0.1:{made.port}/v1/actions/generor.generators.generate"
    answer = session.post(path, json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    began = time.perf_counter()
    assert answer.status_code == 202, answer.text
    connection, _ = receiver.accept()
    with connection:
        head, _, rest = _read(connection).partition(b"\r\n\r\n")
        took = (time.perf_counter() - began) * 1000
        assert json.loads(rest)["data"]["id"] == answer.json()["id"], head
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    return took


def _read(connection: socket.socket) -> bytes:
    data = b""
    while True:
        data += connection.recv(65536)
        head, blank, body = data.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if blank and len(body) >= int(length or 0):
            return data
