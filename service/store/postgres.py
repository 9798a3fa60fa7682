"""Connections to PostgreSQL: how long a silent server is waited for, and which kept ones are asked before their use."""

import select
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError

from service.store import trips

# A server that vanishes without a word (a machine that is cut off) fails a statement instead of holding it for ever.
PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# The server gives up a machine that was cut off too, and what it had locked. Said once connected, since PgBouncer takes
# none of it at the start.
SESSION = (
    "SET idle_in_transaction_session_timeout = 20000; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; "
    "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 20000"
)
# A connection that was used so lately is not asked whether it still stands, which would take a trip to the server.
FRESH_S = 1.0
USED = "used"


def engine(url: str) -> Engine:
    """Make the engine of one process. A connection that has ended meanwhile is replaced before it is used."""
    place, given = arguments(url)
    made = create_engine(
        place, pool_size=8, max_overflow=24, hide_parameters=True, connect_args={**given, "autocommit": True}
    )

    @event.listens_for(made, "connect")
    def _prepare(connection: Any, record: Any) -> None:
        connection.execute(SESSION)
        record.info[USED] = time.monotonic()

    @event.listens_for(made, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info[USED] = time.monotonic()

    @event.listens_for(made, "checkout")
    def _check(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info[USED] < FRESH_S and not _has_something_to_say(connection):
            return
        try:
            made.dialect.do_ping(connection)
        except made.dialect.loaded_dbapi.Error as error:
            # Those that were opened before are gone with it: the server was started again.
            raise InvalidatePoolError from error

    @event.listens_for(made, "before_cursor_execute")
    def _send_what_was_put_off(db: Connection, *_: Any) -> None:
        if db.info.get(trips.PUT_OFF):
            trips.ask(db, ())

    return made


def arguments(url: str) -> tuple[URL, dict[str, Any]]:
    """Split the driver's own argument off the URL, where it would stay text.

    `prepare_threshold` is how often a statement is sent before it is prepared; 0 prepares none, as PgBouncer's
    transaction mode needs it.
    """
    place = make_url(url)
    told = place.query.get("prepare_threshold")
    given: dict[str, Any] = dict(PATIENCE)
    if told is not None:
        given["prepare_threshold"] = int(str(told)) or None
    return place.difference_update_query(["prepare_threshold"]), given


def _has_something_to_say(connection: Any) -> bool:
    """Tell whether the server sent something, or closed the connection, while nobody asked it anything."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
