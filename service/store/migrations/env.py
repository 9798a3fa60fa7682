"""Alembic's environment: it runs on the connection that `service.store.migrate` hands it, in that transaction.

Called by Alembic's own command line it makes a connection from the settings: that is how a revision is written.
"""

from alembic import context
from sqlalchemy import Connection

from service.config import load
from service.store.database import Database
from service.store.migrate import compared
from service.store.tables import metadata


def run(db: Connection) -> None:
    """Run the revisions asked for on `db`."""
    # SQLite alters a table by copying it, which is what batch mode writes.
    context.configure(
        connection=db,
        target_metadata=metadata,
        render_as_batch=True,
        compare_server_default=True,
        include_name=compared,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    Database(load().database).write(run)
