"""Programs of others beside the service: pipelines on Dramatiq, Celery and n8n, and LiteLLM's proxy."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.accept import served
from benchmarks.stage import ROOT
from tests.engines.programs import HERE as ENGINES
from tests.engines.programs import Program, litellm
from tests.n8n import nodes, tools
from tests.n8n.instance import N8n
from tests.support.installed import is_installed, python_with
from tests.support.valkey import Valkey

# Posts run in eight threads each, as the service's own run beside one another.
DRAMATIQ = ("dramatiq", "benchmarks.dramatiq_pipeline", "--processes", "1", "--threads", "8")
CELERY = ("celery", "-A", "benchmarks.celery_pipeline:tasks", "worker", "--pool", "threads", "--concurrency", "8")
QUIETLY = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "CRITICAL")


@contextmanager
def dramatiq() -> Iterator[int]:
    """Serve the pipeline on Dramatiq; its port."""
    with _pipeline(DRAMATIQ, "benchmarks.dramatiq_pipeline:app") as port:
        yield port


@contextmanager
def celery() -> Iterator[int]:
    """Serve the pipeline on Celery, in a venv of its own that is made the first time; its port."""
    python = str(python_with("bench", ROOT / "requirements-bench.txt"))
    with _pipeline((*CELERY, *QUIETLY), "benchmarks.celery_pipeline:app", python) as port:
        yield port


@contextmanager
def n8n() -> Iterator[tuple[int, str] | None]:
    """Serve n8n with a webhook that posts what it is sent: its port and path; None where none is installed.

    `make test-n8n` installs one.
    """
    if not tools.server_is_installed():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="genhook-n8n-") as folder, N8n(Path(folder), None) as made:
        begin, post = nodes.webhook(), nodes.post("={{ $json.body.url }}", "={{ $json.body }}")
        made.activate([begin, post]).call({"url": "http://127.0.0.1:9/"})
        yield made.port, f"/webhook/{begin['parameters']['path']}"


@contextmanager
def proxy() -> Iterator[Program | None]:
    """Serve LiteLLM's proxy with mock models; None where none is installed. `make test-engines` installs one."""
    if not is_installed("engines-litellm", ENGINES / "litellm.txt"):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="genhook-litellm-") as folder:
        made = litellm(Path(folder))
        try:
            yield made
        finally:
            made.close()


@contextmanager
def _pipeline(worker: tuple[str, ...], application: str, python: str = sys.executable) -> Iterator[int]:
    """A pipeline at work: its route under gunicorn, its jobs in one process."""
    redis = Valkey()
    environment = {"PIPELINE_REDIS": redis.url}
    workers = subprocess.Popen(
        [python, "-m", *worker],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with served(application, python, **environment) as port:
            yield port
    finally:
        workers.terminate()
        workers.wait(timeout=30)
        redis.close()
