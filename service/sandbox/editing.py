"""Work on the caller's own text: spelling and grammar put right, style changed, stock phrases translated.

Rules and lists (`edits.json`, `phrasebook.json`), no model: what a rule doesn't know is left as it stands, and the
answer says so.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from service.sandbox.topic import sentences, summary
from service.sandbox.words import with_article

_HERE = Path(__file__).parent
_VERDICTS = ("Nothing to put right: the text stands.", "Nearly clean: one slip.", "Sound, with a few slips.")


class Draft:
    """A text under the pencil, and what was changed in it (wrong, right, reason), in order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.changes: list[tuple[str, str, str]] = []

    def change(self, pattern: str, new: str | Callable[[re.Match[str]], str], reason: str, flags: int = re.I) -> None:
        """Replace every match, keeping a capital at its start, and note the ones that differ."""

        def put(match: re.Match[str]) -> str:
            right = match.expand(new) if isinstance(new, str) else new(match)
            right = right[:1].upper() + right[1:] if match[0][:1].isupper() else right
            if right.strip() != match[0].strip():
                self.changes.append((match[0].strip(), right.strip(), reason))
            return right

        self.text = re.sub(pattern, put, self.text, flags=flags)

    def swap(self, pairs: Mapping[str, str], reason: str) -> None:
        """Replace whole words and phrases, the longest first."""
        known = {old.lower(): new for old, new in pairs.items()}
        self.change(_one_of(tuple(pairs.items())), lambda match: known.get(match[0].lower().rstrip(), match[0]), reason)

    def tidy(self) -> None:
        """Doubled spaces gone, sentences with a capital again; not worth a note."""
        text = re.sub(r"[ \t]{2,}", " ", self.text)
        text = re.sub(r"(?<! ) ++([,.;:!?])", r"\1", text)
        self.text = re.sub(r"(^|[.!?]\s+|\n)([a-z])", lambda match: match[1] + match[2].upper(), text).strip()


