"""Every active text generator writes without a key: valid data, clean English, the caller's choices, many texts."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from service.catalog import load
from service.catalog.generators import Generator
from service.sandbox import grammar, text
from service.sandbox.editing import corrected, rewritten, translated
from service.sandbox.grammar import lexicon
from service.sandbox.grammar import load as load_grammar
from service.sandbox.job import Job
from service.sandbox.topic import destination, person
from service.sandbox.words import by_sound

WRITERS = [generator for generator in load().generators() if generator.type == "text"]
PROMPTS = (
    "my friend Tom who loves cycling",
    "an honest umbrella",
    "Two days in Lisbon",
    "coffee",
    "we opens a small bakery and the the team are happy",
)
NASTY = ("", "?!", "12345", "日本語の詩を書いて", "# {a} | b | #topic#", "the", "word " * 400)
MERGE_FIELDS = re.compile(r"\{(?:Name|Company|Your name|something specific)\}")
PLACEHOLDER = re.compile(r"[{}\[\]]{2}|\{\w|#[a-z:-]+[.#]|\bNone\b(?! of)|\bundefined\b|  +\S")
A_BEFORE_VOWEL = re.compile(r"\b[Aa] (?=[aeio])(?!one\b|once\b|eu)\w+")
AN_BEFORE_CONSONANT = re.compile(r"\b[Aa]n (?=[b-df-gj-np-tv-z])\w+")


def task(slug: str, prompt: str, seed: int, parameters: dict[str, Any] | None = None, **params: Any) -> Job:
    given = {"generator": slug, "parameters": parameters or {}, **params}
    return Job(media="text", model="local", prompt=prompt, seed=seed, params=given)


def written(wanted: Job, workdir: Path) -> list[dict[str, Any]]:
    return [artifact.fields or {} for artifact in text.make(wanted, workdir)]


def choices(generator: Generator) -> Iterator[dict[str, str]]:
    """Parameter sets that together have every enum option, at least three of them."""
    enums = {one.id: [option.value for option in one.options] for one in generator.parameters if one.type == "enum"}
    rounds = max([3, *map(len, enums.values())])
    return ({name: options[turn % len(options)] for name, options in enums.items()} for turn in range(rounds))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


@pytest.mark.parametrize("generator", WRITERS, ids=lambda generator: generator.slug)
def test_a_text_generator_writes_valid_clean_data_for_every_option(generator: Generator, tmp_path: Path) -> None:
    for seed, parameters in enumerate(choices(generator)):
        prompt = PROMPTS[seed % len(PROMPTS)]
        fields = written(task(generator.slug, prompt, seed, parameters), tmp_path)[0]
        jsonschema.validate(fields, generator.data_schema)
        for line in strings(fields):
            line = MERGE_FIELDS.sub("Lina", line) if generator.slug == "cold-email" else line
            assert line.strip(), (parameters, fields)
            for fault in (PLACEHOLDER, A_BEFORE_VOWEL, AN_BEFORE_CONSONANT):
                assert not fault.search(line), (parameters, line)


def test_no_template_puts_an_article_before_a_word_that_is_drawn() -> None:
    loose = re.compile(rf"\b[Aa] #(?:{'|'.join(lexicon())})[.#]")
    for path in Path(grammar.HERE, "grammars").glob("*.json"):
        assert not loose.findall(path.read_text(encoding="utf-8")), path.name


EDITORS = {"grammar", "rewrite", "translation"}


@pytest.mark.parametrize(
    "slug", [generator.slug for generator in WRITERS if generator.slug not in EDITORS], ids=lambda slug: slug
)
def test_other_seeds_give_other_texts_and_the_same_seed_the_same(slug: str, tmp_path: Path) -> None:
    assert load_grammar(slug) is not None
    turns = cycle(choices(load().generator(slug)))
    texts = {json.dumps(written(task(slug, "lighthouses", seed, next(turns)), tmp_path)) for seed in range(40)}
    assert len(texts) >= 20
    assert written(task(slug, "lighthouses", 7), tmp_path) == written(task(slug, "lighthouses", 7), tmp_path)


def test_a_batch_repeats_no_item(tmp_path: Path) -> None:
    wanted = replace(task("gift-idea", "my sister Anna who paints", 3), count=10)
    assert len({item["text"] for item in written(wanted, tmp_path)}) == 10


def test_an_item_says_nothing_twice_while_there_is_more_to_say(tmp_path: Path) -> None:
    length = {"horoscope-length": "long"}
    for seed in range(10):
        for item in written(replace(task("horoscope", "a", seed, length), count=10), tmp_path):
            said = re.split(r"(?<=[.!?]) +|\n+", item["text"])
            assert len(set(said)) == len(said), item["text"]
            planets = re.findall(r"\b(\w+) and (?:the )?(\w+) stand\b", item["text"])
            assert all(one != other for one, other in planets), item["text"]
        for deck in written(replace(task("flashcards", "Learning Python", seed), count=5), tmp_path):
            questions = [card["front"] for card in deck["cards"]]
            assert len(set(questions)) == len(questions), questions


def test_who_walks_into_a_joke_is_who_speaks_in_it(tmp_path: Path) -> None:
    told = [
        item["text"] for seed in range(12) for item in written(replace(task("joke", "tea", seed), count=10), tmp_path)
    ]
    guests = [
        found.groups()
        for joke in told
        if (found := re.match(r"An? ([\w ]+?) walks into a bar.*says the ([\w ]+?), \"I was sent", joke))
    ]
    callers = [
        found.groups() for joke in told if (found := re.search(r", an? (\w+) and an expert .* the (\w+) presses", joke))
    ]
    assert guests
    assert callers
    assert all(came == spoke for came, spoke in guests + callers)


@pytest.mark.parametrize(
    ("phrase", "article"),
    [
        *(("x", "an"), ("F", "an"), ("b", "a"), ("x-ray", "an"), ("apple", "an"), ("honest man", "an")),
        *(("uninvited guest", "an"), ("unimportant note", "an"), ("unicorn", "a"), ("uniform", "a"), ("union", "a")),
        *(
            ("utensil", "a"),
            ("ukulele", "a"),
            ("ewe", "a"),
            ("umbrella", "an"),
            ("hat", "a"),
            ("FAQ", "an"),
            ("MP", "an"),
        ),
        *(("unit", "a"), ("universe", "a"), ("unity of minds", "a"), ("usher", "an"), ("utter mess", "an")),
    ],
)
def test_an_article_goes_by_the_sound_that_follows(phrase: str, article: str) -> None:
    assert by_sound(phrase) == f"{article} {phrase}"


def test_a_generator_without_a_grammar_gets_a_general_text_in_its_own_shape(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"verse": {"type": "string"}, "stars": {"type": "integer", "minimum": 1, "maximum": 5}},
        "required": ["verse", "stars"],
        "additionalProperties": False,
    }
    fields = written(task("not-written-yet", "lighthouses", 1, schema=schema), tmp_path)[0]
    jsonschema.validate(fields, schema)
    assert len(fields["verse"]) > 20


@pytest.mark.parametrize("prompt", NASTY)
def test_no_prompt_breaks_a_grammar(prompt: str, tmp_path: Path) -> None:
    for generator in WRITERS:
        fields = written(task(generator.slug, prompt, 4), tmp_path)[0]
        assert fields.keys() == generator.data_schema["properties"].keys()


def test_whoever_the_prompt_names_is_called_by_name(tmp_path: Path) -> None:
    assert "Tom" in written(task("birthday-wish", "my friend Tom who loves cycling", 2), tmp_path)[0]["text"]
    assert person("Maria retires after 30 years") == "Maria"
    assert person("a toast for my colleague Jo's farewell") == "Jo"
    assert person("a rainy day in Paris") == ""


def test_a_trip_goes_where_the_prompt_goes_and_takes_as_long_as_asked(tmp_path: Path) -> None:
    fields = written(task("itinerary", "Lisbon with my sister", 4, {"itinerary-days": "5"}), tmp_path)[0]
    assert "Lisbon" in fields["title"] + fields["overview"]
    assert [day["day"] for day in fields["days"]] == [f"Day {number}" for number in range(1, 6)]
    assert destination("a week in the Scottish Highlands") == "the Scottish Highlands"
    assert destination("somewhere warm") == ""


def test_the_word_chain_host_keeps_to_the_last_letter(tmp_path: Path) -> None:
    for seed in range(8):
        given = task("game", "animals", seed, {"game-type": "word-chain"}, mode="turn", user_text="elephant")
        fields = written(given, tmp_path)[0]
        assert fields["phase"] == "turn"
        assert re.search(r"“[Tt]\w+”|“[Tt]\w+!”", fields["text"])


def test_slips_are_put_right_and_told() -> None:
    fixed = corrected("i recieved teh letter ,but its a old one. I could of cried", {"grammar-strictness": "errors"})
    assert fixed["text"] == "I received the letter, but it's an old one. I could have cried."
    assert "recieved → received (spelling)" in fixed["corrections"]
    assert corrected("Everything is fine here.", {})["corrections"] == []
    bare = corrected("teh sea.", {"grammar-explain": "none"})
    assert bare["corrections"] == ["teh → the", "the → The"]


def test_spelling_follows_the_variant_asked_for() -> None:
    assert corrected("The colour is grey.", {"grammar-variant": "american"})["text"] == "The color is gray."
    assert corrected("The color is gray.", {"grammar-variant": "british"})["text"] == "The colour is grey."


@pytest.mark.parametrize(
    ("style", "said", "better"),
    [
        ("clearer", "We utilize it due to the fact that it works.", "We use it because it works."),
        ("formal", "We can't come, thanks.", "We cannot come, thank you."),
        ("casual", "We cannot come.", "We can't come."),
        ("persuasive", "I think that this is really good.", "This is good."),
        ("warmer", "You must call us.", "Please could you call us."),
    ],
)
def test_a_text_is_rewritten_in_the_style_asked_for(style: str, said: str, better: str) -> None:
    done = rewritten(said, {"rewrite-style": style})
    assert done["text"] == better
    assert done["changes"]


def test_known_phrases_are_translated_and_the_rest_is_left_and_counted() -> None:
    done = translated("Hello! My cat sleeps. Thank you.", {"translation-to": "de"})
    assert done["text"] == "Hallo! My cat sleeps. Danke."
    assert (done["source_language"], done["target_language"]) == ("English", "German")
    assert done["notes"].startswith("2 of 3 sentences")
    assert translated("Guten Morgen!", {"translation-to": "de"}, "en-GB")["text"] == "Good morning!"
