"""`up`, and the processes it starts; each also runs alone, under any other supervisor, as the Procfile's lines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import structlog

from service import logs
from service.cli.root import settings
from service.config import LANES, Settings
from service.system.private_files import tighten

log = structlog.get_logger("process")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="In place of PORT.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="In place of GENHOOK_DATA_DIR.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
def up(port: int | None, data_dir: Path | None, workers: int) -> None:
    """Start everything, and keep it running until told to stop."""
    from service.processes.supervisor import up as start

    logs.configure()
    known = settings(PORT=port, GENHOOK_DATA_DIR=data_dir)
    tighten(known.data_dir)
    start(known, workers, click.echo)


@click.command()
def web() -> None:
    """Serve HTTP."""

    def serve(known: Settings) -> None:
        from service.web.server import serve

        serve(known)

    run("web", serve)


@click.command()
@click.option("--lane", "lanes", type=click.Choice(LANES), multiple=True, help="Only these; all when left out.")
def worker(lanes: tuple[str, ...]) -> None:
    """Work queued runs."""

    def work(known: Settings) -> None:
        from service.processes.worker import run

        run(known, lanes or LANES)

    run("worker", work)


@click.command()
def sweeper() -> None:
    """Requeue the runs of dead workers, and delete what is past keeping."""

    def sweep(known: Settings) -> None:
        from service.processes.sweeper import run

        run(known)

    run("sweeper", sweep)


def run(name: str, process: Callable[[Settings], Any]) -> None:
    """Run one process until told to stop; what it could not stand is in its log, and told in one line."""
    logs.configure()
    known = settings()
    tighten(known.data_dir)
    try:
        process(known)
    except Exception:
        log.exception("ended by an error", process=name)
        raise
