"""What every app makes alike, made once a test process: each test has its own app, with the same routes and tools.

Werkzeug parses each path and compiles the code that builds its URL, and each action is described as a tool: together
they are most of what an app costs.
"""

from functools import cache
from typing import Any

from werkzeug.routing import Rule

from service.describe import mcp

# Those of a rule's members that its path, its defaults and nothing of its map decide.
MEMBERS = ("_parts", "_trace", "_converters", "arguments")
BUILDERS = ("_build", "_build_unknown")


def make_once() -> None:
    """Let the rules of one path share what it was compiled to, and the tools of one action their descriptions."""
    _compile_rules_once()
    mcp.action_tool = cache(mcp.action_tool)
    mcp.estimate_tool = cache(mcp.estimate_tool)


def _compile_rules_once() -> None:
    compiled: dict[Any, dict[str, Any]] = {}
    compiling = Rule.compile

    def compile_rule(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults))
        if key not in compiled:
            compiling(rule)
            shared = {name: getattr(rule, name) for name in MEMBERS}
            compiled[key] = shared | {name: getattr(rule, name).__func__ for name in BUILDERS}
        for name in MEMBERS:
            setattr(rule, name, compiled[key][name])
        for name in BUILDERS:
            # A builder is bound to its rule.
            setattr(rule, name, compiled[key][name].__get__(rule, None))

    Rule.compile = compile_rule  # type: ignore[method-assign, assignment]
