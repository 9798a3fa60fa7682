"""Templates see what the caller sent, and nothing undefined."""

from collections.abc import Callable

import pytest
from jinja2 import UndefinedError

from service.catalog import Generator
from service.catalog.prompts import FIELDS, render_prompt


def test_a_prompt_has_the_callers_words_and_choices(horoscope: Generator) -> None:
    parameters = {**horoscope.defaults, "horoscope-length": "long"}
    prompt = render_prompt(horoscope, {"prompt": "Aries & <weekly>", "user_text": "kind"}, parameters)
    assert prompt == "A long horoscope. Aries & <weekly> kind"


def test_what_the_caller_leaves_out_is_empty(generator_like: Callable[..., Generator]) -> None:
    template = "[" + "".join(f"{{{{ {name} }}}}" for name in FIELDS) + "{{ prompt }}]{{ language }}"
    generator = generator_like(prompt_template=template)
    assert render_prompt(generator, {"user_text": None}, generator.defaults) == "[]auto"


def test_a_prompt_that_looks_like_a_template_stays_text(horoscope: Generator) -> None:
    assert "{{ 7 * 7 }}" in render_prompt(horoscope, {"prompt": "{{ 7 * 7 }}"}, horoscope.defaults)


def test_a_template_that_names_what_is_not_there_raises(generator_like: Callable[..., Generator]) -> None:
    generator = generator_like(prompt_template="{{ parameters['horoscope-colour'] }}")
    with pytest.raises(UndefinedError):
        render_prompt(generator, {}, generator.defaults)
