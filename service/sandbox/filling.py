"""Makes an item hold to a JSON Schema: keeps what fits, makes up what lacks.

The schema was checked before (`service.definitions.caller_schemas`): it is finite, and refers to nothing but itself.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from service.errors import RefusedByProvider
from service.sandbox.held import held_to
from service.sandbox.samples import Samples
from service.sandbox.topic import sentences

TRIES = 5


class Filling:
    """Fits items to one schema; `text` writes a paragraph to fill strings from."""

    def __init__(self, schema: Mapping[str, Any] | None, text: Callable[[], str], rng: random.Random) -> None:
        self._held = held_to(schema or {})
        self._text, self._spare = text, list[str]()
        self._samples = Samples(self._held, self._sentence, rng)

    def fit(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields the schema knows, each valid. Raises RefusedByProvider where none is found that fits."""
        if not self._held.schema:
            return fields
        fault: str | None = None
        for _ in range(TRIES):
            fitted = self._made(fields)
            fault = self._held.checker.fault(fitted) if isinstance(fitted, dict) else ": it is no object"
            if fault is None:
                return dict(fitted)
        raise RefusedByProvider(f"The embedded engine can't hold to this schema{str(fault)[:200]}")

    def _made(self, fields: dict[str, Any]) -> Any:
        try:
            return self._samples.make(fields)
        except (ArithmeticError, RecursionError, ValueError):
            # Numbers beyond all floats, or values deeper than can be made.
            raise RefusedByProvider("The embedded engine can't hold to this schema.") from None

    def _sentence(self) -> str:
        if not self._spare:
            self._spare = sentences(self._text())[::-1]
        return self._spare.pop()
