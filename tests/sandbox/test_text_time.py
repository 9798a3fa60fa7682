"""No text takes long, whatever its length and shape: every text function, up to the largest text that the API takes.

GENHOOK_FUZZ_EXAMPLES sets how many shapes are tried; the seed is fixed, so that a failure stays one.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.sandbox import editing, text, topic, wordplay, words
from service.sandbox.job import Job
from service.sandbox.pictures import subjects, wording
from service.sandbox.sound import length
from service.sandbox.voices import script

# A chat's message, and the text that a generator works on.
LARGEST, WORKED_ON = 200_000, 50_000
MOST_S = 1.0
EXAMPLES = int(os.environ.get("GENHOOK_FUZZ_EXAMPLES", "3"))
GENERATORS = ("", "joke", "summary", "email", "tongue-twister")
# What texts are repeated from: what a pattern might begin with, go on with, or break off at.
UNITS = (
    *(
        "A",
        "a",
        "a'b",
        "1",
        " ",
        "\n",
        " \n",
        "\t ",
        ". ",
        "!",
        "“",
        "'",
        "’",
        "a,",
        "e.g. ",
        "Aa ",
        "Aa and ",
        "to Aa",
    ),
    *("the the ", "An a ", "i has ", "teh ", "very ", "ance of ", "Tom who ", "friend Tom, ", "please ", "joke about "),
    *("<a", "[a](", "http://", "#a#", " | ", "- ", "\x0b", "\u2028", "é", "İ", "ß", "名", "🎉", "\u0301", "\u200d"),
)
TAILS = ("", "!", "\nz", " ")


def make(generator: str) -> Callable[[str], object]:
    """Return what a whole run of that generator costs."""

    def run(prompt: str) -> object:
        params = {"generator": generator, "user_text": prompt[:WORKED_ON], "parameters": {}}
        return list(text.make(Job("text", "any", prompt, 1, 1, params), Path()))

    return run


EDITING: dict[str, Callable[[str], object]] = {
    "corrected": lambda said: editing.corrected(
        said, {"grammar-strictness": "academic", "grammar-variant": "american"}
    ),
    "shorter": lambda said: editing.rewritten(said, {"rewrite-style": "shorter", "rewrite-strength": "strong"}),
    "persuasive": lambda said: editing.rewritten(said, {"rewrite-style": "persuasive"}),
    "casual": lambda said: editing.rewritten(said, {"rewrite-style": "casual"}),
    "translated": lambda said: editing.translated(said, {}),
}
FUNCTIONS: dict[str, Callable[[str], object]] = {
    **{function.__name__: function for function in (topic.topic, topic.subject, topic.person, topic.destination)},
    **{function.__name__: function for function in (topic.intent, topic.sentences, topic.keywords, topic.summary)},
    **{name: change for name, change in (words.MODIFIERS | wordplay.COUNTS).items() if name not in ("more", "fewer")},
    "agreeing": lambda said: words.agreeing(said, "sleeps"),
    **{name: lambda said, edit=edit: edit(said[:WORKED_ON]) for name, edit in EDITING.items()},
    "spoken": lambda said: list(script.sentences(script.spoken(said))),
    "language": script.language_of,
    "scene": lambda said: subjects.scene_for(said[:500], said, random.Random(1)),
    "headline": lambda said: wording.headline(said[:500], said, "anton"),
    "length": lambda said: length.asked_seconds(Job("music", "any", said)),
    **{f"a {generator or 'chat'}": make(generator) for generator in GENERATORS},
}


def test_every_modifier_of_the_grammars_is_among_them() -> None:
    assert FUNCTIONS.keys() >= (words.MODIFIERS.keys() | wordplay.COUNTS.keys()) - {"more", "fewer"}


@pytest.mark.parametrize("generator", GENERATORS)
def test_the_generators_are_there(generator: str) -> None:
    assert make(generator)("cats")


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(first=st.sampled_from(UNITS), then=st.sampled_from(UNITS), tail=st.sampled_from(TAILS))
@example(first="A", then="A", tail="!")
@example(first=" ", then=" ", tail="!")
@example(first="a ", then=" ", tail="\nz")
@example(first="Aa ", then="Aa and ", tail="!")
@example(first=". ", then="a.", tail="")
def test_no_text_takes_more_than_a_second_of_computing(first: str, then: str, tail: str) -> None:
    half = LARGEST // 2
    said = (first * half)[:half] + (then * half)[:half] + tail
    slow = {name: taken for name, function in FUNCTIONS.items() if (taken := seconds(function, said)) > MOST_S}
    assert not slow


def seconds(function: Callable[[str], object], said: str) -> float:
    """Computing time of one call, broken off soon after it was too much."""

    def enough(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, enough)
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, 3 * MOST_S)
    try:
        function(said)
    except TimeoutError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return time.process_time() - began
