"""The schema of what an operation answers: names and types, to be shown and chosen from, never to refuse an answer by.

Servers say more and other than their documents do, so nothing is required, every value may be null, and no bound holds.
"""

from typing import Any

from service.extensions.shapes import Shape, Shapes
from service.extensions.texts import LONGEST_HELP, plain

DEEPEST = 4
MOST_MEMBERS = 150
# Whatever it is.
ANYTHING: dict[str, Any] = {"allOf": [{}]}
Json = dict[str, Any]


def answer_schema(shapes: Shapes, schema: Any) -> Json:
    """The output schema of an answer that `schema` describes."""
    shape = shapes.of(schema)
    if shape.kind in ("object", "array"):
        return _container(shapes, shape, 1, top=True)
    return _schema(shapes, shape, 1)


def _schema(shapes: Shapes, shape: Shape, depth: int) -> Json:
    described = plain(shape.description, LONGEST_HELP)
    told: Json = {"description": described} if described else {}
    if shape.cut is not None or depth > DEEPEST or not shape.kinds:
        return {**ANYTHING, **told}
    if shape.kind in ("object", "array"):
        return {**_container(shapes, shape, depth), **told}
    if shape.kinds & {"object", "array"}:
        return {**ANYTHING, **told}
    return {"type": [*sorted(shape.kinds), "null"], **told}


def _container(shapes: Shapes, shape: Shape, depth: int, top: bool = False) -> Json:
    """An object or a list; `top` where it is the whole answer, which has that one type."""
    kind = str(shape.kind)
    made: Json = {"type": kind if top else [kind, "null"]}
    if kind == "array":
        items = shape.inner("items")
        return {
            **made,
            "items": ANYTHING if items is None else _schema(shapes, shapes.of(items, shape.trail), depth + 1),
        }
    members = {}
    for name, (part, trail) in list(shape.properties.items())[:MOST_MEMBERS]:
        inner = shapes.of(part, trail)
        if inner.words.get("writeOnly") is not True:
            members[name] = _schema(shapes, inner, depth + 1)
    return {**made, "properties": members} if members else {**made, "additionalProperties": ANYTHING}
