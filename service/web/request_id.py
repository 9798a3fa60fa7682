"""`X-Request-Id`: the caller's own on every answer, or a new one."""

import uuid

HEADER = "X-Request-Id"
LONGEST = 128


def request_id(told: str | None) -> str:
    """The caller's, where it is 1 to 128 printable ASCII characters; else a new one."""
    if told is not None and 1 <= len(told) <= LONGEST and told.isascii() and told.isprintable():
        return told
    return uuid.uuid4().hex


def new_request_id() -> str:
    """One that nothing else has."""
    return uuid.uuid4().hex
