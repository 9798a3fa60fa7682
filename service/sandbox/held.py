"""A schema as items are held to it, read once for all the texts that have it: a generator's is the same every time."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from service.definitions.caller_schemas import NEVER, Checker, Schema, least_sizes

# Schemas that are kept, and how long each may be as JSON: what is known of one takes some twenty times as much.
KEPT, LONGEST = 32, 16_384


class Held:
    """One schema that was checked before, with what holds values to it and to its parts."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Read it whole."""
        self.schema = schema
        self.checker = Checker(schema)
        self._sizes = least_sizes(schema)
        self._checkers: dict[int, Checker] = {}

    def size(self, part: Schema) -> float:
        """Return the fewest bytes that a value of a part of it can have, NEVER where none fits."""
        return self._sizes.get(id(part), 1 if part is not False else NEVER)

    def checker_of(self, part: Schema) -> Checker:
        """Return what holds values to a part; one that was put together just now is not kept."""
        if id(part) not in self._sizes:
            return Checker(self.schema, part)
        known = self._checkers.get(id(part))
        if known is None:
            known = self._checkers[id(part)] = Checker(self.schema, part)
        return known


def held_to(schema: Mapping[str, Any]) -> Held:
    """Return what is known of a schema."""
    try:
        written = orjson.dumps(schema)
    except TypeError:
        return Held(schema)
    return _kept(written) if len(written) <= LONGEST else Held(schema)


@lru_cache(KEPT)
def _kept(written: bytes) -> Held:
    return Held(orjson.loads(written))
