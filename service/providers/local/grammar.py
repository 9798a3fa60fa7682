"""A small seeded grammar expander in Tracery's manner: data files in `grammars/`, one a generator.

The format is told in `grammars/README.md` and held by `grammar.schema.json`; a file that breaks either, or names
a rule that is not there, is refused when it is loaded.
"""

import json
import random
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from service.providers.local import topic as gist
from service.providers.local.words import MODIFIERS

HERE = Path(__file__).parent
TAG = re.compile(r"##|#([^#\s][^#]*)#")
VARIABLES = frozenset(
    """prompt topic intent language user_text user_text_two story_context character_context character_name preference
    preference_two mode item_index total_count""".split()
)
_GIST = frozenset({"summary", "keywords", "keyword", "sentence"})
_DEEPEST = 60


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
        over = [rules for words, rules in self.topics.items() if _names(words, prompt)]
        return {name: rule for layer in (self.rules, *reversed(over)) for name, rule in layer.items()}


def _names(words: str, prompt: str) -> bool:
    """Whether the prompt holds one of `cat|kitten|program*`: whole words, plural allowed; `*` any ending."""
    pattern = "|".join(
        rf"\b{re.escape(word.removesuffix('*'))}" + (r"\w*" if word.endswith("*") else r"(?:s|es)?\b")
        for word in words.split("|")
    )
    return re.search(pattern, prompt, re.I) is not None


@cache
def load(slug: str) -> Grammar | None:
    """The grammar of a generator, or None where it has none. Raises GrammarError for a file that breaks the format."""
    path = HERE / "grammars" / f"{slug}.json"
    if not re.fullmatch(r"[a-z0-9-]+", slug) or not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    error = jsonschema.Draft202012Validator(_schema()).iter_errors(data)
    if first := next(iter(error), None):
        raise GrammarError(f"{path.name}: {first.json_path}: {first.message[:300]}")
    data.pop("$schema", None)
    grammar = Grammar(slug=slug, **{**data, "rules": lexicon() | data.get("rules", {})})
    if missing := _unresolved(grammar):
        raise GrammarError(f"{path.name}: names what is not there: {', '.join(missing)}")
    return grammar


@cache
def lexicon() -> dict[str, Any]:
    """The rules that every grammar may use: names, places, animals, colours…; a grammar's own come first."""
    rules: dict[str, Any] = json.loads((HERE / "lexicon.json").read_text(encoding="utf-8"))
    return rules


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((HERE / "grammar.schema.json").read_text(encoding="utf-8"))
    return schema


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
    for tag in tags:
        head, *modifiers = tag.split(".")
        missing |= {f".{name}" for name in modifiers if name not in MODIFIERS}
        if not _resolves(head, known):
            missing.add(head)
    return sorted(missing)


def _resolves(head: str, known: set[str]) -> bool:
    word, _, rest = head.partition(":")
    if word == "pick":
        return rest.partition("=")[2] in known
    if word in _GIST:
        return rest.partition(":")[0] in known
    if word == "number":
        return re.fullmatch(r"\d+-\d+", rest) is not None
    return word == "param" or head in known


