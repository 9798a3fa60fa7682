"""A grammar at work: one batch of items, drawn with a seeded random choice."""

import random
import re
from collections.abc import Mapping
from typing import Any

from service.sandbox import topic as gist
from service.sandbox.grammar import GIST, MODIFIERS, TAG, VARIABLES, Grammar, GrammarError
from service.sandbox.words import agreeing

_DEEPEST = 60
_UNTIDY = (
    (re.compile(r"[ \t]{2,}"), " "),
    (re.compile(r"(?<! ) ++([,.;!?])(?=\s|$)"), r"\1"),
    (re.compile(r"([!?…])\.(?!\.)"), r"\1"),
    (re.compile(r"(?<!\.)\.\.(?!\.)"), "."),
)


class Expansion:
    """One batch being written: draws without repeating an option until all of a rule's options were used."""

    def __init__(
        self,
        grammar: Grammar,
        variables: Mapping[str, str],
        parameters: dict[str, Any],
        rng: random.Random,
        given: frozenset[str] = frozenset(),
    ) -> None:
        """`variables` have a value for every name, "" for one that is not there; `given` those that the caller gave."""
        self.grammar, self.variables, self.parameters, self.rng = grammar, variables, parameters, rng
        self._given = given
        self.rules = grammar.rules_for(variables["prompt"])
        self._decks: dict[int, list[Any]] = {}
        self._drawn: dict[int, list[Any]] = {}
        self._memory: dict[str, str] = {}
        self._depth = 0

    def item(self, index: int) -> dict[str, Any]:
        """The fields of one item; picks are chosen anew, and `#item_index#` counts from `index` + 1 unless given."""
        self._drawn = {}
        self._memory = {"item_index": self.variables["item_index"] or str(index + 1)}
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
        """The part of a `by` that fits a parameter, a variable, a pick, or whether a variable was given."""
        by = spec["by"]
        if by.startswith("has:"):
            return spec["yes" if by[4:] in self._given and self.variables[by[4:]].strip() else "no"]
        named = by in VARIABLES or by in self.grammar.picks
        value = self._known(by) if named else str(self.parameters.get(by, ""))
        return spec.get(value, spec["default"]) if value not in ("by", "default") else spec["default"]

    def _list(self, spec: dict[str, Any]) -> list[Any]:
        made: list[Any]
        if "items" in spec:
            made = [self._value(part) for part in spec["items"]]
            if spec.get("shuffled"):
                self.rng.shuffle(made)
            return [mark + value for mark, value in zip(spec["marks"], made, strict=True)] if "marks" in spec else made
        made = []
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
        """The next option of the shuffled deck; one that ran out is shuffled anew, what this item has had last."""
        deck, drawn = self._decks.get(id(options)), self._drawn.setdefault(id(options), [])
        if not deck:
            deck = self.rng.sample(options, len(options))
            if drawn:
                deck.sort(key=lambda option: option not in drawn)
            self._decks[id(options)] = deck
        drawn.append(deck.pop())
        return drawn[-1]

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
            text = _modified(text, *name.split(":"))
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
        if word in GIST and rest:
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
        return self.variables[name]

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
        words = gist.keywords(text, int(count or 5)) or [self.variables["topic"]]
        return self.rng.choice(words) if what == "keyword" else ", ".join(words)


def _modified(text: str, name: str, argument: str = "") -> str:
    if name == "verb":
        return agreeing(text, argument)
    if name == "part":
        return re.split(r" \|(?= |$)", text)[int(argument) - 1].strip()
    return MODIFIERS[name](text)


def _tidy(text: str) -> str:
    """Doubled spaces and the punctuation that meets where a phrase brought its own."""
    for pattern, instead in _UNTIDY:
        text = pattern.sub(instead, text)
    return text.strip()
