"""fal through the suite, each media as the catalogue asks for it."""

from typing import ClassVar

from service.providers.base import Reference, Task
from tests.fakes.fal import FakeFal
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
