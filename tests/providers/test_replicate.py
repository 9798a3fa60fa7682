"""Replicate through the suite, each media as the catalogue asks for it, and what is its own."""

from pathlib import Path
from typing import ClassVar

from service.providers.base import Made, Reference, Task
from tests.fakes.provider import FakeProvider
from tests.fakes.replicate import FakeReplicate
from tests.providers.catalogue import asked
from tests.providers.conformance import Conformance

PICTURE = Reference("image", "https://example.com/a.png")
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


class TestReplicate(Conformance):
    fake_class = FakeReplicate
    tasks: ClassVar[dict[str, Task]] = {
        "image": asked("flux-schnell", Task("image", "", "a red fox", params={"width": 1024, "height": 768})),
        "text": asked("llama-3-70b", Task("text", "", "cats", params={"schema": TEXT})),
        "video": asked("seedance-2", Task("video", "", "rain", params={"seconds": 5}, references=(PICTURE,))),
        # By id, as an operator adds them: the catalogue has none.
        "speech": Task("speech", "acme/talker", "Hello there.", inputs={"prompt": "text"}),
        "music": Task("music", "acme/composer", "a slow waltz"),
        "soundeffect": Task("soundeffect", "acme/foley", "a door"),
        "vector": asked("recraft-vectorize-replicate", Task("vector", "", "", references=(PICTURE,))),
        "backgroundremoval": asked(
            "recraft-remove-background-replicate", Task("backgroundremoval", "", "", references=(PICTURE,))
        ),
    }

    def test_progress_is_read_from_the_logs(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        fake.polls = 1
        provider = self.opened(fake)
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        assert provider.poll(ticket).fraction == 0.4

    def test_a_community_model_is_asked_by_its_version(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        community = Task("image", "851-labs/background-remover:a029dff3", "x")
        self.carried_out(self.opened(fake), community, tmp_path)
        assert fake.requests[0].path == "/predictions"
        assert fake.requests[0].json == {"version": "851-labs/background-remover:a029dff3", "input": {"prompt": "x"}}

    def test_a_text_that_is_long_in_coming_is_sent_once(self, fake: FakeProvider, tmp_path: Path) -> None:
        fake.polls = 2
        fake.stumble(503)
        (artifact,) = self.carried_out(self.opened(fake), self.ready("text", fake, tmp_path), tmp_path)
        assert artifact.fields == {"text": "Written."}
        assert fake.submissions == 1
