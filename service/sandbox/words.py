"""English in the small: articles, plurals, agreement and the cases a template can ask of a word or phrase.

Every modifier of the grammar format (`#rule.modifier#`) is one function here: text in, text out.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

ENGLISH = json.loads((Path(__file__).parent / "english.json").read_text(encoding="utf-8"))
_MASS = frozenset(ENGLISH["mass"])
_SMALL = frozenset(ENGLISH["small"])
_IRREGULAR: dict[str, str] = ENGLISH["irregular_plurals"]

_SINGULAR_S = re.compile(r"(ss|us|is|ics|news|as)$", re.I)
_VOWEL_SOUND = re.compile(
    r"^(?:(?i:[ai]|e(?!u|we)|o(?!ne\b|nce\b)|u(?!ni(?!m|n)|sa|se|su|te|ti|to|ro|ra|k|bi|nanim)|hono|hones|hour|heir"
    r"|[fhlmnrsx]\b)|8|1[18]\b|[FHLMNRSX][A-Z])"
)
_PARTICULAR = re.compile(
    r"^(?:[\w-]+ ){0,2}(?:\w*(?:ance|ence|tion|sion|ity|ness|ment)|future|role|power|rise|fall|impact|effect|history"
    r"|art|science|life|meaning|launch|opening|closing|cost|value|end|beginning|origin|theory|lack|world|story|state|price)"
    r"\s+of\s|^[a-z][\w-]*['’]s?\s",
)
_LINKS = re.compile(
    r"(?<!\s)\s++(?:in|on|by|of|with|for|at|from|to|over|under|about|and|or|who|that|near|during|after|before|without|into"
    r"|between|through|across|behind|beside|versus|vs|called|named|titled|where|made|using)\s+",
    re.I,
)


def head(phrase: str) -> str:
    """The noun a phrase is about: `a lonely lighthouse by the sea` gives `lighthouse`."""
    words = re.findall(r"[\w'’-]+", _LINKS.split(phrase.strip(), maxsplit=1)[0])
    return words[-1] if words else phrase


def is_plural(phrase: str) -> bool:
    """Return whether a verb after the phrase is plural: `cats`, `cats and dogs`, `children`."""
    if re.search(r"\w\s+and\s+\w", phrase, re.I):
        return True
    noun = head(phrase).lower()
    return noun in _IRREGULAR.values() or (noun.endswith("s") and not _SINGULAR_S.search(noun))


def is_mass(phrase: str) -> bool:
    """Return whether the phrase takes no article: a mass noun, an activity, or a name."""
    noun = head(phrase)
    known = noun.lower() in _MASS or phrase.lower() in _MASS
    return known or noun[:1].isupper() or noun.lower().endswith(("ing", "ism", "ness", "ology", "ography", "onomy"))


def with_article(phrase: str) -> str:
    """`an owl`, `the history of jazz`; nothing before plurals, mass nouns, names, and what has a determiner already."""
    if re.match(r"(?:a|an|the|my|your|our|his|her|their|its|some|this|that|these|those|every|no|\d+)\s", phrase, re.I):
        return phrase
    if _PARTICULAR.match(phrase):
        return f"the {phrase}"
    if not phrase or is_plural(phrase) or is_mass(phrase):
        return phrase
    return by_sound(phrase)


def by_sound(phrase: str) -> str:
    """`a` or `an` by the sound that follows, whatever the phrase is: `an amber` for a raincoat of that colour."""
    return f"{'an' if _VOWEL_SOUND.match(phrase) else 'a'} {phrase}"


def definite(phrase: str) -> str:
    """`the cat` for a cat and for cat; plurals, mass nouns, names and other determiners stay as they are."""
    noun = re.sub(r"^(?:an?|some)\s+", "", phrase, flags=re.I)
    return f"the {noun}" if noun != phrase or with_article(phrase) != phrase else phrase


def yours(phrase: str) -> str:
    """Return what the caller called mine or ours, said to the caller: `my new job` gives `your new job`."""
    return re.sub(r"\b(my|our)\b", "your", phrase, flags=re.I)


def plural(phrase: str) -> str:
    """The plural of the phrase's noun (`red foxes in the snow`); what is plural or mass already stays."""
    link = _LINKS.search(phrase)
    named, rest = (phrase[: link.start()], phrase[link.start() :]) if link else (phrase, "")
    stem, _, noun = named.rpartition(" ")
    if is_plural(noun) or is_mass(noun) or is_mass(named):
        return phrase
    return f"{stem} {_plural_word(noun)}{rest}".strip()


