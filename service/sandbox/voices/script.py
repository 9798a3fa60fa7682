"""Prepares what is read aloud: the caller's text without its markup, in sentences, and the language it is in."""

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

LONGEST = 240  # characters read in one breath; a longer sentence is parted at a comma or between words
LONGEST_ABBREVIATION = 8
JUDGED = 4000  # characters that a language is told by
ENGLISH = "en"
ENDS = ".!?…。!?।"
_TAG = re.compile(r"<[^<>]{1,400}>")
_LINK = re.compile(r"!?\[([^\[\]]{0,400})\]\([^()]{0,400}\)")
_CUE = re.compile(r"\[[^\[\]]{0,80}\]")
_ADDRESS = re.compile(r"https?://(?:www\.)?([^\s/]{1,200})\S{0,400}")
_LINE_MARK = re.compile(r"^[ \t]{0,8}(?:#{1,6}|>|[-*+•]|\d{1,3}[.)])[ \t]{1,8}", re.MULTILINE)
_INLINE_MARK = re.compile(r"[*_~`|\\^{}]{1,3}")


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    return dict(json.loads(Path(__file__).with_name("languages.json").read_text("utf-8")))


def spoken(text: str) -> str:
    """The words of a text: no tags, Markdown, stage directions or pictographs; a link is its label or its host."""
    text = _LINK.sub(r"\1", _TAG.sub(" ", text))
    text = _ADDRESS.sub(r"\1", _CUE.sub(" ", text))
    text = _INLINE_MARK.sub("", _LINE_MARK.sub("", text))
    text = "".join(letter for letter in text if unicodedata.category(letter) not in ("So", "Cn", "Co", "Cs", "Cf"))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(line for line in lines if any(letter.isalnum() for letter in line))


def sentences(text: str) -> Iterator[tuple[str, bool]]:
    """The sentences of a spoken text in order, each with whether its paragraph ends there."""
    for line in text.splitlines():
        parts = [breath for sentence in _parted(line) for breath in _breaths(sentence)]
        for index, part in enumerate(parts):
            yield part, index == len(parts) - 1


def _parted(line: str) -> Iterator[str]:
    """Cuts after the end of a sentence, but not after an initial, a title or inside a number."""
    start = 0
    for index, letter in enumerate(line):
        follows = line[index + 1 : index + 3].strip()
        ends = letter in ENDS and (index + 1 == len(line) or line[index + 1] in " \"'”’»)" or letter in "。!?")
        if ends and not (letter == "." and (follows[:1].islower() or _abbreviates(_word_before(line, start, index)))):
            yield line[start : index + 1].strip()
            start = index + 1
    if line[start:].strip(" \"'”’»)"):
        yield line[start:].strip()


def _word_before(line: str, start: int, index: int) -> str:
    """Return the word that ends at `index`, or the end of one that is too long to be an abbreviation."""
    return line[max(start, index - LONGEST_ABBREVIATION) : index + 1].rsplit(" ", 1)[-1]


def _abbreviates(word: str) -> bool:
    known = {"mr.", "mrs.", "ms.", "dr.", "st.", "prof.", "vs.", "e.g.", "i.e.", "z.b."}
    return word.lower() in known or (len(word) == 2 and word[0].isalpha())


def _breaths(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST:
        cut = max(sentence.rfind(mark, LONGEST // 3, LONGEST) for mark in (", ", "; ", ": ", ",", "、", "— "))
        cut = cut + 1 if cut > 0 else sentence.rfind(" ", 1, LONGEST)
        cut = cut if cut > 0 else LONGEST
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    if sentence:
        yield sentence


def language_of(text: str, asked: object = None) -> str:
    """The language's code: as asked for ("de", "de-AT", "German"), or else what the text looks like."""
    known = _known()
    named = str(asked or "").strip().lower()
    code = known["names"].get(named) or re.split("[-_]", named)[0]
    code = known["names"].get(code, code)
    return code if code in known["codes"] else _guessed(text)


def _guessed(text: str) -> str:
    """By its script where that tells, else by how many of each language's commonest words and own letters are in it."""
    known, lowered = _known(), text[:JUDGED].lower()
    letters = [letter for letter in lowered if letter.isalpha()]
    scores: dict[str, float] = {}
    for letter in letters:
        for first, last, code in known["scripts"]:
            if first <= letter <= last:
                scores[code] = scores.get(code, 0) + 1
    if "ja" in scores and scores.get("cmn", 0) < 20 * scores["ja"]:
        return "ja"  # kana are found in no other language; Han characters are found in both
    if sum(scores.values()) * 2 > len(letters):
        base = max(scores, key=lambda code: scores[code])
        variants = {"ru": "uk", "ar": "fa"}
        variant = variants.get(base)
        return variant if variant and any(letter in known["letters"][variant] for letter in letters) else base
    words = re.findall(r"\w+", lowered)
    common = {code: set(line.split()) for code, line in known["words"].items()}
    marks = {code: sum(letter in own for letter in letters) for code, own in known["letters"].items()}
    ranks = {code: sum(word in own for word in words) + 0.5 * marks.get(code, 0) for code, own in common.items()}
    best = max(ranks, key=lambda code: (ranks[code], code == ENGLISH))
    return best if ranks[best] > ranks[ENGLISH] else ENGLISH
