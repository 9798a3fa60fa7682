"""From a request to the prompt a model reads: the generator's own Jinja template, filled in.

Source: generor-api, request body and 'Additional text-generation fields'.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from service.catalog.generators import Generator

# What a template may name beside prompt, language and parameters; what the caller left out is empty there.
FIELDS = (
    "user_text",
    "user_text_two",
    "preference",
    "preference_two",
    "story_context",
    "character_context",
    "character_name",
    "mode",
    "item_index",
    "total_count",
    "source_language",
    "avoid_duplicates",
)

# Prompts are plain text for a model, never HTML: escaping would put &amp; in front of it.
_ENVIRONMENT = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=False)  # noqa: S701


def render_prompt(generator: Generator, input: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    """The prompt for `input` (a request body in the document's names) with `parameters` as `Quote` fills them in."""
    given = {name: "" if input.get(name) is None else input[name] for name in FIELDS}
    text = _template(generator.prompt_template).render(
        given,
        prompt=input.get("prompt") or "",
        language=input.get("language") or "auto",
        parameters=parameters,
    )
    return text.strip()


@cache
def _template(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)
