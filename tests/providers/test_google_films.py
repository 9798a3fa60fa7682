"""Google's films through the suite: interactions in the background have every case that pictures lack."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from service.errors import ProviderError, RefusedByProvider
from service.providers.base import Made, Reference, Task
from tests.fakes.google import FakeGoogleFilms
from tests.fakes.provider import KEY, FakeProvider
from tests.providers.catalogue import asked
from tests.providers.conformance import Conformance
from tests.providers.references import fetched
from tests.providers.test_google import TASKS


class TestGoogleFilms(Conformance):
    fake_class = FakeGoogleFilms
    tasks: ClassVar[dict[str, Task]] = {"video": TASKS["video"], **TASKS}

    def test_a_film_is_asked_for_in_its_words(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), task, tmp_path)
        assert fake.requests[0].json == {
            "model": "gemini-omni-1.1-flash",
            "background": True,
            "store": True,
            "input": [{"type": "text", "text": "rain"}],
            "response_format": {
                "type": "video",
                "delivery": "uri",
                "aspect_ratio": "16:9",
                "duration": "8s",
                "resolution": "720p",
            },
            "generation_config": {"video_config": {"task": "text_to_video"}},
        }
        assert artifact.cost == pytest.approx(57920 * 17.5 / 1_000_000)

    @pytest.mark.parametrize(
        ("roles", "named"),
        [(("image",), "image_to_video"), (("reference_image", "reference_image"), "reference_to_video")],
    )
    def test_its_pictures_are_the_input(
        self, fake: FakeProvider, tmp_path: Path, roles: tuple[str, ...], named: str
    ) -> None:
        fake.makes = "video"
        given = tuple(Reference(role, "https://example.com/a.png") for role in roles)
        film = asked("gemini-omni-1-1-flash", Task("video", "", "rain", params={"seconds": 5}, references=given))
        self.carried_out(self.opened(fake), fetched(film, tmp_path), tmp_path)
        body = fake.requests[0].json
        assert [part["type"] for part in body["input"]] == [*["image"] * len(roles), "text"]
        assert body["generation_config"]["video_config"]["task"] == named
        assert "image_url" not in body["response_format"]

    def test_googles_own_host_sees_the_key_and_where_it_points_does_not(
        self, fake: FakeProvider, task: Task, tmp_path: Path
    ) -> None:
        self.carried_out(self.opened(fake), task, tmp_path)
        (asked_for,) = [one for one in fake.requests if one.path.startswith("/v1beta/files/")]
        assert asked_for.headers["x-goog-api-key"] == KEY
        assert [KEY in str(one.headers) for one in fake.file_requests] == [False]

    def test_a_film_that_is_made_is_fetched_though_the_next_turn_is_awaited(
        self, fake: FakeProvider, task: Task, tmp_path: Path
    ) -> None:
        fake.trouble("idle")
        (artifact,) = self.carried_out(self.opened(fake), task, tmp_path)
        assert artifact.content_type == "video/mp4"

    def test_an_answer_that_awaits_the_user_without_a_film_has_failed(
        self, fake: FakeProvider, task: Task, tmp_path: Path
    ) -> None:
        fake.trouble("waiting")
        with pytest.raises(ProviderError, match="google failed") as failure:
            self.carried_out(self.opened(fake), task, tmp_path)
        assert failure.value.provider is not None
        assert failure.value.provider["code"] == "idle"

    def test_an_error_in_a_list_is_read_as_well(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        numbered = replace(task, inputs={**task.inputs, "seconds": "duration"})
        with pytest.raises(RefusedByProvider) as refusal:
            self.carried_out(self.opened(fake), numbered, tmp_path)
        assert refusal.value.provider is not None
        assert refusal.value.provider["code"] == "INVALID_ARGUMENT"
        assert "duration" in refusal.value.provider["message"]

    def test_a_film_that_is_forgotten_is_an_error(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        provider = self.opened(fake)
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        fake.jobs.clear()
        with pytest.raises(ProviderError, match="does not take this request") as failure:
            provider.poll(ticket)
        self.keeps_the_words(failure.value, fake)
