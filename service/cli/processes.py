"""`up`, and the processes it starts; each also runs alone, under any other supervisor, as the Procfile's lines."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import requests
import structlog

from service.cli.root import answer, desk, json_option, settings
from service.config import LANES, Settings, short_secret_keys
from service.config.data_dir import make_data_dir
from service.store.migrate import wait_until_migrated
from service.store.private_files import tighten

log = structlog.get_logger("process")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="In place of PORT.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="In place of GENHOOK_DATA_DIR.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
def up(port: int | None, data_dir: Path | None, workers: int) -> None:
    """Start everything, and keep it running until told to stop."""
    from service.processes.supervisor import up as start

    known = settings(PORT=port, GENHOOK_DATA_DIR=data_dir)
    prepare(known)
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


@click.command()
@click.option("--recount", is_flag=True, help="Also count every list anew, where `doctor` finds a count wrong.")
@json_option
def migrate(recount: bool, as_json: bool) -> None:
    """Bring the database to this version, then end.

    Safe to run twice, and by several machines at once.
    """
    from service.store.migrate import head, recount_lists, wait_until_reached
    from service.store.migrate import migrate as bring

    known = settings()
    wait_until_reached(known.database)
    bring(known.database)
    if recount:
        recount_lists(known.database)
    answer({"revision": head()}, as_json, f"The database is at revision {head()}.")


@click.command()
@json_option
def console(as_json: bool) -> None:
    """Print a new link that opens the console as the owner: good once, for a day."""
    from service.processes.supervisor.first_start import new_link

    opened = desk()
    link = new_link(opened.settings, opened.database, opened.vault)
    answer({"console": link}, as_json, link)


@click.command()
@json_option
def healthy(as_json: bool) -> None:
    """End with 0 where this container's process is well: the health check of the image.

    A process without HTTP is well while it runs; the sweeper judges its heartbeat.
    """
    from service.config.process import first_process

    if {"web", "up"} & set(first_process()):
        _check_web()
    answer({"status": "ok"}, as_json)


def _check_web() -> None:
    from service.maintenance.doctor import own_url

    url = f"{own_url(settings())}/healthz"
    try:
        well = requests.get(url, timeout=4).ok
    except requests.RequestException as error:
        raise click.ClickException(f"{url} does not answer: {error}") from None
    if not well:
        raise click.ClickException(f"{url} is not well.")


def run(name: str, process: Callable[[Settings], Any]) -> None:
    """Run one process until told to stop; an error that ends it is in its log, and told in one line.

    It starts once somebody has migrated the database.
    """
    # As the first process of a container it would be told to stop in vain; each process has its own handlers later.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    known = settings()
    prepare(known)
    wait_until_migrated(known.database)
    try:
        process(known)
    except Exception:
        log.exception("ended by an error", process=name)
        raise


def prepare(known: Settings) -> None:
    """Make the data dir, keep what earlier versions made private, and warn of secrets that are too short."""
    make_data_dir(known.data_dir)
    tighten(known.data_dir)
    if short := short_secret_keys(known):
        log.warning(
            "old entries of GENHOOK_SECRET_KEY are too short, finish their rotation with `secrets rewrap`",
            entries=short,
        )
