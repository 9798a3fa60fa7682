"""Failures of the database, worded for an operator: what it said, and what mends it."""

from sqlalchemy.exc import DBAPIError

from service.config.process import PROGRAM

OF_SQLITE = (
    (
        ("disk is full",),
        "Free some space at GENHOOK_DATA_DIR (or the folder in DATABASE_URL); RETENTION_DAYS keeps it free.",
    ),
    (
        ("readonly", "unable to open", "disk I/O"),
        "Let this user write to GENHOOK_DATA_DIR (or the folder in DATABASE_URL), and free some space there.",
    ),
    (
        ("not a database", "malformed"),
        f"Restore a backup (`{PROGRAM} restore`) into an empty GENHOOK_DATA_DIR.",
    ),
    (("locked",), "End the program that holds it, and try again."),
)
UNREACHED = "Start the database, or correct DATABASE_URL: its host, port, name, user and password."
UNKNOWN = f"Run `{PROGRAM} doctor`, which says what is wrong."


def explain(error: DBAPIError) -> tuple[str, str]:
    """Return what the database said, in one line, and what to do about it."""
    said = " ".join(str(error.orig).split()).rstrip(".?")
    if not type(error.orig).__module__.startswith("sqlite3"):
        return said, UNREACHED if error.connection_invalidated or "connection" in said else UNKNOWN
    found = (mend for words, mend in OF_SQLITE if any(word in said for word in words))
    return said, next(found, UNKNOWN)
