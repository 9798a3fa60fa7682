"""Accepts a second, everything that a 202 promises included, against a bare Flask route under gunicorn."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.jokes import JOKE, submissions
from benchmarks.load import rate, request
from benchmarks.stage import ROOT, Stage, free_port, stage, wait_for

WHAT = "accepts a second of /v1/actions, against a bare Flask JSON route, gunicorn gthread with 2 processes"
REQUESTS = 1200


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Compare the rates of accepts alone: no worker runs."""
    with stage(fresh(), "web") as made, served("benchmarks.bare_flask:app") as port:
        _accepts(made)
        bare = [request("/", orjson.dumps(JOKE))] * REQUESTS
        yield [Figure("accepts a second", lambda: _accepts(made), lambda: rate(port, bare))]


def _accepts(made: Stage) -> float:
    return rate(made.port, submissions(made, REQUESTS))


@contextmanager
def served(application: str, python: str = sys.executable, **environment: str) -> Iterator[int]:
    """Serve a Flask application by gunicorn, gthread with 2 processes; the port."""
    port = free_port()
    command = [python, "-m", "gunicorn", "--no-control-socket", "-w", "2", "-k", "gthread", "--threads", "16"]
    command += ["-b", f"127.0.0.1:{port}", "--keep-alive", "60", "--log-level", "critical", application]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        wait_for(port, "/")
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)
