"""Text from grammars: the embedded engine's writing, marked `local/grammar`.

A generator with a grammar writes in that grammar; anything else (plain chat, an own schema) is answered in the
general one. The text is English whatever `language` asks for.
"""

import json
import random
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from service.sandbox import editing
from service.sandbox import topic as gist
from service.sandbox.expansion import Expansion
from service.sandbox.filling import Filling
from service.sandbox.grammar import VARIABLES, Grammar, GrammarError, load
from service.sandbox.job import Job, Product
from service.sandbox.wordplay import syllables
from service.sandbox.words import with_article

ENGINE = "local/grammar"
EDITING = "local/editing"
_TRIES = 60
# A text of so many characters is the caller's own, worked on: another try gives nothing else, and takes long.
LONG = 20_000


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Yield `job.count` items with `fields` that hold to `params["schema"]`; writes no file into `workdir`.

    The same job gives the same text, and a batch repeats no item while the grammar has another to give.
    Raises GrammarError for a grammar file that breaks its format.
    """
    slug = str(job.params.get("generator") or "")
    if slug in ("grammar", "rewrite", "translation"):
        fields = _edited(slug, job)
        yield from (Product(index=index, engine=EDITING, fields=fields) for index in range(job.count))
        return
    general = load("general")
    if general is None:
        raise GrammarError("general.json: the grammar that answers everything else is not there")
    grammar = load(slug) or general
    rng = random.Random(f"{job.seed}:{grammar.slug}")
    writer = _expansion(job, grammar, rng)
    # Only what the grammar does not write itself is worded by the general one.
    helper = cache(lambda: _expansion(job, general, rng))
    filling = Filling(job.params.get("schema"), lambda: str(helper().item(0)["text"]), rng)
    original = job.params.get("original")
    made: list[dict[str, Any]] = []
    for index in range(job.count):
        if original:
            # No grammar translates: what the creation says is kept as it is, rather than something else said.
            made.append(filling.fit({**writer.item(index), **original}))
        else:
            made.append(_unlike(made, writer, filling, index))
        yield Product(index=index, engine=ENGINE, fields=made[-1])


def _edited(slug: str, job: Job) -> dict[str, Any]:
    """The caller's own text, worked on: there is one way of doing it, so every item of a batch is the same."""
    text = _plain(job.params.get("user_text")) or job.prompt
    parameters = job.params.get("parameters") or {}
    if slug == "translation":
        return editing.translated(text, parameters, _plain(job.params.get("language")))
    return editing.corrected(text, parameters) if slug == "grammar" else editing.rewritten(text, parameters)


def _expansion(job: Job, grammar: Grammar, rng: random.Random) -> Expansion:
    return Expansion(
        grammar,
        Variables(job, grammar.default_topic),
        job.params.get("parameters") or {},
        rng,
        given=frozenset({*job.params, "person", "destination"}),
    )


class Variables(dict[str, str]):
    """The variables of the format; each that takes work is found out when it is asked for first."""

    def __init__(self, job: Job, default_topic: str) -> None:
        """Keep what the caller gave, and the prompt that the rest is read from."""
        super().__init__({name: _plain(job.params.get(name)) for name in VARIABLES.difference(FOUND_OUT)})
        self._default_topic = default_topic
        self._prompt = job.prompt or self["user_text"] or self["story_context"]
        self["prompt"] = " ".join(self._prompt.split())
        self["user_text"] = self["user_text"] or self._prompt
        self["total_count"] = self["total_count"] or str(job.count)

    def __missing__(self, name: str) -> str:
        """Find it out; what is no variable is empty."""
        value = self[name] = FOUND_OUT[name](self) if name in FOUND_OUT else ""
        return value

    def topic(self) -> str:
        """Return the main noun phrase of the prompt, without its determiner."""
        return self._subject[1] or self._default_topic

    def subject(self) -> str:
        """Return the topic with its determiner, or the article that it takes."""
        determiner, topic = self._subject[0], self["topic"]
        return f"{determiner} {topic}" if determiner else with_article(topic)

    def syllables(self) -> str:
        """Count those of the topic."""
        return str(syllables(self["topic"]))

    def intent(self) -> str:
        """Return what the prompt asks for."""
        return gist.intent(self._prompt)

    def person(self) -> str:
        """Return the first name of whoever the prompt is about."""
        return gist.person(self._prompt)

    def destination(self) -> str:
        """Return the place that the prompt goes to."""
        return gist.destination(self._prompt).strip()

    @cached_property
    def _subject(self) -> tuple[str, str]:
        return gist.subject(self._prompt.replace("|", ","))


FOUND_OUT: dict[str, Callable[[Variables], str]] = {
    "topic": Variables.topic,
    "subject": Variables.subject,
    "syllables": Variables.syllables,
    "intent": Variables.intent,
    "person": Variables.person,
    "destination": Variables.destination,
}


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _unlike(made: list[dict[str, Any]], writer: Expansion, filling: Filling, index: int) -> dict[str, Any]:
    """An item whose longest text no earlier item has, as far as the options allow."""
    seen = {_gist(fields) for fields in made}
    fields = filling.fit(writer.item(index))
    for _ in range(_TRIES if len(_gist(fields)) < LONG else 1):
        if not made or _gist(fields) not in seen:
            break
        fields = filling.fit(writer.item(index))
    return fields


def _gist(fields: dict[str, Any]) -> str:
    """Return what a reader would know the item by."""
    texts = [value for value in fields.values() if isinstance(value, str)]
    return max(texts, key=len) if texts else json.dumps(fields, sort_keys=True)


def prepare() -> None:
    """Load what every text needs."""
    load("general")
