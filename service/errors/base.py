"""The one error type that every envelope is made from.

Who raises says what happened and whether trying again can help; the API's `api.json` (or problem details on `/v1`)
says how its clients are told. A class registers itself by its `code`, so that a run's stored error becomes that class
again (`of_code`), whichever face tells of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar


def pointer(*parts: object) -> str:
    """The JSON pointer through these members, each escaped: `pointer("a/b", 0)` is `/a~1b/0`. See RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


# What one refusal tells: so many faults, each so long, and no more than 64 KB in all.
MOST_FAULTS = 20
LONGEST_MESSAGE = 4_000
LONGEST_PART = 1_000


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what a caller sent: a JSON pointer into it, and what would be right."""

    pointer: str
    message: str


class ServiceError(Exception):
    """Something a caller is told. `details` are extra members of the answer; `retry_after` is in whole seconds.

    `status` and `permanent` are the kind's, unless another service that was asked has said otherwise.
    """

    status: int = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"
    permanent: bool = True

    def __init_subclass__(cls) -> None:
        """Register a class that has a code of its own. Raises TypeError where another class has that code."""
        super().__init_subclass__()
        code = vars(cls).get("code")
        if code is None:
            return
        if code in _by_code:
            raise TypeError(f"{cls.__name__} and {_by_code[code].__name__} have the same code {code}.")
        _by_code[code] = cls

    def __init__(
        self,
        message: str,
        *,
        errors: Sequence[Problem] = (),
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
        provider: dict[str, Any] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.message = _shortened(message, LONGEST_MESSAGE)
        self.errors = tuple(
            Problem(_shortened(each.pointer, LONGEST_PART), _shortened(each.message, LONGEST_PART))
            for each in islice(errors, MOST_FAULTS)
        )
        self.retry_after = retry_after
        self.headers = headers or {}
        self.provider = provider
        self.details = details


_by_code: dict[str, type[ServiceError]] = {}


def kinds() -> tuple[type[ServiceError], ...]:
    """List every class that has a code, by code."""
    return tuple(_by_code[code] for code in sorted(_by_code))


def of_code(code: str) -> type[ServiceError]:
    """Return the class that has this code; Internal where none has."""
    return _by_code.get(code, Internal)


class Internal(ServiceError):
    """A fault of the service itself."""
