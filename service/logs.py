"""Logs: one line an event, on stderr; JSON where nobody watches."""

import logging
import sys
import time
from typing import Any

import structlog

# An outage that lasts is told again this often.
AGAIN_S = 60.0


def configure() -> None:
    """Set up this process's logs, once: on stderr, as stdout holds what a command answers."""
    if structlog.is_configured():
        return
    watched = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _one_line,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if watched else [structlog.processors.format_exc_info]),
            _console() if watched else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class Outage:
    """Log that something is away once, then every minute, and that it is back: it is asked for many times a second."""

    def __init__(self, log: Any, away: str, back: str) -> None:
        """`away` and `back` are the events in `log`."""
        self._log, self._away, self._back = log, away, back
        self._since: float | None = None
        self._told = 0.0

    def lasts(self, **facts: Any) -> None:
        """Note that it could not be reached."""
        now = time.monotonic()
        if self._since is not None and now - self._told < AGAIN_S:
            return
        self._since, self._told = now if self._since is None else self._since, now
        self._log.warning(self._away, for_s=round(now - self._since), **facts)

    def over(self) -> None:
        """Note that it was reached."""
        if self._since is not None:
            self._log.info(self._back, away_s=round(time.monotonic() - self._since))
            self._since = None


def _one_line(_logger: Any, _method: str, event: Any) -> Any:
    """Keep of an error what its first line says: SQLAlchemy adds the statement, and where to read about it."""
    if isinstance(error := event.get("error"), str):
        event["error"] = error.partition("\n")[0]
    return event


def _console() -> structlog.dev.ConsoleRenderer:
    # Plain: the richer ones print every local of every frame, keys among them.
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
