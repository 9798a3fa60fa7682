"""The submission of an action, whichever door it came through."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from service.accounts.keys import Caller
from service.definitions import LOCAL, Action
from service.store.search import folded

EVENTS = ("run.started", "run.progress", "run.completed", "run.failed", "run.canceled")
FINAL_EVENTS = EVENTS[2:]


@dataclass(frozen=True)
class Submission:
    """One accepted-to-be action: validated `input`, and where and under which conditions its result goes.

    `callback_headers` are sealed, see `delivery.headers`. `waits_its_turn` is False at the REST doors, where an API's
    parallel limit answers 429. `input_at` is where the input stands in what the caller sent ("/input" on `/v1`), so
    that errors point there. `stored_input` is the input with files in place of the media that it held, where it held
    some.
    """

    action: Action
    caller: Caller
    input: Mapping[str, Any]
    connection: str = LOCAL
    callback_url: str | None = None
    callback_headers: str | None = None
    events: tuple[str, ...] = FINAL_EVENTS
    metadata: Mapping[str, Any] | None = None
    group: str | None = None
    max_credits: int | None = None
    idempotency_key: str | None = None
    waits_its_turn: bool = True
    input_at: str = ""
    stored_input: Mapping[str, Any] | None = None

    @cached_property
    def digest(self) -> str:
        """The digest of what an idempotency key stands for: action, input, connection and max_credits."""
        asked = [self.action.id, self.input, self.connection, self.max_credits]
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def metadata_words(self) -> str | None:
        """The folded words of the metadata, by which a run is found; None where there is none."""
        return None if self.metadata is None else folded(" ".join(_texts(self.metadata)))


def _texts(value: Any) -> Iterator[str]:
    """The names and values inside, as texts."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield name
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
    elif value is not None:
        yield str(value)


def pointer_to(values: Any, wanted: str) -> str:
    """Find the JSON pointer of the first member that is `wanted`, at any depth; "" where none is."""
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(values, Mapping):
        inside = values.items()
    elif isinstance(values, list | tuple):
        inside = enumerate(values)
    for name, value in inside:
        found = f"/{name}" if value == wanted else (deeper := pointer_to(value, wanted)) and f"/{name}{deeper}"
        if found:
            return found
    return ""
