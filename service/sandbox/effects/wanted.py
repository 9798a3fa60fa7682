"""Reads from a prompt which families of sounds it wants, how shaded, in which space, and how long."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.sandbox.effects.shade import Shade

MOST_LAYERS = 3
_WORD = re.compile(r"[a-z0-9é]+")
_NEGATED = re.compile(r"\b(?:no|without)\s+\w+")


@dataclass(frozen=True, slots=True)
class WantedSound:
    """The families by name, loudest first (none where no word is known); a room as (seconds, wet, top) or none; the
    frequency over which walls or water swallow everything; and the level, in dB over the usual."""

    families: tuple[str, ...]
    shade: Shade
    room: tuple[float, float, float] | None
    muffled: float | None
    gain: float


@lru_cache(maxsize=1)
def known() -> dict[str, Any]:
    """families.json."""
    return dict(json.loads(Path(__file__).with_name("families.json").read_text("utf-8")))


@lru_cache(maxsize=1)
def _meanings() -> dict[str, str]:
    return {word: name for name, family in known()["families"].items() for word in family["words"].split()}


def wanted(prompt: str) -> WantedSound:
    """Reads the prompt."""
    text = _NEGATED.sub(" ", prompt.lower())
    usual = [family for phrase, family in known()["kinds"].items() if phrase in text]
    for phrase in known()["kinds"]:
        text = text.replace(phrase, " ")
    room = next((tuple(space) for phrase, space in known()["spaces"].items() if phrase in text), None)
    muffled = next((float(top) for phrase, top in known()["muffled"].items() if phrase in text), None)
    for place in known()["places"]:
        text = text.replace(place, " ")
    shade = _shade(_WORD.findall(text))
    gain = 4.0 if shade.force > 1.4 else -7.0 if shade.force < 0.7 else 0.0
    families = _families(text) or tuple(usual)
    return WantedSound(families, shade, room, muffled, gain)


def _families(text: str) -> tuple[str, ...]:
    """The families in the order the prompt names them; a phrase goes before the words it is made of."""
    found: list[tuple[int, str]] = []
    for phrase, name in known()["phrases"].items():
        at = text.find(phrase)
        if at >= 0:
            found.append((at, name))
            text = text.replace(phrase, " " * len(phrase))
    for match in _WORD.finditer(text):
        forms = _forms(match.group())
        several = next((known()["together"][form] for form in forms if form in known()["together"]), None)
        one = next((_meanings()[form] for form in forms if form in _meanings()), None)
        found += [(match.start(), name) for name in several or ([one] if one else [])]
    names = dict.fromkeys(name for _, name in sorted(found, key=lambda pair: pair[0]))
    return tuple(names)[:MOST_LAYERS]


def _forms(word: str) -> tuple[str, ...]:
    """The word as said and what it may be a form of: knocks, knocking, slammed, breathing."""
    forms = [word]
    for ending in ("s", "es", "ing", "ed", "ling", "er"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            forms += [stem, stem + "e"]
            if stem[-1] == stem[-2]:
                forms.append(stem[:-1])
    return tuple(forms)


def _shade(words: list[str]) -> Shade:
    shares = known()["shades"]
    factors: dict[str, float] = {}
    for side, meanings in shares.items():
        factors[side] = 1.0
        for word in dict.fromkeys(words):
            factors[side] *= meanings.get(word, 1.0)
    return Shade(
        pitch=min(max(factors["pitch"], 0.4), 2.5),
        pace=min(max(factors["pace"], 0.4), 2.5),
        force=min(max(factors["force"], 0.3), 2.5),
    )
