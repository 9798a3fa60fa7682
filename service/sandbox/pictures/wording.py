"""A video's title as words to set: shortened to a headline, its emoji set aside, broken where it may be."""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from service.sandbox.pictures import fonts, subjects
from service.sandbox.pictures.fonts import Face
from service.sandbox.voices.script import language_of

LONGEST = 96
"""Characters of a title that a thumbnail still carries; the rest is what the title below it is for."""

BADGE_LONGEST = 14
EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b05-\u2b55\u231a-\u23ff\u20e3\ufe0f\u200d\U000e0020-\U000e007f]"
)
QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]{1,40})[\"“”«»]|(?<!\w)['‘]([^'’]{1,40})['’](?!\w)")
CLAUSE = re.compile(r"\s+[|•·–—-]\s+|[|:;.!?。！？]\s*")
# As YouTube's own answers hold them: a thumbnail's title is a video's.
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
# Of sounds there are no capitals.
PHONETIC = re.compile("[\u0250-\u02ff]")
TURKISH_ONLY, TURKISH_CAPITALS = "ıİğĞəƏ", str.maketrans("iı", "İI")
NO_LINE_START = frozenset("、。，．！？）」』】：；ー…ぁぃぅぇぉっゃゅょァィゥェォッャュョ々,.!?)")


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a title that is not broken over lines; `glued` to the one before it without a space."""

    text: str
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Headline:
    """The text of a thumbnail: the tokens of its title in the face they are set in, a badge, a sticker."""

    tokens: tuple[Token, ...]
    face: Face
    rtl: bool
    badge: str | None
    sticker: str | None

    @property
    def length(self) -> int:
        """Characters, spaces counted."""
        return sum(len(token.text) + (not token.glued) for token in self.tokens)


def headline(title: str, prompt: str, preferred: str, *, shout: bool = True) -> Headline:
    """The headline of a title; the first short quotation in the prompt becomes its badge."""
    sticker = emoji_sticker(title)
    decoded = ENTITY.sub(lambda entity: html.unescape(entity[0]), title)
    plain = " ".join(unicodedata.normalize("NFC", EMOJI.sub(" ", decoded)).split())
    face, text = fonts.face_for(plain, preferred)
    text = shortened(text)
    if shout and face.shouts and not PHONETIC.search(text) and fonts.covers(face, shouted := capitals(text)):
        text = shouted
    rtl = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    return Headline(tuple(tokens(text)), face, rtl, _badge(title, prompt), sticker)


def capitals(text: str) -> str:
    """Return the text in upper case: Greek without its accents as its capitals are written, Turkish with its dots."""
    upper = (text.translate(TURKISH_CAPITALS) if is_turkish(text) else text).upper()
    if not any("GREEK" in unicodedata.name(character, "") for character in upper):
        return upper
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", upper) if c != "\u0301"))


def is_turkish(text: str) -> bool:
    """Tell whether a title is in Turkish, or in a language with the same two letters i, as far as its words tell."""
    words = set(re.findall(r"\w+", text.lower()))
    return (
        any(letter in TURKISH_ONLY for letter in text) or bool(words & _turkish_words()) or (language_of(text) == "tr")
    )


@lru_cache(1)
def _turkish_words() -> frozenset[str]:
    """Frequent words with the letter i that no other language of Latin letters has."""
    return frozenset(Path(__file__).with_name("turkish.txt").read_text("utf-8").split())


def shortened(text: str) -> str:
    """At most `LONGEST` characters: the first whole clause if it says enough, else whole words and an ellipsis."""
    if len(text) <= LONGEST:
        return text
    for cut in CLAUSE.finditer(text):
        if 16 <= cut.start() <= LONGEST:
            return text[: cut.start()] + text[cut.start() : cut.start() + 1].strip(" |•·–—-:;.。")
    head = text[: LONGEST - 1]
    whole = head.rsplit(" ", 1)[0] if " " in head[LONGEST // 2 :] else head
    return whole.rstrip(" ,;:-–—") + "…"


def tokens(text: str) -> list[Token]:
    """The text's words; where a script writes none, every character that may begin a line."""
    found: list[Token] = []
    for word in text.split():
        for place, piece in enumerate(_pieces(word)):
            found.append(Token(piece, glued=place > 0))
    return found


def _pieces(word: str) -> list[str]:
    pieces: list[str] = []
    for character in word:
        joins = pieces and (character in NO_LINE_START or not (_ideographic(character) or _ideographic(pieces[-1][-1])))
        if joins:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _ideographic(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"


def emoji_sticker(title: str) -> str | None:
    """The sticker for the first emoji in the title that has one."""
    for character in title:
        if EMOJI.match(character):
            for name, family in subjects.vocabulary()["emoji"].items():
                if character in family:
                    return str(name)
    return None


def _badge(title: str, prompt: str) -> str | None:
    for match in QUOTED.finditer(prompt):
        quoted = " ".join((match[1] or match[2]).split())
        if len(quoted) <= BADGE_LONGEST and quoted.isascii() and quoted.casefold() not in title.casefold():
            return quoted.upper()
    return subjects.badge_for(title) if title.isascii() else None
