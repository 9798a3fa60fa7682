"""Creates, searches and triggers as Zapier's plain JSON, from the definitions.

See the schemas of zapier-platform-schema 19.1.0.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from service.definitions import LOCAL, Action, Definitions
from service.definitions.schemas import DefinitionError
from service.describe import form
from service.packs.zapier import fields, samples

Json = dict[str, Any]
LONGEST_LABEL = 64
LONGEST_DESCRIPTION = 1000
OUTPUT_FILES = [
    {"key": "files[]file", "label": "File", "type": "file"},
    {"key": "files[]url", "label": "File URL"},
    {"key": "files[]media", "label": "File Media"},
]
MAX_CREDITS = {
    "key": "run_max_credits",
    "label": "Max Credits",
    "helpText": "Refuse the run, and charge nothing, where its estimate is higher.",
    "type": "integer",
    "required": False,
}
DEDUPLICATION_KEY = {
    "key": "run_deduplication_key",
    "label": "Deduplication Key",
    "helpText": "Within 24 hours, a second step with the same key and input gets the first one's result and isn't "
    "charged. Leave it empty to run every time.",
    "type": "string",
    "required": False,
    "group": fields.ADVANCED,
}
ADVANCED = {"key": fields.ADVANCED, "label": "Advanced", "emphasize": False}
ESTIMATE = {"credits": 6, "seconds": 12}
TRIGGERS = {"completed": "is completed", "failed": "has failed"}


def key(action: Action) -> str:
    """The step's key."""
    return action.id.replace(".", "_").replace("-", "_")


def estimate_key(action: Action) -> str:
    """The key of the search that tells what a generate would take."""
    return f"{key(action)}_estimate"


def create(action: Action) -> Json:
    """An action that makes or changes something. Raises DefinitionError where an input has a name kept for the pack."""
    taken = sorted(set(fields.OWN) & set(action.input_schema.get("properties", {})))
    if taken:
        raise DefinitionError(action.id, f"/input_schema/properties/{taken[0]}", "is a name that the Zapier app keeps")
    queued = action.kind == "generate"
    own = [MAX_CREDITS, _connection(action), DEDUPLICATION_KEY] if queued else [DEDUPLICATION_KEY]
    return _step(
        action, [*fields.static_fields(action), *own], samples.run(action) if queued else samples.answer(action)
    )


def estimate(action: Action) -> Json:
    """The search that tells what a generate would take, from the same fields."""
    made = _step(action, [*fields.static_fields(action), _connection(action)], ESTIMATE)
    made["key"], made["noun"] = estimate_key(action), "Estimate"
    made["display"] = {
        "label": _label(action, "Estimate: "),
        "description": "Tells the credits and seconds that it would take; nothing is made or charged.",
    }
    made["operation"].pop("outputFields", None)
    return made


def search(action: Action) -> Json:
    """An action that finds or reads something; answers with a list."""
    return _step(action, fields.static_fields(action), samples.answer(action))


def run_trigger(status: str, generates: Sequence[Action]) -> Json:
    """The REST hook that hears of every run that has come to an end."""
    choices = [{"value": one.id, "sample": one.id, "label": _label(one)} for one in generates]
    sample = samples.run(generates[0])
    if status == "failed":
        sample = samples.failed(sample)
    return {
        "key": f"run_{status}",
        "noun": "Run",
        "display": {
            "label": f"Run {status.title()}",
            "description": f"Triggers when a run {TRIGGERS[status]}, whichever way it was started.",
        },
        "operation": {
            "type": "hook",
            "inputFields": [
                {
                    "key": "actions",
                    "label": "Actions",
                    "helpText": "Only runs of these actions; all where none is chosen.",
                    "required": False,
                    "type": "string",
                    "list": True,
                    "choices": choices,
                }
            ],
            "outputFields": OUTPUT_FILES,
            "sample": sample,
        },
    }


def option_triggers(action: Action) -> Iterator[tuple[Json, Json]]:
    """The hidden triggers behind the dynamic dropdowns, each with what index.js asks for."""
    for name in form.asked(action):
        if "options" not in form.settings(action, name):
            continue
        trigger = {
            "key": fields.options_trigger(action, name),
            "noun": form.label(action, name),
            "display": {
                "label": f"{form.label(action, name)} Options"[:LONGEST_LABEL],
                "description": f"Triggers the dropdown {form.label(action, name)} of {_label(action)}.",
                "hidden": True,
            },
            "operation": {"sample": {"id": "1", "label": "One"}},
        }
        yield trigger, {"action": action.id, "field": name}


def facts(action: Action) -> Json:
    """Return what index.js needs to know of an action to call it and to present its result."""
    return {
        "id": action.id,
        "kind": action.kind,
        "input": {
            name: fields.shape(action.input_schema["properties"][name], form.settings(action, name).get("as"))
            for name in form.asked(action)
        },
        "conditional": fields.conditional_fields(action),
        "schemas": fields.schema_fields(action),
        "items": samples.items(action),
        "files": [dict(file) for file in action.files],
    }


def _connection(action: Action) -> Json:
    titles = {LOCAL: "This Genhook", action.api.name: f"The hosted {action.api.title}"}
    return {
        "key": "run_connection",
        "label": "Connection",
        "helpText": "Where it runs: here, or at the hosted original, by the key of it that your Genhook has stored.",
        "type": "string",
        "required": False,
        "choices": [{"value": place, "sample": place, "label": titles[place]} for place in action.connections],
        "group": fields.ADVANCED,
    }


def _step(action: Action, inputs: Sequence[Json], sample: Json) -> Json:
    grouped = any("group" in field for field in (*inputs, *(one["field"] for one in fields.conditional_fields(action))))
    return {
        "key": key(action),
        "noun": _noun(action),
        "display": {"label": _label(action), "description": _sentence(action.description)},
        "operation": {
            "inputFields": sorted(inputs, key=lambda field: "group" in field),
            **({"inputFieldGroups": [ADVANCED]} if grouped else {}),
            **({"outputFields": OUTPUT_FILES} if action.files else {}),
            "sample": sample,
        },
    }


def _noun(action: Action) -> str:
    noun = form.titled(action.resource.replace("_", " "))
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def _label(action: Action, before: str = "") -> str:
    """'Generate Thumbnails (Flokan)': two APIs may name an operation alike."""
    api = f" ({action.api.name.replace('-', ' ').title()})"
    return f"{before}{form.titled(action.title)}"[: LONGEST_LABEL - len(api)] + api


def _sentence(text: str) -> str:
    text = text[:LONGEST_DESCRIPTION].rstrip()
    return text if text.endswith(".") else text[: LONGEST_DESCRIPTION - 1] + "."


def steps(definitions: Definitions) -> tuple[dict[str, Json], dict[str, Json]]:
    """Creates and searches by key."""
    creates, searches = {}, {}
    for action in definitions.actions.values():
        if action.kind in ("generate", "write"):
            creates[key(action)] = create(action)
            if action.kind == "generate" and form.has_estimate(action):
                searches[estimate_key(action)] = estimate(action)
        else:
            searches[key(action)] = search(action)
    return creates, searches