class Expansion:
    """One batch being written: draws without repeating an option until all of a rule's options were used."""

    def __init__(
        self, grammar: Grammar, variables: dict[str, str], parameters: dict[str, Any], rng: random.Random
    ) -> None:
        self.grammar, self.variables, self.parameters, self.rng = grammar, variables, parameters, rng
        self.rules = grammar.rules_for(variables.get("prompt", ""))
        self._decks: dict[int, list[Any]] = {}
        self._memory: dict[str, str] = {}
        self._depth = 0

    def item(self, index: int) -> dict[str, Any]:
        """The fields of one item; picks are chosen anew, and `#item_index#` counts from `index` + 1 unless given."""
        self._memory = {"item_index": self.variables.get("item_index") or str(index + 1)}
        return {name: self._value(spec) for name, spec in self.grammar.fields.items()}

    def _value(self, spec: Any) -> Any:
        if isinstance(spec, str):
            return _tidy(self._text(spec))
        if isinstance(spec, list):
            return self._value(self._draw(spec))
        if "by" in spec:
            return self._value(self._branch(spec))
        if "list" in spec:
            return self._list(spec["list"])
        if "join" in spec:
            return spec["join"].get("with", " ").join(self._list(spec["join"]))
        if "number" in spec:
            return self._number(spec["number"])
        return {name: self._value(part) for name, part in spec.items()}

    def _branch(self, spec: dict[str, Any]) -> Any:
        """The part of a `by` that fits a parameter, a variable, or whether a variable was given."""
        by = spec["by"]
        if by.startswith("has:"):
            return spec["yes" if self.variables.get(by[4:], "").strip() else "no"]
        value = self.variables.get(by, "") if by in VARIABLES else str(self.parameters.get(by, ""))
        return spec.get(value, spec["default"]) if value not in ("by", "default") else spec["default"]

    def _list(self, spec: dict[str, Any]) -> list[Any]:
        if "items" in spec:
            return [self._value(part) for part in spec["items"]]
        made: list[Any] = []
        for _ in range(self.rng.randint(spec["min"], spec["max"])):
            value = self._value(spec["of"])
            for _ in range(20):
                if value not in made:
                    break
                value = self._value(spec["of"])
            made.append(value)
        return made

    def _number(self, spec: Any) -> int | float:
        if isinstance(spec, str):
            number = float(re.search(r"-?\d+(?:\.\d+)?|$", self._text(spec))[0] or 0)  # type: ignore[index]
            return int(number) if number.is_integer() else number
        step = spec.get("step", 1)
        number = spec["min"] + step * self.rng.randint(0, int((spec["max"] - spec["min"]) / step))
        return number if isinstance(number, int) else round(number, 2)

    def _draw(self, options: list[Any]) -> Any:
        """The next option of the shuffled deck; a deck that ran out is shuffled anew."""
        deck = self._decks.get(id(options))
        if not deck:
            deck = self._decks[id(options)] = self.rng.sample(options, len(options))
        return deck.pop()

    def _text(self, template: str) -> str:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise GrammarError(f"{self.grammar.slug}.json: rules call each other without end at {template[:80]!r}")
        try:
            return TAG.sub(lambda match: self._tag(match[1]) if match[1] else "#", template)
        finally:
            self._depth -= 1

    def _tag(self, tag: str) -> str:
        head, *modifiers = tag.split(".")
        text = self._named(head)
        for name in modifiers:
            text = MODIFIERS[name](text)
        return text

    def _named(self, head: str) -> str:
        word, _, rest = head.partition(":")
        if word == "pick":
            name, _, rule = rest.partition("=")
            return self._memory.setdefault(name, self._memory.get(name) or self._named(rule))
        if word == "param":
            name, _, default = rest.partition("|")
            return str(self.parameters.get(name) or default).replace("-", " ")
        if word == "number":
            low, _, high = rest.partition("-")
            return str(self.rng.randint(int(low), int(high)))
        if word in _GIST and rest:
            return self._gist(word, *rest.split(":"))
        return self._known(head)

    def _known(self, name: str) -> str:
        """A remembered pick, else a pick of the grammar (remembered from now on), a rule, or a variable."""
        if name in self._memory:
            return self._memory[name]
        if name in self.grammar.picks:
            return self._memory.setdefault(name, str(self._value(self.grammar.picks[name])))
        if name in self.rules:
            return str(self._value_untidied(self.rules[name]))
        return self.variables.get(name, "")

    def _value_untidied(self, spec: Any) -> Any:
        """A rule's text as it stands: spaces at its ends join what is around it."""
        while isinstance(spec, list) or (isinstance(spec, dict) and "by" in spec):
            spec = self._draw(spec) if isinstance(spec, list) else self._branch(spec)
        return self._text(spec) if isinstance(spec, str) else self._value(spec)

    def _gist(self, what: str, name: str, count: str = "") -> str:
        text = self._known(name)
        if what == "summary":
            return gist.summary(text, int(count or 3))
        if what == "sentence":
            return (gist.sentences(text) or [""])[0]
        words = gist.keywords(text, int(count or 5)) or [self.variables.get("topic", "")]
        return self.rng.choice(words) if what == "keyword" else ", ".join(words)


def _tidy(text: str) -> str:
    """Doubled spaces and the punctuation that meets where a phrase brought its own."""
    text = re.sub(r"[ \t]{2,}", " ", text)
    text = re.sub(r" +([,.;!?])(?=\s|$)", r"\1", text)
    text = re.sub(r"([!?…])\.(?!\.)", r"\1", text)
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", text).strip()
