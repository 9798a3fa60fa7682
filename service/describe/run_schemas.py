"""A run as a schema, for every face that tells of one."""

from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]

TIME = {"type": "string", "format": "date-time"}
NULLABLE_TIME = {"type": ["string", "null"], "format": "date-time"}
RUN_STATUS = {"enum": ["queued", "running", "completed", "failed", "canceled"]}
DELIVERY_STATUS = {"enum": ["pending", "delivered", "failed"]}
ANY_OUTPUT: Json = {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}


def record(required: Mapping[str, Any], **optional: Any) -> Json:
    """An object with these members."""
    return {"type": "object", "required": sorted(required), "properties": {**required, **optional}}


def parts() -> dict[str, Json]:
    """Return what a run holds that has a shape of its own, by name."""
    text, number, flag = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
    maybe_text, maybe_number = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
    provider = record({"name": maybe_text, "code": maybe_text, "message": maybe_text})
    error = record(
        {
            "code": text,
            "message": text,
            "status": number,
            "permanent": flag,
            "retry_after": maybe_number,
            "provider": _or_null(provider),
        },
        errors={"type": "array", "items": record({"pointer": text, "message": text})},
    )
    return {
        "Estimate": record({"credits": number, "seconds": {"type": "number"}}, approximate=flag),
        "RunError": error,
        "Callback": record({"url": text, "status": DELIVERY_STATUS, "attempts": number}),
    }


def run(output: Mapping[str, Any], part: Callable[[str], Json]) -> Json:
    """Describe a run whose output is `output`; `part` answers the schema of one of `parts()`, or a reference to it."""
    text = {"type": "string"}
    return record(
        {
            "id": text,
            "action": text,
            "account": text,
            "status": RUN_STATUS,
            "created_at": TIME,
            "started_at": NULLABLE_TIME,
            "finished_at": NULLABLE_TIME,
            "progress": {"type": "number", "minimum": 0, "maximum": 1},
            "input": {"type": "object"},
            "output": _or_null(output),
            "error": _or_null(part("RunError")),
            "estimate": _or_null(part("Estimate")),
            "credits_charged": {"type": "integer"},
            "metadata": {"type": ["object", "null"]},
            "connection": text,
            "group": {"type": ["string", "null"]},
            "sandbox": {"type": "boolean"},
            "callback": _or_null(part("Callback")),
        },
        cancel_requested_at=TIME,
        waiting=text,
    )


def listed(part: Callable[[str], Json]) -> Json:
    """Describe a run in a list, where input and output are only there if they were asked for."""
    whole = run(ANY_OUTPUT, part)
    return whole | {"required": [name for name in whole["required"] if name not in ("input", "output")]}


def _or_null(schema: Mapping[str, Any]) -> Json:
    ways = schema["anyOf"] if schema.keys() == {"anyOf"} else [dict(schema)]
    return {"anyOf": [*ways, {"type": "null"}]}
