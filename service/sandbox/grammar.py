"""The grammars of the text engine, in Tracery's manner: data files in `grammars/`, one a generator.

The format is told in `grammars/README.md` and held by `grammar.schema.json`; a file that breaks either, or names
a rule that is not there, is refused when it is loaded.
"""

import json
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs

from service.sandbox.topic import READ
from service.sandbox.wordplay import COUNTS
from service.sandbox.words import MODIFIERS as WORDS

HERE = Path(__file__).parent
TAG = re.compile(r"##|#([^#\s][^#]*)#")
VARIABLES = frozenset(
    {
        *("prompt", "topic", "intent", "language", "user_text", "user_text_two", "story_context", "character_context"),
        *(
            "character_name",
            "preference",
            "preference_two",
            "mode",
            "item_index",
            "total_count",
            "syllables",
            "subject",
            "person",
            "destination",
        ),
    }
)
MODIFIERS = WORDS | COUNTS
ARGUED = re.compile(r"verb:[a-z]+|part:\d")
GIST = frozenset({"summary", "keywords", "keyword", "sentence"})


class GrammarError(ValueError):
    """A grammar file that does not hold to the format: what is wrong, and in which file."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """One file: what each field is made of, the rules, picks and topics it draws on."""

    slug: str
    fields: dict[str, Any]
    rules: dict[str, Any]
    picks: dict[str, Any] = field(default_factory=dict)
    topics: dict[str, dict[str, Any]] = field(default_factory=dict)
    default_topic: str = "everyday life"

    def rules_for(self, prompt: str) -> dict[str, Any]:
        """The rules with those of every topic that the prompt names laid over them."""
        if not _any_of(tuple(self.topics)).search(prompt, 0, READ):
            return self.rules
        over = [rules for words, rules in self.topics.items() if _pattern(words).search(prompt, 0, READ)]
        return {name: rule for layer in (self.rules, *reversed(over)) for name, rule in layer.items()}


@cache
def _pattern(words: str) -> re.Pattern[str]:
    """Return what finds one of `cat|kitten|program*` in a prompt: whole words, plural allowed; `*` any ending."""
    endings = (
        re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else r"(?:s|es)?\b")
        for word in words.split("|")
    )
    return re.compile(rf"\b(?:{'|'.join(endings)})", re.I)


@cache
def _any_of(topics: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds a word of any topic: most prompts name none, and are read once to know it."""
    return _pattern("|".join(topics)) if topics else re.compile(r"(?!)")


@cache
def load(slug: str) -> Grammar | None:
    """The grammar of a generator, or None where it has none. Raises GrammarError for a file that breaks the format."""
    path = HERE / "grammars" / f"{slug}.json"
    if not re.fullmatch(r"[a-z0-9-]+", slug) or not path.is_file():
        return None
    data = _read(path)
    shared = [subjects(), *(_read(path.with_name(f"{other}.json")) for other in data.pop("uses", ()))]
    layers = [{"rules": lexicon()}, *shared, data]
    rules = {name: rule for layer in layers for name, rule in layer.get("rules", {}).items()}
    topics: dict[str, dict[str, Any]] = {}
    for layer in reversed(layers):
        for words, over in layer.get("topics", {}).items():
            topics[words] = over | topics.get(words, {})
    grammar = Grammar(slug=slug, **{**data, "rules": rules, "topics": topics})
    if missing := _unresolved(grammar):
        raise GrammarError(f"{path.name}: names what is not there: {', '.join(missing)}")
    return grammar


def _read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if _fast_validator().is_valid(data):
        return data
    first = next(jsonschema.Draft202012Validator(_schema()).iter_errors(data), None)
    if first:
        raise GrammarError(f"{path.name}: {first.json_path}: {first.message[:300]}")
    return data


@cache
def lexicon() -> dict[str, Any]:
    """The rules that every grammar may use: names, places, animals, colours…; a grammar's own come first."""
    rules: dict[str, Any] = json.loads((HERE / "lexicon.json").read_text(encoding="utf-8"))
    return rules


@cache
def subjects() -> dict[str, Any]:
    """Load common subjects for every grammar: `rules` that fit any, `topics` with those of one (`about-…`)."""
    known: dict[str, Any] = json.loads((HERE / "subjects.json").read_text(encoding="utf-8"))
    return known


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((HERE / "grammar.schema.json").read_text(encoding="utf-8"))
    return schema


@cache
def _fast_validator() -> Any:
    """Return the compiled form: jsonschema words the fault where there is one, 100 times more slowly."""
    return jsonschema_rs.Draft202012Validator(_schema())


def _templates(spec: Any) -> list[str]:
    """Every template text inside a spec, however deep."""
    if isinstance(spec, str):
        return [spec]
    inner = spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else ()
    by = spec.get("by") if isinstance(spec, dict) else None
    return [text for part in inner for text in _templates(part) if text != by]


def _unresolved(grammar: Grammar) -> list[str]:
    """The tags that name no rule, pick, variable, modifier or function."""
    texts = _templates([grammar.fields, grammar.rules, grammar.picks, grammar.topics])
    tags = {match[1] for text in texts for match in TAG.finditer(text) if match[1]}
    inline = {tag[5:].partition("=")[0] for tag in tags if tag.startswith("pick:")}
    topical = {name for rules in grammar.topics.values() for name in rules}
    known = VARIABLES | grammar.rules.keys() | grammar.picks.keys() | inline
    missing = {name for name in topical if name not in grammar.rules}
    missing |= {f"{name} (a rule may not hide a variable)" for name in VARIABLES & grammar.rules.keys()}
    for tag in tags:
        head, *modifiers = tag.split(".")
        missing |= {f".{name}" for name in modifiers if name not in MODIFIERS and not ARGUED.fullmatch(name)}
        if not _resolves(head, known):
            missing.add(head)
    return sorted(missing)


def _resolves(head: str, known: AbstractSet[str]) -> bool:
    word, _, rest = head.partition(":")
    if word == "pick":
        return rest.partition("=")[2] in known
    if word in GIST:
        return rest.partition(":")[0] in known
    if word == "number":
        return re.fullmatch(r"\d+-\d+", rest) is not None
    return word == "param" or head in known
