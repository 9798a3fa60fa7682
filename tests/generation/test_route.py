"""The lane that a run waits in, by what the embedded engine takes for its work."""

import pytest

from service.generation.route import LOCAL, Route
from service.providers.base import Task

PICTURE = Task("image", "", "a castle")


@pytest.mark.parametrize(
    ("task", "lane"),
    [
        (Task("text", "", "a joke"), "quick"),
        (Task("text", "", "a joke", 10), "quick"),
        (Task("text", "", "a joke", params={"narration": {"model": "tts"}}), "medium"),
        (Task("text", "", "a joke", 10, params={"narration": {"model": "tts"}}), "slow"),
        (PICTURE, "medium"),
        (Task("image", "", "a castle", 10), "slow"),
        (Task("speech", "", "Hello."), "medium"),
        (Task("speech", "", "Hello. " * 500), "slow"),
        (Task("music", "", "slow piano", params={"seconds": 300}), "slow"),
        (Task("video", "", "rain"), "slow"),
        (Task("vision", "", "What is it?"), "medium"),
    ],
)
def test_no_quick_work_waits_behind_long_work(task: Task, lane: str) -> None:
    assert LOCAL.lane(task) == lane


def test_work_of_other_providers_waits_in_a_lane_of_its_own() -> None:
    assert Route("fal").lane(PICTURE) == "blocking"
