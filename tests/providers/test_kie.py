"""kie through the suite, each media as the catalogue asks for it, and what is its own."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from service.errors import OutcomeUnknown, RefusedByProvider
from service.providers.base import Reference, Task
from tests.fakes.kie import FakeKie
from tests.fakes.provider import FakeProvider
from tests.providers.catalogue import asked
from tests.providers.conformance import Conformance

PICTURE = Reference("image", "https://example.com/a.png")
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


class TestKie(Conformance):
    fake_class = FakeKie
    tasks: ClassVar[dict[str, Task]] = {
        "image": asked("nano-banana-2-kie", Task("image", "", "a red fox", params={"aspect_ratio": "16:9"})),
        "text": asked("claude-haiku-4-5", Task("text", "", "cats", params={"schema": TEXT})),
        "vision": asked("claude-haiku-4-5", Task("vision", "", "What is it?", references=(PICTURE,))),
        "video": asked("kling-v3-turbo", Task("video", "", "rain", params={"seconds": 5}, references=(PICTURE,))),
        "speech": asked("elevenlabs-turbo-2-5", Task("speech", "", "Hello there.")),
        "music": asked("suno-v5", Task("music", "", "a slow waltz")),
        "soundeffect": asked("suno-sounds", Task("soundeffect", "", "a door")),
        "upscale": asked("topaz-image-upscale", Task("upscale", "", "", params={"factor": 2}, references=(PICTURE,))),
        "backgroundremoval": asked(
            "recraft-remove-background", Task("backgroundremoval", "", "", references=(PICTURE,))
        ),
    }

    def test_flux_kontext_has_calls_of_its_own(self, fake: FakeProvider, tmp_path: Path) -> None:
        kontext = asked("flux-kontext-pro", Task("image", "", "a fox", params={"aspect_ratio": "16:9"}))
        fake.polls = 1
        (artifact,) = self.carried_out(self.opened(fake), kontext, tmp_path)
        assert artifact.content_type == "image/png"
        assert fake.requests[0].path == "/api/v1/flux/kontext/generate"
        assert fake.requests[0].json == {"model": "flux-kontext-pro", "prompt": "a fox", "aspectRatio": "16:9"}

    def test_a_picture_is_shown_to_the_language_model(self, fake: FakeProvider, tmp_path: Path) -> None:
        (artifact,) = self.carried_out(self.opened(fake), self.ready("vision", fake, tmp_path), tmp_path)
        assert artifact.fields == {"text": "Written."}
        shown, question = fake.requests[0].json["messages"][0]["content"]
        assert (shown["type"], shown["source"]["media_type"]) == ("image", "image/png")
        assert question == {"type": "text", "text": "What is it?"}

    def test_a_text_that_is_refused_is_told_as_such(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.trouble("refused")
        with pytest.raises(RefusedByProvider):
            self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)

    def test_a_text_whose_call_broke_is_never_asked_again(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.trouble("drop")
        with pytest.raises(OutcomeUnknown):
            self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)
        assert fake.submissions == 1

    def test_a_song_with_a_forbidden_word_is_refused(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.trouble("refused")
        with pytest.raises(RefusedByProvider):
            self.carried_out(self.opened(fake), self.ready("music", fake, tmp_path), tmp_path)

    @pytest.mark.parametrize("media", ["image", "music", "soundeffect"])
    def test_every_family_is_told_where_to_hint(self, fake: FakeProvider, tmp_path: Path, media: str) -> None:
        task = replace(self.ready(media, fake, tmp_path), hint="https://genhook.example/hint")
        self.carried_out(self.opened(fake), task, tmp_path)
        assert fake.hint_in(fake.requests[0]) == "https://genhook.example/hint"

    def test_instructions_stand_where_they_are_certain_to_be_read(self, fake: FakeProvider, tmp_path: Path) -> None:
        self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)
        body = fake.requests[0].json
        told, prompt = body["messages"][0]["content"]
        assert told["text"] == body["system"]
        assert "JSON Schema" in told["text"]
        assert prompt["text"] == "cats"

    def test_instructions_never_come_between_a_tool_and_its_result(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.makes = "text"
        call = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
        turns = [
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "noon"},
        ]
        params = {"instructions": "Be brief.", "messages": turns}
        self.carried_out(self.opened(fake), asked("claude-haiku-4-5", Task("text", "", "", params=params)), tmp_path)
        first, second, third = fake.requests[0].json["messages"]
        assert first["content"][0]["text"] == "Be brief."
        assert [part["type"] for part in second["content"]] == ["tool_use"]
        assert [part["type"] for part in third["content"]] == ["tool_result"]
