"""Why an `up` does not start."""


class StartRefused(RuntimeError):
    """Something is in the way; the message says what, and what to do."""
