"""What every provider promises, whatever its wire: a provider's test module subclasses `Conformance` and adds nothing.

`fake` speaks the wire; `tasks` has one task for each media that the provider offers, as the catalogue would ask it.
A case that the wire does not have is skipped with the reason in the fake's `lacks`: a quotation and where it stands.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from service import providers
from service.errors import OutcomeUnknown, ProviderAuth, ProviderError, RefusedByProvider
from service.net.guard import Guard
from service.providers.base import Access, Artifact, Made, NotNow, Provider, Reference, Stop, Task
from tests.fakes.provider import AUDIO, KEY, FakeProvider, media_bytes
from tests.support import engines

MOST_POLLS = 50


class Conformance:
    """The suite. Subclass it as `Test…`."""

    fake_class: ClassVar[type[FakeProvider]]
    tasks: ClassVar[dict[str, Task]]

    @pytest.fixture
    def fake(self, request: pytest.FixtureRequest) -> Iterator[FakeProvider]:
        case = request.node.originalname.removeprefix("test_")
        if case in self.fake_class.lacks:
            pytest.skip(self.fake_class.lacks[case])
        fake = self.fake_class()
        yield fake
        fake.close()

    @pytest.fixture
    def provider(self, fake: FakeProvider) -> Provider:
        return self.opened(fake)

    @pytest.fixture
    def task(self, fake: FakeProvider, tmp_path: Path) -> Task:
        return self.ready(next(iter(self.tasks)), fake, tmp_path)

    def opened(self, fake: FakeProvider, key: str = KEY) -> Provider:
        return providers.open(fake.name, Access(key, fake.base_url), Guard(("127.0.0.0/8",)), engines.shared())

    def ready(self, media: str, fake: FakeProvider, folder: Path) -> Task:
        """The media's task, its references fetched as a worker fetches them."""
        fake.makes = media
        task = self.tasks[media]
        return replace(task, references=tuple(_fetched(one, folder) for one in task.references))

    def carried_out(self, provider: Provider, task: Task, folder: Path) -> list[Artifact]:
        """Submitted, asked until done, fetched."""
        folder.mkdir(exist_ok=True)
        answer = provider.submit(task, folder)
        if isinstance(answer, Made):
            return list(answer.artifacts)
        for _ in range(MOST_POLLS):
            if provider.poll(answer).done:
                return list(provider.fetch(answer, folder))
        raise AssertionError("it was never done")

    # What it makes.

    def test_there_is_a_case_for_every_media_it_declares(self) -> None:
        assert set(self.tasks) == set(self.declared())

    def declared(self) -> frozenset[str]:
        """The media that the provider offers."""
        return providers.get(self.fake_class.name).media

    def test_it_makes_what_it_declares(self, fake: FakeProvider, provider: Provider, tmp_path: Path) -> None:
        for media in self.tasks:
            task = self.ready(media, fake, tmp_path)
            (artifact,) = self.carried_out(provider, task, tmp_path / media)
            assert artifact.error is None
            assert artifact.engine.startswith(f"{fake.name}/")
            if artifact.path is None:
                assert artifact.fields, media
                continue
            wanted = "audio" if media in AUDIO else "video" if media == "video" else "image"
            assert (artifact.content_type or "").startswith(f"{wanted}/"), media
            assert artifact.path.stat().st_size > 0
            if wanted == "image" and artifact.content_type != "image/svg+xml":
                assert artifact.width
                assert artifact.height

    def test_one_submission_makes_one_job(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        self.carried_out(provider, task, tmp_path)
        assert fake.submissions == 1

    def test_a_batch_makes_every_item(self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path) -> None:
        parts = provider.split(replace(task, count=3))
        made = [
            artifact for n, part in enumerate(parts) for artifact in self.carried_out(provider, part, tmp_path / f"{n}")
        ]
        assert len(made) == 3 == sum(part.count for part in parts)
        assert fake.submissions == (len(parts) if provider.paid else 0)

    # How far it is.

    def test_slow_work_is_asked_for_until_it_is_done(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.polls = 3
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        seen = [provider.poll(ticket) for _ in range(4)]
        assert [progress.done for progress in seen] == [False, False, False, True]
        assert all(0 <= progress.fraction <= 1 for progress in seen)
        assert fake.submissions == 1

    def test_a_question_that_fails_is_asked_again(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        fake.stumble(503)
        assert provider.poll(ticket).done

    def test_a_provider_that_is_away_is_asked_later(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        fake.stumble(503, times=9)
        with pytest.raises(NotNow):
            provider.poll(ticket)

    # What it refuses.

    def test_refused_content_is_told_as_such(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.trouble("refused")
        with pytest.raises(RefusedByProvider) as refusal:
            self.carried_out(provider, task, tmp_path)
        self.keeps_the_words(refusal.value, fake)

    def test_work_that_failed_is_told_as_such(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.trouble("failed")
        with pytest.raises(ProviderError) as failure:
            self.carried_out(provider, task, tmp_path)
        assert not isinstance(failure.value, NotNow)
        self.keeps_the_words(failure.value, fake)

    def test_an_error_inside_a_200_is_an_error(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.trouble("hidden")
        with pytest.raises(ProviderError) as failure:
            self.carried_out(provider, task, tmp_path)
        assert not isinstance(failure.value, NotNow)
        self.keeps_the_words(failure.value, fake)

    def test_a_bad_key_is_told_at_once(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        stranger = self.opened(fake, key="wrong-key")
        with pytest.raises(ProviderAuth) as refusal:
            stranger.submit(task, tmp_path)
        self.keeps_the_words(refusal.value, fake)
        assert "wrong-key" not in str(refusal.value.provider) + refusal.value.message
        assert fake.submissions == 0

    def test_a_key_can_be_tested_for_nothing(self, fake: FakeProvider, provider: Provider) -> None:
        provider.check()
        with pytest.raises(ProviderAuth):
            self.opened(fake, key="wrong-key").check()
        assert fake.submissions == 0

    def test_an_account_that_cannot_pay_is_told_so(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.trouble("no_credit")
        with pytest.raises(ProviderError) as refusal:
            self.carried_out(provider, task, tmp_path)
        assert not isinstance(refusal.value, NotNow | ProviderAuth)
        self.keeps_the_words(refusal.value, fake)

    def test_an_unknown_model_is_told_as_such(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        with pytest.raises(ProviderError) as refusal:
            self.carried_out(provider, replace(task, model="no-such-model/at-all"), tmp_path)
        assert not isinstance(refusal.value, NotNow | ProviderAuth)
        self.keeps_the_words(refusal.value, fake)

    # What is sent once only.

    def test_a_429_with_a_hint_is_offered_again_then(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.trouble("limit", 7)
        with pytest.raises(NotNow) as refusal:
            provider.submit(task, tmp_path)
        assert refusal.value.retry_after == 7
        assert fake.submissions == 0

    def test_a_429_without_a_hint_is_offered_again(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.trouble("limit")
        with pytest.raises(NotNow):
            provider.submit(task, tmp_path)
        assert fake.submissions == 0

    def test_a_refused_connection_is_offered_again(self, fake: FakeProvider, task: Task, tmp_path: Path) -> None:
        provider = self.opened(fake)
        fake.close()
        with pytest.raises(NotNow):
            provider.submit(task, tmp_path)

    @pytest.mark.parametrize(
        ("trouble", "received"), [("away", 0), ("broken", 0), ("broken_after", 1), ("drop", 1), ("garbled", 1)]
    )
    def test_what_was_perhaps_received_is_never_sent_again(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path, trouble: str, received: int
    ) -> None:
        fake.trouble(trouble)
        with pytest.raises(OutcomeUnknown) as failure:
            provider.submit(task, tmp_path)
        assert fake.submissions == received
        assert len([one for one in fake.requests if one.method == "POST"]) == 1
        self.keeps_the_words(failure.value, fake)

    # What is fetched.

    def test_a_dead_link_is_an_error(self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path) -> None:
        fake.links = "dead"
        with pytest.raises(ProviderError) as failure:
            self.carried_out(provider, task, tmp_path)
        assert not isinstance(failure.value, NotNow)

    def test_text_in_place_of_media_is_an_error(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.links = "text"
        with pytest.raises(ProviderError) as failure:
            self.carried_out(provider, task, tmp_path)
        assert not isinstance(failure.value, NotNow)

    def test_a_result_at_a_private_address_is_not_fetched(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.result_host = "http://10.9.8.7"
        with pytest.raises(ProviderError, match="may not be reached"):
            self.carried_out(provider, task, tmp_path)

    def test_only_the_provider_sees_the_key(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        self.carried_out(provider, task, tmp_path)
        assert fake.file_requests
        for request in fake.file_requests:
            assert KEY not in str(request.headers) + str(request.query)
        assert KEY not in repr(provider.access)

    # How it is stopped.

    def test_work_can_be_stopped(self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path) -> None:
        fake.polls = 9
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        assert provider.cancel(ticket) is Stop.UNBILLED
        assert [job.canceled for job in fake.jobs.values()] == [True]

    def test_work_that_was_begun_is_perhaps_billed(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        fake.polls, fake.begun = 9, True
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        assert provider.cancel(ticket) in (Stop.STOPPED, Stop.GOES_ON)

    def test_stopping_what_is_done_is_no_error(
        self, fake: FakeProvider, provider: Provider, task: Task, tmp_path: Path
    ) -> None:
        ticket = provider.submit(task, tmp_path)
        assert not isinstance(ticket, Made)
        assert provider.cancel(ticket) is Stop.GOES_ON

    def keeps_the_words(self, error: ProviderError | OutcomeUnknown, fake: FakeProvider) -> None:
        """`error.provider` as a run shows it."""
        assert error.provider is not None
        assert set(error.provider) == {"name", "code", "message"}
        assert error.provider["name"] == fake.name
        assert error.provider["message"]


def _fetched(reference: Reference, folder: Path) -> Reference:
    media = "video" if "video" in reference.role else "music" if "audio" in reference.role else "image"
    content_type, body = media_bytes(media)
    path = folder / f"reference-{reference.role}"
    path.write_bytes(body)
    return replace(reference, path=path, content_type=content_type)
