"""Reads from a prompt the music that it wants: a genre, a mood, a key, a tempo, instruments."""

import json
import random
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

KEYS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
SLOWEST, FASTEST = 48.0, 190.0
_WORD = re.compile(r"[\w&-]+")
_TEMPO = re.compile(r"\b(\d{2,3})\s{0,2}bpm\b")
_KEY = re.compile(r"\bin ([a-g])[ -]?(sharp|flat|#)? ?(major|minor)\b")
_NEGATED = re.compile(r"\b(?:no|without)\s+\w+")


@dataclass(frozen=True, slots=True)
class SongStyle:
    """The style of a piece: `genre` is the row of styles.json, `root` the key's semitone over C, `ending` one of
    fade, sting and loop."""

    name: str
    genre: dict[str, Any]
    bpm: float
    root: int
    mode: str
    lead: str
    pad: str
    ending: str


@lru_cache(maxsize=1)
def known() -> dict[str, Any]:
    """styles.json."""
    return dict(json.loads(Path(__file__).with_name("styles.json").read_text("utf-8")))


def style_of(prompt: str, chance: random.Random) -> SongStyle:
    """Reads the prompt; what it leaves open is dealt by chance within what the genre allows."""
    text = _NEGATED.sub(" ", prompt.lower())
    words = _WORD.findall(text)
    words += [part for word in words if "-" in word for part in word.split("-")]
    moods = [known()["moods"][word] for word in words if word in known()["moods"]]
    name = _genre(words, text) or next((mood["genre"] for mood in moods if "genre" in mood), "pop")
    genre = known()["genres"][name]
    bpm = chance.uniform(*genre["bpm"])
    for mood in moods[:2]:
        bpm *= mood.get("bpm", 1.0)
    said, key = _TEMPO.search(text), _KEY.search(text)
    mode = next((mood["mode"] for mood in moods if "mode" in mood), None)
    root = chance.randrange(12)
    if key:
        root, mode = (KEYS[key[1]] + {"sharp": 1, "#": 1, "flat": -1}.get(key[2] or "", 0)) % 12, key[3]
    leads = [known()["leads"][word] for word in words if word in known()["leads"]]
    return SongStyle(
        name=name,
        genre=genre,
        bpm=min(max(float(said[1]) if said else bpm, SLOWEST), FASTEST),
        root=root,
        mode=mode or chance.choice(genre["modes"]),
        lead=leads[0] if leads else genre["lead"],
        pad="choir" if "choir" in words else genre["pad"],
        ending="loop" if "loop" in words or "loops" in words else "sting" if "sting" in words else "fade",
    )


def _genre(words: list[str], text: str) -> str | None:
    """The genre most words speak for; the first named where they are even."""
    named = {name: set(genre["words"].split()) for name, genre in known()["genres"].items()}
    votes = {name: sum(word in own for word in dict.fromkeys(words)) for name, own in named.items()}
    if "lo fi" in text:
        votes["lofi"] += 2
    for name in votes:
        votes[name] += 2 * (name in words)
    first = {
        name: next((at for at, word in enumerate(words) if word in own), len(words)) for name, own in named.items()
    }
    best = max(votes, key=lambda name: (votes[name], -first[name]))
    return best if votes[best] else None
