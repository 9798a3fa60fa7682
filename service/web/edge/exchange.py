"""One request and its answer, as the connection and the application share it."""

from dataclasses import dataclass, field
from typing import Any, cast

KEY = "genhook.exchange"


@dataclass(slots=True)
class Written:
    """Bytes of answers that were handed to a connection, those in its buffer included."""

    amount: int = 0


@dataclass(slots=True)
class Exchange:
    """`stalled` once the body came too slowly, `gone` once the caller has left."""

    written: Written = field(default_factory=Written)
    stalled: bool = False
    gone: bool = False


def of(scope: Any) -> Exchange:
    """The exchange of an ASGI scope; one of its own where the server made none."""
    return cast(Exchange, scope.setdefault(KEY, Exchange()))
