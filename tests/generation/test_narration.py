"""What is read aloud of a made text."""

from pathlib import Path
from typing import Any

import pytest

from service.generation.narration import narrated, readable
from service.providers.base import Artifact, Task


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": "Hope", "text": "It rains!", "illustration_desc": "a cloud"}, "Hope.\nIt rains!"),
        ({"text": "It rains"}, "It rains."),
        (
            {"dish_name": "Soup", "servings": 2, "steps": ["Boil.", "Eat"], "image_prompt": "a bowl"},
            "Soup.\nBoil.\nEat.",
        ),
        ({"picture_desc": "a cloud", "count": 3}, ""),
    ],
)
def test_the_words_are_read_and_nothing_else(fields: dict[str, Any], words: str) -> None:
    assert readable(fields) == words


def test_only_what_asks_for_it_is_read_and_each_text_by_itself(tmp_path: Path) -> None:
    asked: list[Task] = []

    def speak(task: Task, folder: Path) -> list[Artifact]:
        asked.append(task)
        return [Artifact(0, "local/voice", path=folder / "1.wav", content_type="audio/wav", duration=1.5)]

    made = [
        Artifact(0, "x", fields={"text": "One."}),
        Artifact(1, "x", error="lost"),
        Artifact(2, "x", fields={"text": "Two."}),
    ]
    silent = Task(media="text", model="m", prompt="p", count=3)
    task = Task(media="text", model="m", prompt="p", count=3, params={"narration": {"model": "v", "language": "nb-NO"}})

    assert list(narrated(silent, made, speak, tmp_path)) == made
    voiced = list(narrated(task, made, speak, tmp_path))

    assert [(reading.prompt, reading.model, reading.params["language"]) for reading in asked] == [
        ("One.", "v", "nb-NO"),
        ("Two.", "v", "nb-NO"),
    ]
    assert [artifact.fields for artifact in voiced] == [artifact.fields for artifact in made]
    assert voiced[1].path is None
    assert voiced[0].path != voiced[2].path