def corrected(text: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """`text` put right, `corrections` as wrong → right with the reason, and a `verdict` on how it stood."""
    draft, lists = Draft(text), _lists("edits")
    _correct(draft)
    if parameters.get("grammar-strictness") in ("style", "academic"):
        for pattern, new, reason in lists["style"]:
            draft.change(pattern, new, reason)
    if parameters.get("grammar-strictness") == "academic":
        draft.swap({old: new for old, new in lists["formal"].items() if "'" in old}, "academic prose spells it out")
    american = lists["american"]
    if parameters.get("grammar-variant") == "american":
        draft.swap(american, "American spelling")
    elif parameters.get("grammar-variant") == "british":
        draft.swap({us: uk for uk, us in american.items() if uk != "programme"}, "British spelling")
    draft.tidy()
    found = len(draft.changes)
    verdict = _VERDICTS[min(found, 2)] if found < 5 else f"Readable, but it needed work: {found} corrections."
    notes = _notes(draft, reasons=parameters.get("grammar-explain") != "none")
    return {"text": draft.text, "corrections": notes, "verdict": verdict}


def rewritten(text: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """`text` in another style, and `changes` with their reasons; without one that says that nothing fitted."""
    draft, lists = Draft(text), _lists("edits")
    _correct(draft)
    style, strength = parameters.get("rewrite-style", "clearer"), parameters.get("rewrite-strength", "medium")
    gone = dict.fromkeys(lists["filler"], "")
    if style in ("clearer", "shorter", "simpler"):
        draft.swap(lists["plain"], "the plain word")
        if strength != "light":
            draft.swap(gone, "adds nothing")
    elif style == "persuasive":
        draft.swap(dict.fromkeys(lists["hedges"], "") | gone, "hedging weakens the point")
    else:
        reasons = {"formal": "more formal", "casual": "as one would say it", "warmer": "kinder"}
        draft.swap(lists["warm" if style == "warmer" else style], reasons[style])
    kept_whole = parameters.get("rewrite-keep") == "length" or "\n" in draft.text
    if style == "shorter" and strength == "strong" and not kept_whole and len(sentences(draft.text)) > 2:
        short = summary(draft.text, -(-len(sentences(draft.text)) // 2))
        draft.changes.append(
            (f"{len(sentences(draft.text))} sentences", f"{len(sentences(short))}", "the core is kept")
        )
        draft.text = short
    if strength == "strong" and style in ("clearer", "simpler"):
        draft.change(r";\s+(\w)", lambda match: ". " + match[1].upper(), "two sentences instead of one")
    draft.tidy()
    notes = _notes(draft) or [f"Nothing was changed: the text is already as {style} as these rules can make it."]
    return {"text": draft.text, "changes": notes}


def translated(text: str, parameters: Mapping[str, str], language: str = "") -> dict[str, Any]:
    """`text` with the sentences that the phrasebook knows in the other language; `notes` tells how many those are."""
    book = _lists("phrasebook")
    named = {name.lower(): code for code, name in book["languages"].items()} | {"no": "nb"}
    wanted = language.lower().split("-")[0]
    wanted = named.get(wanted, wanted)
    target = wanted if wanted in book["languages"] else parameters.get("translation-to", "es")
    parts = re.split(r"((?<=[.!?])\s+|\n+)", text)
    known = {_key(row[code]): (code, row[target]) for code in reversed(book["languages"]) for row in book["phrases"]}
    hits = [known.get(_key(part)) for part in parts[::2]]
    for index, hit in enumerate(hits):
        parts[2 * index] = _pointed(hit[1], parts[2 * index]) if hit else parts[2 * index]
    codes = [hit[0] for hit in hits if hit]
    source = Counter(codes).most_common(1)[0][0] if codes else "en"
    done, total = len(codes), sum(bool(part.strip()) for part in parts[::2])
    how = f"{done} of {total} sentences stand in the built-in phrasebook and were translated"
    rest = "." if done == total else "; the others are left as they were. A language model (set a key) translates all."
    return {
        "text": "".join(parts),
        "source_text": text,
        "source_language": book["languages"][source],
        "target_language": book["languages"][target],
        "notes": how + rest,
    }


def _correct(draft: Draft) -> None:
    """Spelling, agreement, doubled words, articles, punctuation and capitals."""
    lists = _lists("edits")
    draft.swap(lists["misspelled"], "spelling")
    draft.change(
        r"\b(\w+) \1\b", lambda match: match[1] if match[1].lower() not in ("had", "that") else match[0], "twice"
    )
    for pattern, new, reason in lists["grammar"]:
        draft.change(pattern, new, reason)
    draft.change(r"\bi\b(?=['’ ,.!?])(?!\.e\.)", "I", "“I” is always a capital", flags=0)
    draft.change(r"\ban? (?=[a-z])(?:[a-z]+)", _with_right_article, "the article follows the sound", flags=0)
    draft.change(r"(?<! ) ++([,;!?])", r"\1", "no space before it")
    draft.change(r",(?=[A-Za-z])", ", ", "a space after it")
    draft.change(
        r"(?:^|(?<=[.!?] ))[a-z]\w*", lambda match: match[0].capitalize(), "a sentence begins with a capital", 0
    )
    draft.change(r"\b\w++$(?![\s\S])", r"\g<0>.", "a sentence ends with a full stop")


@cache
def _one_of(pairs: tuple[tuple[str, str], ...]) -> str:
    """Return the pattern of any of these words and phrases, the longest first; what is left out takes a space along."""
    longest_first = sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)
    ways = "|".join(rf"{re.escape(old)}(?![\w'’])" + ("" if new else r"[ \t]?") for old, new in longest_first)
    return rf"(?<![\w'’])(?:{ways})"


def _with_right_article(match: re.Match[str]) -> str:
    noun = match[0].partition(" ")[2]
    return with_article(noun) if with_article(noun) != noun else match[0]


def _notes(draft: Draft, reasons: bool = True) -> list[str]:
    notes = [
        f"{wrong} → {right or '(left out)'}" + (f" ({reason})" if reasons else "")
        for wrong, right, reason in draft.changes
    ]
    return list(dict.fromkeys(notes))


def _key(sentence: str) -> str:
    return re.sub(r"[^\w' ]", "", sentence.replace("’", "'")).strip().lower()


def _pointed(new: str, old: str) -> str:
    """The new phrase with the punctuation the old one ended in."""
    ending = re.search(r"[.!?…]*$", old.rstrip())
    return new if new[-1] in ".!?" else new + (ending[0] if ending else "")


@cache
def _lists(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))
    return data
