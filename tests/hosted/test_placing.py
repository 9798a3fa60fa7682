"""Where each field of an input goes, and how long an answer is awaited."""

from typing import Any

import pytest

from service.definitions import Definitions
from service.errors import ValidationError
from service.hosted.original import is_repeatable, limit_s
from service.hosted.placing import Placed, placed
from service.processes import steps
from tests.support.house import House


@pytest.fixture
def definitions(idle_house: House) -> Definitions:
    return idle_house.context.definitions


@pytest.mark.parametrize(
    ("action", "values", "expected"),
    [
        (
            "generor.users.creations",
            {"username": "a/b c?", "page": 2},
            Placed("GET", "/api/v1/users/a%2Fb%20c%3F/creations", {"page": "2"}, None),
        ),
        (
            "generor.creations.update",
            {"id": 7, "privacy_mode": 1},
            Placed("PATCH", "/api/v1/creations/7", {}, {"privacy_mode": 1}),
        ),
        ("generor.creations.delete", {"id": 7}, Placed("DELETE", "/api/v1/creations/7", {}, None)),
        ("generor.users.follow", {"username": "ada"}, Placed("POST", "/api/v1/users/ada/follow", {}, {})),
        ("generor.credits.balance", {}, Placed("GET", "/api/v1/credits/balance", {}, None)),
    ],
)
def test_fields_go_to_path_query_and_body(
    definitions: Definitions, action: str, values: dict[str, Any], expected: Placed
) -> None:
    assert placed(definitions.action(action), values) == expected


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_text_that_is_no_part_of_a_path_is_refused(definitions: Definitions, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        placed(definitions.action("generor.users.get"), {"username": text})
    assert refused.value.errors[0].pointer == "/username"


def test_every_example_can_be_placed_with_every_field(definitions: Definitions) -> None:
    for action in definitions.actions.values():
        for example in action.examples:
            request = placed(action, example["input"])
            assert "{" not in request.path
            sent = {*(request.body or ()), *request.query}
            in_path = {name for name, place in action.placement.items() if place == "path"}
            streaming = {action.stream.field} if action.stream is not None else set()
            assert sent | in_path == (set(example["input"]) - streaming) | in_path, action.id


def test_an_answer_is_awaited_as_long_as_its_api_takes_and_within_a_workers_step(definitions: Definitions) -> None:
    for action in definitions.actions.values():
        limits = action.api.time_limits
        least = limits["generate_s"] if action.kind == "generate" else limits["request_s"]
        assert least <= limit_s(action) < steps.LIMIT_S["blocking"]


def test_only_what_changes_nothing_may_be_asked_again(definitions: Definitions) -> None:
    for action in definitions.actions.values():
        assert is_repeatable(action) == (action.kind in ("read", "search", "estimate")), action.id
