"""Werkzeug's rules, compiled once a test process.

A rule compiles the code that builds its URL when its app is made, which is half of what an app costs; every test has an
app of its own, with the same rules.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def compile_once() -> None:
    """Let rules of the same path and defaults have the same builder, which is bound to its rule when used."""
    compiled: dict[Any, Builder] = {}
    compiling = Rule._compile_builder

    @wraps(compiling)
    def compile_builder(rule: Rule, append_unknown: bool = True) -> Builder:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compiling(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = compile_builder  # type: ignore[method-assign, assignment]
