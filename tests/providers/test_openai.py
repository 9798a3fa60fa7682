"""OpenAI through the suite, each media as the catalogue asks for it, and what is its own."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from service.errors import OutcomeUnknown, ProviderError, RefusedByProvider
from service.providers.adapters.openai.words import closed, pixels
from service.providers.base import NotNow, Reference, Task
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import FakeProvider
from tests.providers.catalogue import asked
from tests.providers.conformance import Conformance
from tests.providers.references import fetched

PICTURE = Reference("image", "https://example.com/a.png")
TEXT = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


class TestOpenAI(Conformance):
    fake_class = FakeOpenAI
    tasks: ClassVar[dict[str, Task]] = {
        "image": asked("gpt-image-2", Task("image", "", "a red fox", params={"width": 1280, "height": 720})),
        "text": asked("gpt-6-luna", Task("text", "", "cats", params={"schema": TEXT})),
        "vision": asked("gpt-6-luna", Task("vision", "", "What is it?", references=(PICTURE,))),
        "speech": asked("gpt-4o-mini-tts", Task("speech", "", "Hello there.", params={"voice": "Nova"})),
    }

    def test_a_picture_is_asked_for_in_its_words(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), task, tmp_path)
        assert fake.requests[0].path == "/images/generations"
        assert fake.requests[0].json == {
            "model": "gpt-image-2",
            "prompt": "a red fox",
            "n": 1,
            "size": "1280x720",
            "quality": "medium",
        }
        assert artifact.cost == pytest.approx((50 * 5 + 1568 * 30) / 1_000_000)

    def test_a_picture_with_references_is_an_edit(self, fake: FakeProvider, tmp_path: Path) -> None:
        given = (PICTURE, Reference("reference_image", "https://example.com/b.png"))
        edit = asked("gpt-image-2", Task("image", "", "make it blue", references=given))
        self.carried_out(self.opened(fake), fetched(edit, tmp_path), tmp_path)
        assert fake.requests[0].path == "/images/edits"
        fields, files = fake.requests[0].form
        assert fields == {"model": "gpt-image-2", "prompt": "make it blue", "n": "1", "quality": "medium"}
        assert [(name, kind) for name, kind, _ in files] == [("image[]", "image/png")] * 2

    def test_an_edit_takes_any_size_since_it_is_a_form(self, fake: FakeProvider, tmp_path: Path) -> None:
        params = {"width": 1280, "height": 720}
        edit = asked("gpt-image-2", Task("image", "", "make it blue", params=params, references=(PICTURE,)))
        self.carried_out(self.opened(fake), fetched(edit, tmp_path), tmp_path)
        assert fake.requests[0].headers["Content-Type"].startswith("multipart/form-data")
        assert fake.requests[0].form[0]["size"] == "1280x720"

    def test_a_limit_waits_for_its_own_reset(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        fake.trouble("limit", 42)
        with pytest.raises(NotNow) as refusal:
            self.carried_out(self.opened(fake), task, tmp_path)
        assert refusal.value.retry_after == 42

    def test_a_text_is_held_to_its_schema(self, fake: FakeProvider, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)
        assert artifact.fields == {"text": "Written."}
        held = fake.requests[0].json["response_format"]["json_schema"]
        assert (held["strict"], held["schema"]["properties"]["items"]["items"]) == (True, TEXT)

    @pytest.mark.parametrize(
        ("mode", "sent"),
        [("off", {"reasoning_effort": "none", "temperature": 0.7}), ("high", {"reasoning_effort": "high"}), (None, {})],
    )
    def test_sampling_goes_to_models_that_do_not_think(
        self, fake: FakeProvider, tmp_path: Path, mode: str | None, sent: dict[str, Any]
    ) -> None:
        params = {"temperature": 0.7, "max_tokens": 90} | ({"thinking_mode": mode} if mode else {})
        self.carried_out(self.opened(fake), asked("gpt-6-luna", Task("text", "", "Hello", params=params)), tmp_path)
        body = fake.requests[0].json
        assert {name: body[name] for name in ("reasoning_effort", "temperature") if name in body} == sent
        assert body["max_completion_tokens"] == 90

    def test_a_picture_is_shown_to_the_language_model(self, fake: FakeProvider, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), self.ready("vision", fake, tmp_path), tmp_path)
        assert artifact.fields == {"text": "Written."}
        shown, question = fake.requests[0].json["messages"][0]["content"]
        assert shown["image_url"]["url"].startswith("data:image/png;base64,")
        assert question == {"type": "text", "text": "What is it?"}

    @pytest.mark.parametrize("trouble", ["refused", "filtered"])
    def test_a_text_that_is_refused_is_told_as_such(self, fake: FakeProvider, tmp_path: Path, trouble: str) -> None:
        fake.trouble(trouble)
        with pytest.raises(RefusedByProvider) as refusal:
            self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)
        self.keeps_the_words(refusal.value, fake)

    @pytest.mark.parametrize("media", ["text", "speech"])
    def test_an_error_inside_is_told_whatever_is_made(self, fake: FakeProvider, tmp_path: Path, media: str) -> None:
        fake.trouble("hidden")
        with pytest.raises(ProviderError, match="openai failed"):
            self.carried_out(self.opened(fake), self.ready(media, fake, tmp_path), tmp_path)

    def test_an_answer_without_text_is_an_error(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.trouble("empty")
        with pytest.raises(ProviderError, match="without text"):
            self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)

    @pytest.mark.parametrize("trouble", ["drop", "garbled"])
    def test_a_text_whose_call_broke_is_never_asked_again(
        self, fake: FakeProvider, tmp_path: Path, trouble: str
    ) -> None:
        fake.trouble(trouble)
        with pytest.raises(OutcomeUnknown):
            self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)
        assert fake.submissions == 1

    def test_speech_is_spoken_with_the_voice_that_was_named(self, fake: FakeProvider, tmp_path: Path) -> None:
        self.carried_out(self.opened(fake), self.ready("speech", fake, tmp_path), tmp_path)
        assert fake.requests[0].json["voice"] == "nova"
        assert fake.requests[0].json["input"] == "Hello there."


@pytest.mark.parametrize(
    ("sides", "size"),
    [
        ((1024, 1024), "1024x1024"),
        ((1280, 720), "1280x720"),
        ((864, 1152), "864x1152"),
        ((512, 512), "816x816"),
        ((1000, 700), "992x704"),
        ((4096, 4096), "2880x2880"),
        ((2000, 100), "2000x672"),
    ],
)
def test_a_size_is_one_that_its_pictures_may_have(sides: tuple[int, int], size: str) -> None:
    assert pixels(*sides) == size


def test_only_schemas_that_say_all_are_strict() -> None:
    assert closed(TEXT)
    assert closed({"type": "array", "items": TEXT})
    assert not closed(TEXT | {"additionalProperties": True})
    assert not closed(TEXT | {"required": []})
    assert not closed(TEXT | {"properties": {"text": {"type": "string", "maxLength": 9}}})
