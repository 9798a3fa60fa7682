"""Regular expressions of callers' schemas, matched in linear time by Rust's regex, which jsonschema-rs brings."""

from functools import lru_cache
from typing import Any

import jsonschema_rs

# Memory of one compiled pattern: more is a pattern that counts to thousands, whose linear time is long too.
COMPILED_BYTES = 256 * 1024
_OPTIONS = jsonschema_rs.RegexOptions(size_limit=COMPILED_BYTES, dfa_size_limit=COMPILED_BYTES)


class PatternRefused(Exception):
    """No regular expression, or one that linear time can't match: lookaround, back-references, huge counts."""


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> Any:
    try:
        return jsonschema_rs.Draft202012Validator({"type": "string", "pattern": pattern}, pattern_options=_OPTIONS)
    except (ValueError, jsonschema_rs.ValidationError):
        raise PatternRefused(pattern) from None


def compiles(pattern: str) -> bool:
    """Return whether `pattern` can be matched here."""
    try:
        _compiled(pattern)
    except PatternRefused:
        return False
    return True


def matches(pattern: str, text: str) -> bool:
    """Return whether `pattern` matches anywhere in `text`. Raises PatternRefused."""
    return bool(_compiled(pattern).is_valid(text))
