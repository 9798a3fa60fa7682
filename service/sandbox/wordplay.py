"""Facts about any word: its letters, its sound, its worth in tiles.

Modifiers of the grammar format that count; numbers are given as digits, words as they are.
"""

import re
from collections.abc import Callable

from service.sandbox.words import ENGLISH

_TILES = {1: "aeilnorstu", 2: "dg", 3: "bcmp", 4: "fhvwy", 5: "k", 8: "jx", 10: "qz"}
_WORTH = {letter: points for points, letters in _TILES.items() for letter in letters}
_MORSE: dict[str, str] = ENGLISH["morse"]
_HIATUS = re.compile(r"(?<![tscg])i[ao]|eo(?![up])|(?<!r)ie(?=n|t$)|oe(?=[tmn])|eu(?=m)|(?<=[drn])ea$")
_SILENT = re.compile(r"[^aeiouyl]e$|[aeiouy]le$|[^aeiouysxzcgh]es$|[^aeioutd]ed$")


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def syllables(text: str) -> int:
    """Spoken syllables by the usual English spelling rules; at least one a word."""
    return sum(_word_syllables(word) for word in re.findall(r"[a-z]+", re.sub(r"['’]", "", text.lower()))) or 1


def _word_syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word)) + len(_HIATUS.findall(word))
    return max(groups - len(_SILENT.findall(word)), 1)


def backwards(text: str) -> str:
    """The words spelled from the end."""
    return text[::-1]


def scrabble(text: str) -> str:
    """The sum of the letters' worth in English letter tiles, before bonuses."""
    return str(sum(_WORTH[letter] for letter in _letters(text)))


def morse(text: str) -> str:
    """The letters in Morse code, parted by spaces."""
    return " ".join(_MORSE[letter] for letter in _letters(text))


def scrambled(text: str) -> str:
    """An anagram without meaning: the letters in turn from both ends, towards the middle."""
    letters = _letters(text)
    return "".join(a + b for a, b in zip(letters, reversed(letters), strict=True))[: len(letters)]


COUNTS: dict[str, Callable[[str], str]] = {
    "letters": lambda text: str(len(_letters(text))),
    "vowels": lambda text: str(len(re.findall(r"[aeiou]", _letters(text)))),
    "syllables": lambda text: str(syllables(text)),
    "different": lambda text: str(len(set(_letters(text)))),
    "scrabble": scrabble,
    "morse": morse,
    "backwards": backwards,
    "scrambled": scrambled,
    "initial": lambda text: text[:1].upper(),
    "last": lambda text: _letters(text)[-1:].upper(),
    "more": lambda number: str(int(number or 0) + 1),
    "fewer": lambda number: str(max(int(number or 0) - 1, 0)),
}
