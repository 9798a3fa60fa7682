"""BytePlus through the suite, each media as the catalogue asks for it, and what is its own."""

from pathlib import Path
from typing import ClassVar

import pytest

from service.errors import OutcomeUnknown, ProviderError, RefusedByProvider
from service.providers.adapters.byteplus.words import pixels
from service.providers.base import Made, Reference, Stop, Task
from tests.fakes.byteplus import FakeBytePlus
from tests.fakes.provider import FakeProvider
from tests.providers.catalogue import asked
from tests.providers.conformance import Conformance
from tests.providers.references import fetched

PICTURE = Reference("image", "https://example.com/a.png")
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
RAIN = {"seconds": 5, "aspect_ratio": "16:9", "generate_audio": True}


class TestBytePlus(Conformance):
    fake_class = FakeBytePlus
    tasks: ClassVar[dict[str, Task]] = {
        "video": asked("dreamina-seedance-2-720p", Task("video", "", "rain", params=RAIN, references=(PICTURE,))),
        "image": asked("seedream-4-5", Task("image", "", "a red fox", params={"width": 1280, "height": 720})),
        "text": asked("seed-2-lite", Task("text", "", "cats", params={"schema": TEXT})),
        "vision": asked("seed-2-lite", Task("vision", "", "What is it?", references=(PICTURE,))),
    }

    def test_a_film_is_asked_for_in_its_words(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), task, tmp_path)
        body = fake.requests[0].json
        said, frame = body.pop("content")
        assert body == {
            "model": "dreamina-seedance-2-0-260128",
            "ratio": "16:9",
            "duration": 5,
            "resolution": "720p",
            "generate_audio": True,
            "watermark": False,
        }
        assert said == {"type": "text", "text": "rain"}
        assert (frame["type"], frame["role"]) == ("image_url", "first_frame")
        assert frame["image_url"]["url"].startswith("data:image/png;base64,")
        assert artifact.cost == pytest.approx(108900 * 7 / 1_000_000)

    def test_frames_do_not_go_with_references(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.makes = "video"
        clip = Reference("reference_video", "https://example.com/a.mp4")
        film = Task("video", "", "rain", params=RAIN, references=(PICTURE, clip))
        given = fetched(asked("dreamina-seedance-2-720p", film), tmp_path)
        (artifact,) = self.carried_out(self.opened(fake), given, tmp_path)
        _, picture, shown = fake.requests[0].json["content"]
        assert picture["role"] == "reference_image"
        assert shown == {"type": "video_url", "video_url": {"url": clip.url}, "role": "reference_video"}
        assert artifact.cost is None

    def test_what_is_done_is_not_forgotten_by_a_cancel(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        provider = self.opened(fake)
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        assert provider.cancel(ticket) is Stop.GOES_ON
        assert len(list(provider.fetch(ticket, tmp_path))) == 1

    def test_a_picture_is_asked_for_in_its_words(self, fake: FakeProvider, tmp_path: Path) -> None:
        self.carried_out(self.opened(fake), self.ready("image", fake, tmp_path), tmp_path)
        assert fake.requests[0].json == {
            "model": "seedream-4-5-251128",
            "prompt": "a red fox",
            "size": "2560x1440",
            "response_format": "url",
            "watermark": False,
        }

    def test_a_pictures_link_is_recorded_before_it_is_fetched(self, fake: FakeProvider, tmp_path: Path) -> None:
        provider = self.opened(fake)
        ticket = provider.submit(self.ready("image", fake, tmp_path), tmp_path)
        assert not isinstance(ticket, Made)
        assert (len(fake.file_requests), provider.poll(ticket).done) == (0, True)
        (artifact,) = provider.fetch(ticket, tmp_path)
        assert artifact.content_type == "image/png"

    @pytest.mark.parametrize("trouble", ["refused", "withheld"])
    def test_a_picture_that_is_refused_is_told_as_such(self, fake: FakeProvider, tmp_path: Path, trouble: str) -> None:
        fake.trouble(trouble)
        with pytest.raises(RefusedByProvider) as refusal:
            self.carried_out(self.opened(fake), self.ready("image", fake, tmp_path), tmp_path)
        self.keeps_the_words(refusal.value, fake)

    @pytest.mark.parametrize("media", ["image", "text"])
    def test_an_error_inside_is_told_whatever_is_made(self, fake: FakeProvider, tmp_path: Path, media: str) -> None:
        fake.trouble("hidden")
        with pytest.raises(ProviderError, match="byteplus failed"):
            self.carried_out(self.opened(fake), self.ready(media, fake, tmp_path), tmp_path)

    @pytest.mark.parametrize("media", ["image", "text"])
    def test_a_call_that_broke_is_never_sent_again(self, fake: FakeProvider, tmp_path: Path, media: str) -> None:
        fake.trouble("drop")
        with pytest.raises(OutcomeUnknown):
            self.carried_out(self.opened(fake), self.ready(media, fake, tmp_path), tmp_path)
        assert fake.submissions == 1

    def test_a_dead_link_to_a_picture_is_an_error(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.links = "dead"
        with pytest.raises(ProviderError, match="dead"):
            self.carried_out(self.opened(fake), self.ready("image", fake, tmp_path), tmp_path)

    def test_it_is_told_how_much_to_think(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.makes = "text"
        params = {"thinking_mode": "off", "temperature": 0.2, "max_tokens": 40}
        self.carried_out(self.opened(fake), asked("seed-2-lite", Task("text", "", "Hello", params=params)), tmp_path)
        assert fake.requests[0].json == {
            "model": "seed-2-0-lite-260228",
            "messages": [{"role": "user", "content": "Hello"}],
            "temperature": 0.2,
            "max_tokens": 40,
            "thinking": {"type": "disabled"},
        }


@pytest.mark.parametrize(
    ("sides", "size"),
    [((1024, 1024), "1920x1920"), ((1280, 720), "2560x1440"), ((2048, 2048), "2048x2048"), ((4096, 4096), "3225x3225")],
)
def test_a_size_is_one_that_every_seedream_takes(sides: tuple[int, int], size: str) -> None:
    assert pixels(*sides) == size
