"""Builds the generated part of the Zapier app: the steps as plain JSON, made from the definitions.

The four modules that hold every function are written by hand in packs/zapier/.
"""

from typing import Any

import orjson

from service.definitions import Definitions
from service.describe import form
from service.packs.zapier import steps

GENERATED = "generated"


def build(definitions: Definitions) -> dict[str, bytes]:
    """Make the generated files of packs/zapier/, by their path.

    Raises DefinitionError where a definition can't be shown in Zapier.
    """
    creates, searches = steps.steps(definitions)
    generates = [action for action in definitions.actions.values() if action.kind == "generate"]
    triggers = {f"run_{status}": steps.run_trigger(status, generates) for status in steps.TRIGGERS}
    options = {}
    for action in definitions.actions.values():
        for trigger, asked in steps.option_triggers(action):
            triggers[trigger["key"]], options[trigger["key"]] = trigger, asked
    estimates = {steps.estimate_key(action): action.id for action in generates if form.has_estimate(action)}
    actions = {steps.key(action): steps.facts(action) for action in definitions.actions.values()}
    files = {f"{GENERATED}/genhook.json": _json({"actions": actions, "estimates": estimates, "options": options})}
    for folder, kind in (("creates", creates), ("searches", searches), ("triggers", triggers)):
        files |= {f"{GENERATED}/{folder}/{name}.json": _json(body) for name, body in kind.items()}
    return files


def _json(body: Any) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
