"""fal through the suite, each media as the catalogue asks for it."""

from pathlib import Path
from typing import ClassVar

from service.providers.base import Reference, Task
from tests.fakes.fal import FakeFal
from tests.fakes.provider import FakeProvider
from tests.providers.catalogue import asked
from tests.providers.conformance import Conformance

PICTURE = Reference("image", "https://example.com/a.png")
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


class TestFal(Conformance):
    fake_class = FakeFal
    tasks: ClassVar[dict[str, Task]] = {
        "image": asked("flux-dev", Task("image", "", "a red fox", params={"width": 1024, "height": 768})),
        "text": asked("qwen-vl-max", Task("text", "", "cats", params={"schema": TEXT})),
        "vision": asked("qwen-vl-max", Task("vision", "", "What is it?", references=(PICTURE,))),
        "video": asked("veo-3-1", Task("video", "", "rain", params={"seconds": 8}, references=(PICTURE,))),
        "speech": asked("elevenlabs-v3", Task("speech", "", "Hello there.")),
        "music": asked("elevenlabs-music", Task("music", "", "a slow waltz", params={"seconds": 20})),
        "soundeffect": asked("elevenlabs-sfx-2", Task("soundeffect", "", "a door", params={"seconds": 3})),
        "upscale": asked("clarity-upscaler", Task("upscale", "", "", params={"factor": 2}, references=(PICTURE,))),
        "vector": asked("recraft-vectorize", Task("vector", "", "", references=(PICTURE,))),
        "backgroundremoval": asked("birefnet-v2", Task("backgroundremoval", "", "", references=(PICTURE,))),
    }

    def test_a_reference_of_any_size_lies_in_its_storage(self, fake: FakeProvider, tmp_path: Path) -> None:
        self.carried_out(self.opened(fake), self.ready("upscale", fake, tmp_path), tmp_path)
        asked_for = fake.requests[0]
        assert (asked_for.path, asked_for.query) == ("/storage/upload/initiate", {"storage_type": "fal-cdn-v3"})
        assert asked_for.json["file_name"].endswith(".png")
        (sent,) = [one for one in fake.requests if one.path == "/fal-ai/clarity-upscaler"]
        assert sent.json["image_url"] == f"{fake.files_url}/files/upload-1"
