"""Serving the application with granian: processes that share the port, threads that may wait."""

from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from service.config import Settings, load
from service.system.parent_death_signal import die_with_parent
from service.web.app import create_app

log = structlog.get_logger("web")


def serve(settings: Settings) -> None:
    """Serve until told to stop, finishing the requests in hand."""
    Granian(
        "service.web.server:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=settings.web_threads,
        backpressure=settings.web_threads * 2,
        factory=True,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
    ).serve()


def application() -> Callable[..., Any]:
    """The application of one web process, which dies with the process that started it."""
    die_with_parent()
    app: Flask = create_app(load())
    return app.wsgi_app
