"""Finds the subject of a title and a prompt: the scene, light, finish, badge and sticker that their words call for."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

ABSTRACT = ("burst", "facets", "ribbons")
MONEY = re.compile("[$€£¥₹₿]")
WORD = re.compile(r"[^\W_]+(?:[-&][^\W_]+)*")


@lru_cache(1)
def vocabulary() -> Mapping[str, Any]:
    """The word families of `subjects.json`."""
    data: Mapping[str, Any] = json.loads(Path(__file__).with_name("subjects.json").read_text("utf-8"))
    return data


@lru_cache(64)
def details(name: str) -> frozenset[str]:
    """The words that call for one variant or detail of a scene."""
    return frozenset(vocabulary()["details"][name])


def words_of(text: str) -> frozenset[str]:
    """The words of a text in lower case, each also without its plural ending."""
    found = WORD.findall(MONEY.sub(" dollar ", text).casefold())
    return frozenset(found) | {word[:-1] for word in found if len(word) > 3 and word.endswith("s")}


def scene_for(title: str, prompt: str, rng: Random) -> str:
    """The scene whose family most words belong to, the prompt's words and the title's alike; else an abstract one."""
    order = [*WORD.findall(title.casefold()), *WORD.findall(prompt.casefold())]
    both = words_of(f"{title} {prompt}")
    text = f"{title} {prompt}".casefold()
    scores = {
        str(name): len(both.intersection(family)) + sum(stem in text for stem in vocabulary()["stems"].get(name, ()))
        for name, family in vocabulary()["scenes"].items()
    }
    best = max(scores.values())
    if best == 0:
        return rng.choice(ABSTRACT)
    tied = [name for name, score in scores.items() if score == best]
    return min(tied, key=lambda name: _first(order, frozenset(vocabulary()["scenes"][name])))


def _first(order: list[str], family: frozenset[str]) -> int:
    """Return where the family is first spoken of."""
    places = (place for place, word in enumerate(order) if word in family or word.removesuffix("s") in family)
    return next(places, len(order))


def finish_for(words: frozenset[str]) -> str | None:
    """The finish that the words ask for by name."""
    families = vocabulary()["finishes"].items()
    return next((name for name, family in families if words.intersection(family)), None)


def sticker_for(scene: str) -> str | None:
    """The sticker that goes with a scene."""
    sticker: str | None = vocabulary()["stickers"].get(scene)
    return sticker


def badge_for(title: str) -> str | None:
    """A kicker for an English title, none where the title already says it."""
    words = words_of(title)
    for word, badge in vocabulary()["badges"].items():
        if word in words and not words_of(badge) & words:
            return str(badge)
    return None
