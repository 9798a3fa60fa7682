"""Texts that match a regular expression: the parsed expression is walked, with few repeats, and never searched.

Python's own parser reads the expression; libraries that do this (rstr, exrex) can't bound what nested repeats grow to.
"""

import random
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable
from typing import Any

from service.errors import RefusedByProvider

MOST_CHARACTERS = 20_000
SPARE_REPEATS = 3
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CLASSES = {
    sre.CATEGORY_DIGIT: "0123456789",
    sre.CATEGORY_WORD: LETTERS,
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_DIGIT: LETTERS,
    sre.CATEGORY_NOT_WORD: " -",
    sre.CATEGORY_NOT_SPACE: LETTERS,
}


class Lettered:
    """Writes texts for patterns."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._left = 0
        self._repeats = SPARE_REPEATS

    def text(self, pattern: str, least: int = 0) -> str:
        """Return a text that `pattern` matches, of `least` characters where repeats allow it.

        Raises RefusedByProvider where the embedded engine can't read the pattern.
        """
        self._left, self._repeats = MOST_CHARACTERS, max(SPARE_REPEATS, least)
        try:
            return "".join(self._written(parser.parse(pattern.replace("(?<", "(?P<"))))
        except (re.error, OverflowError, RecursionError, KeyError, IndexError):
            raise RefusedByProvider(
                f"The embedded engine can't write what matches the pattern {pattern[:100]}."
            ) from None

    def _written(self, parts: Iterable[Any]) -> list[str]:
        text: list[str] = []
        for kind, value in parts:
            text += self._part(kind, value)
        return text

    def _part(self, kind: Any, value: Any) -> list[str]:
        if kind is sre.LITERAL:
            return [self._spend(chr(value))]
        if kind is sre.NOT_LITERAL:
            return [self._spend("a" if chr(value) != "a" else "b")]
        if kind is sre.ANY:
            return [self._spend(self._rng.choice(LETTERS))]
        if kind is sre.IN:
            return [self._spend(self._one_of(value))]
        if kind is sre.BRANCH:
            return self._written(self._rng.choice(value[1]))
        if kind is sre.SUBPATTERN:
            return self._written(value[3])
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, inner = value
            return [
                text
                for _ in range(self._count(int(least), int(most)))
                for text in (self._spend(""), *self._written(inner))
            ]
        if kind is sre.AT:
            return []
        raise KeyError(kind)

    def _count(self, least: int, most: int) -> int:
        return self._rng.randint(least, min(most, max(least, self._repeats)))

    def _one_of(self, choices: list[Any]) -> str:
        if choices[0][0] is sre.NEGATE:
            taken = {text for one in choices[1:] for text in self._members(one)}
            return next(letter for letter in LETTERS + "0123456789-_ .é" if letter not in taken)
        return self._rng.choice(self._members(self._rng.choice(choices)))

    def _members(self, choice: tuple[Any, Any]) -> str:
        kind, value = choice
        if kind is sre.LITERAL:
            return chr(value)
        if kind is sre.RANGE:
            return "".join(map(chr, range(value[0], min(value[1], value[0] + 127) + 1)))
        return CLASSES[value]

    def _spend(self, text: str) -> str:
        self._left -= 1
        if self._left < 0:
            raise OverflowError
        return text
