"""Google through the suite, each media as the catalogue asks for it, and what is its own."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from service.errors import OutcomeUnknown, ProviderError, RefusedByProvider
from service.providers.adapters.google.content import ratio_of
from service.providers.base import Reference, Task
from tests.fakes.google import FakeGoogle
from tests.fakes.provider import FakeProvider
from tests.providers.catalogue import asked
from tests.providers.conformance import Conformance
from tests.providers.references import fetched

PICTURE = Reference("image", "https://example.com/a.png")
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
TASKS: dict[str, Task] = {
    "image": asked("nano-banana-2", Task("image", "", "a red fox", params={"aspect_ratio": "16:9"})),
    "text": asked("gemini-3-5-flash", Task("text", "", "cats", params={"schema": TEXT})),
    "vision": asked("gemini-3-5-flash", Task("vision", "", "What is it?", references=(PICTURE,))),
    "video": asked("gemini-omni-1-1-flash", Task("video", "", "rain", params={"seconds": 8, "aspect_ratio": "16:9"})),
    "speech": asked("gemini-3-8-flash-tts", Task("speech", "", "Hello there.")),
    "music": asked("lyria-3-5", Task("music", "", "a slow waltz", params={"seconds": 60})),
}


class TestGoogle(Conformance):
    fake_class = FakeGoogle
    tasks: ClassVar[dict[str, Task]] = TASKS

    def test_a_picture_is_asked_for_in_its_words(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), task, tmp_path)
        assert fake.requests[0].path == "/v1beta/models/gemini-3.1-flash-image:generateContent"
        assert fake.requests[0].json == {
            "contents": [{"role": "user", "parts": [{"text": "a red fox"}]}],
            "generationConfig": {
                "responseModalities": ["TEXT", "IMAGE"],
                "imageConfig": {"imageSize": "1K", "aspectRatio": "16:9"},
            },
        }
        assert artifact.cost == pytest.approx((8 * 0.5 + 10 * 3 + 1290 * 60) / 1_000_000)

    def test_every_picture_that_is_referred_to_is_shown(self, fake: FakeProvider, tmp_path: Path) -> None:
        given = (PICTURE, Reference("reference_image", "https://example.com/b.png"))
        edit = asked("nano-banana-2", Task("image", "", "make it blue", references=given))
        self.carried_out(self.opened(fake), fetched(edit, tmp_path), tmp_path)
        *shown, said = fake.requests[0].json["contents"][0]["parts"]
        assert [part["inlineData"]["mimeType"] for part in shown] == ["image/png"] * 2
        assert said == {"text": "make it blue"}

    @pytest.mark.parametrize(
        "reason",
        [
            "OTHER",
            "MALFORMED_RESPONSE",
            "UNEXPECTED_TOOL_CALL",
            "TOO_MANY_TOOL_CALLS",
            "IMAGE_OTHER",
            "NO_IMAGE",
            "LANGUAGE",
        ],
    )
    def test_a_failure_of_the_model_is_no_refusal_of_the_content(
        self, fake: FakeProvider, task: Task, tmp_path: Path, reason: str
    ) -> None:
        fake.trouble(f"ended:{reason}")
        with pytest.raises(ProviderError, match="google failed") as failure:
            self.carried_out(self.opened(fake), task, tmp_path)
        assert not isinstance(failure.value, RefusedByProvider)
        assert failure.value.provider is not None
        assert failure.value.provider["code"] == reason

    @pytest.mark.parametrize(
        ("trouble", "code"), [("refused", "PROHIBITED_CONTENT"), ("withheld", "IMAGE_SAFETY"), ("worded", "NO_MEDIA")]
    )
    def test_a_refusal_comes_with_http_200(
        self, fake: FakeProvider, task: Task, tmp_path: Path, trouble: str, code: str
    ) -> None:
        fake.trouble(trouble)
        with pytest.raises(RefusedByProvider) as refusal:
            self.carried_out(self.opened(fake), task, tmp_path)
        assert refusal.value.provider is not None
        assert refusal.value.provider["code"] == code

    def test_a_text_is_held_to_its_schema_and_its_thoughts_are_left_out(
        self, fake: FakeProvider, tmp_path: Path
    ) -> None:
        (artifact,) = self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)
        assert artifact.fields == {"text": "Written."}
        config = fake.requests[0].json["generationConfig"]
        assert config["responseMimeType"] == "application/json"
        assert config["responseJsonSchema"]["properties"]["items"]["items"] == TEXT

    def test_a_conversation_is_asked_in_its_words(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.makes = "text"
        params: dict[str, Any] = {
            "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
            "instructions": "Be kind.",
            "max_tokens": 50,
            "top_p": 0.9,
            "thinking_mode": "off",
        }
        chat = asked("gemini-3-5-flash", Task("text", "", "How are you?", params=params))
        self.carried_out(self.opened(fake), chat, tmp_path)
        assert fake.requests[0].json == {
            "systemInstruction": {"parts": [{"text": "Be kind."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "Hi"}]},
                {"role": "model", "parts": [{"text": "Hello"}]},
                {"role": "user", "parts": [{"text": "How are you?"}]},
            ],
            "generationConfig": {
                "maxOutputTokens": 50,
                "topP": 0.9,
                "thinkingConfig": {"thinkingLevel": "low"},
            },
        }

    @pytest.mark.parametrize("media", ["text", "speech", "music"])
    def test_what_is_answered_inline_is_never_asked_again(self, fake: FakeProvider, tmp_path: Path, media: str) -> None:
        fake.trouble("drop")
        with pytest.raises(OutcomeUnknown):
            self.carried_out(self.opened(fake), self.ready(media, fake, tmp_path), tmp_path)
        assert fake.submissions == 1

    def test_raw_samples_become_a_wav_of_their_length(self, fake: FakeProvider, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), self.ready("speech", fake, tmp_path), tmp_path)
        assert (artifact.content_type, artifact.duration) == ("audio/x-wav", 0.5)

    def test_a_songs_length_is_asked_for_in_words(self, fake: FakeProvider, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), self.ready("music", fake, tmp_path), tmp_path)
        assert artifact.content_type == "audio/x-wav"
        assert fake.requests[0].json == {"model": "lyria-3.5", "input": "a slow waltz\nLength: about 60 seconds."}


@pytest.mark.parametrize(
    ("params", "ratio"),
    [
        ({"aspect_ratio": "9:16", "width": 100, "height": 100}, "9:16"),
        ({"width": 1280, "height": 720}, "16:9"),
        ({"width": 864, "height": 1152}, "3:4"),
        ({"width": 3000, "height": 1000}, "21:9"),
        ({"aspect_ratio": "match_input_image"}, None),
        ({}, None),
    ],
)
def test_a_picture_has_the_nearest_ratio_there_is(params: dict[str, Any], ratio: str | None) -> None:
    assert ratio_of(Task("image", "m", "p", params=params)) == ratio