def _plural_word(noun: str) -> str:
    if noun.lower() in _IRREGULAR:
        return _IRREGULAR[noun.lower()]
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"


def title(phrase: str) -> str:
    """Title case that leaves small words and words with capitals of their own as they are."""
    words = phrase.split(" ")
    return " ".join(
        _titled(word) if i == 0 or word.lower() not in _SMALL else word.lower() for i, word in enumerate(words)
    )


def title_inside(phrase: str) -> str:
    """Title case for the middle of a title: an article at the start stays small."""
    cased = title(phrase)
    return cased[:1].lower() + cased[1:] if phrase.split(" ")[0] in _SMALL else cased


def _titled(word: str) -> str:
    return word if word[1:] != word[1:].lower() else word[:1].upper() + word[1:]


def capitalize(phrase: str) -> str:
    """The first letter upper, the rest untouched."""
    return phrase[:1].upper() + phrase[1:]


def possessive(phrase: str) -> str:
    """`Mara's`, `the cats'`."""
    return phrase + ("'" if phrase.endswith("s") and is_plural(phrase) else "'s")


def hashtag(phrase: str) -> str:
    """`#SpringSale`: the first five words run together, or `#Today` where no letter is left."""
    words = re.findall(r"\w+", re.sub(r"['’]", "", phrase))[:5]
    return "#" + ("".join(capitalize(word) for word in words) or "Today")


def name(phrase: str) -> str:
    """Return what the phrase calls by name (`a soap shop called Lumi` gives `Lumi`), else the phrase."""
    return re.split(r"\s(?:called|named|titled)\s+(?=\S)", phrase, maxsplit=1)[-1]


def agreeing(phrase: str, verb: str) -> str:
    """The phrase with a verb that agrees, given in the singular: `cats` and `sleeps` give `cats sleep`."""
    if not is_plural(phrase):
        return f"{phrase} {verb}"
    irregular = {"is": "are", "was": "were", "has": "have", "does": "do", "goes": "go"}
    regular = re.sub(r"ies$", "y", re.sub(r"(ch|sh|ss|x|o)es$", r"\1", verb))
    return f"{phrase} {irregular.get(verb) or (regular if regular != verb else verb.removesuffix('s'))}"


def pronoun(singular: str, several: str) -> Callable[[str], str]:
    """A modifier that stands in for the phrase: `it` or `they`."""
    return lambda phrase: several if is_plural(phrase) else singular


MODIFIERS: dict[str, Callable[[str], str]] = {
    "capitalize": capitalize,
    "title": title,
    "title-inside": title_inside,
    "upper": str.upper,
    "lower": str.lower,
    "a": with_article,
    "an": by_sound,
    "the": definite,
    "your": yours,
    "s": plural,
    "possessive": possessive,
    "hashtag": hashtag,
    "head": head,
    "before": lambda text: text.partition(" | ")[0],
    "after": lambda text: text.partition(" | ")[2],
    "name": name,
    "first": lambda phrase: phrase.split(" ")[0],
    "is": lambda phrase: agreeing(phrase, "is"),
    "was": lambda phrase: agreeing(phrase, "was"),
    "has": lambda phrase: agreeing(phrase, "has"),
    "does": lambda phrase: agreeing(phrase, "does"),
    "it": pronoun("it", "they"),
    "them": pronoun("it", "them"),
    "its": pronoun("its", "their"),
}
