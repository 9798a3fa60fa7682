"""What clients send for empty and for numbers is read as they mean it."""

from typing import Any

import pytest

from service.definitions.reading import Reader

SCHEMA = {
    "type": "object",
    "required": ["slug"],
    "properties": {
        "slug": {"type": "string"},
        "count": {"type": "integer"},
        "weight": {"type": "number"},
        "public": {"type": "boolean"},
        "ratio": {"enum": ["1:1", "16:9"]},
        "size": {"enum": [1, 2, 4]},
        "either": {"type": ["string", "integer"]},
        "bio": {"type": ["string", "null"]},
        "team": {"type": ["integer", "null"]},
        "tags": {"type": "array", "items": {"type": "integer"}},
        "metadata": {"type": "object"},
        "messages": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["text"],
                "properties": {"text": {"type": "string"}, "name": {"type": "string"}, "index": {"type": "integer"}},
            },
        },
    },
}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"slug": None}, {}),
        ({"slug": ""}, {}),
        ({"count": None, "ratio": "", "tags": "", "metadata": "", "public": ""}, {}),
        ({"bio": None}, {"bio": None}),
        ({"bio": ""}, {"bio": ""}),
        ({"team": ""}, {"team": None}),
        ({"count": "37", "weight": "1.5", "public": "true"}, {"count": 37, "weight": 1.5, "public": True}),
        ({"weight": "2"}, {"weight": 2}),
        ({"public": "False"}, {"public": False}),
        ({"size": "4"}, {"size": 4}),
        ({"count": "1.5"}, {"count": "1.5"}),
        ({"count": "9" * 5000}, {"count": "9" * 5000}),
        ({"count": "٣"}, {"count": "٣"}),
        ({"either": "37", "slug": "12"}, {"either": "37", "slug": "12"}),
        ({"tags": ["1", 2]}, {"tags": [1, 2]}),
        ({"metadata": {"a": None, "b": "", "c": "37"}}, {"metadata": {"a": None, "b": "", "c": "37"}}),
        ({"messages": [{"text": "", "name": "", "index": "3"}]}, {"messages": [{"text": "", "index": 3}]}),
        ({"unheard_of": None}, {"unheard_of": None}),
    ],
)
def test_what_was_sent_is_read_as_it_was_meant(sent: dict[str, Any], read: dict[str, Any]) -> None:
    assert Reader(SCHEMA).read(sent) == read


def test_a_member_described_in_a_branch_is_read_too() -> None:
    schema = {"anyOf": [{"type": "object", "properties": {"count": {"type": "integer"}}}, {"type": "null"}]}
    assert Reader({"properties": {"options": schema}}).read({"options": {"count": "2"}}) == {"options": {"count": 2}}
