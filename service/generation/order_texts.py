"""The long texts of a stored order, kept as places in the run's input, which has them already.

A chat may hold megabytes; so they are stored once. An order's own texts, such as what was joined from several, stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

# Below this an order is stored as it is: nearly all are, and to look would cost more than it saves.
SMALLEST_ORDER = 16_000
LONG_TEXT = 1_000
# Where orders repeat their input: a model's parameters, and what a hosted run sends.
PARTS = (("task", "params"), ("facts", "input"))
DEEPEST = 16
Path = tuple[str | int, ...]


def take_out(text: bytes, given: Mapping[str, Any], version: int) -> bytes:
    """Return the stored order without the long texts that `given` has; of `version` then, with their places.

    `texts` lists pairs of paths: where a text stands in the order, and where in the input.
    """
    places = {value: path for path, value in _long_texts(given)}
    stored = orjson.loads(text)
    moved = []
    for part in PARTS:
        for path, value in _long_texts(_at(stored, part, {}), part):
            if value in places:
                moved.append((path, places[value]))
    for path, _ in moved:
        _at(stored, path[:-1])[path[-1]] = None
    return orjson.dumps(stored | {"version": version, "texts": moved}) if moved else text


def put_back(stored: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Put the texts that were taken out back into a stored order."""
    for path, source in stored["texts"]:
        _at(stored, path[:-1])[path[-1]] = _at(given, source)


def _long_texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every long text inside, with its path; what is nested deeper than any text of a chat is passed over."""
    if isinstance(value, str):
        if len(value) >= LONG_TEXT:
            yield path, value
    elif len(path) < DEEPEST:
        members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        for name, member in members:
            yield from _long_texts(member, (*path, name))


def _at(value: Any, path: Sequence[str | int], otherwise: Any = None) -> Any:
    """The member at a path; `otherwise` where there is none and something else is wanted then."""
    for name in path:
        if otherwise is not None and name not in value:
            return otherwise
        value = value[name]
    return value
