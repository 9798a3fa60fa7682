"""ComfyUI servers: the suite, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from service.errors import OutcomeUnknown, ProviderError, RefusedByProvider
from service.net.guard import Guard
from service.providers import servers
from service.providers.base import Access, Artifact, Made, NotNow, Provider, Reference, Stop, Task, Ticket
from service.providers.servers.comfyui.graph import filled, prompt_id
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.provider import FakeProvider
from tests.providers.conformance import Conformance
from tests.providers.references import fetched
from tests.support import engines

GRAPH: dict[str, Any] = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "model": ["4", 0]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
    "8": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "x"}},
}
INPUTS = {
    "prompt": {"at": ["6", "text"], "type": "text"},
    "steps": {"at": ["3", "steps"], "type": "integer"},
    "image_url": {"at": ["8", "image"], "type": "url"},
}


def task_of(kind: str = "SaveImage", media: str = "image", **params: str) -> Task:
    graph = GRAPH | {"9": GRAPH["9"] | {"class_type": kind}}
    workflow = {"graph": graph, "inputs": INPUTS, "outputs": ["9"], "seeds": [["3", "seed", 2**64 - 1]]}
    fixed = {"workflow": workflow}
    return Task(media, "sketch", "a red fox", params={"parameters": params}, fixed=fixed, intent="run_1.0")


def two_outputs() -> Task:
    task = task_of()
    workflow = task.fixed["workflow"]
    graph = workflow["graph"] | {"10": {"class_type": "SaveVideo", "inputs": {"filename_prefix": "y"}}}
    return replace(task, count=2, fixed={"workflow": workflow | {"graph": graph, "outputs": ["9", "10"]}})


def opened(fake: FakeProvider) -> Provider:
    return servers.open("comfyui", fake.name, Access("", fake.base_url), Guard(()), engines.shared())


class TestComfyUI(Conformance):
    fake_class = FakeComfyUI
    tasks: ClassVar[dict[str, Task]] = {
        "image": task_of(),
        "text": replace(task_of("PreviewAny", "text"), intent="run_2.0"),
        "video": replace(task_of("SaveVideo", "video"), intent="run_3.0"),
        "music": replace(task_of("SaveAudio", "music"), intent="run_4.0"),
    }

    def opened(self, fake: FakeProvider, key: str = "") -> Provider:
        return opened(fake)

    def declared(self) -> frozenset[str]:
        return servers.get("comfyui").media

    def carried_out(self, provider: Provider, task: Task, folder: Path) -> list[Artifact]:
        """One by one, as a dead link is told in its item's place where another item may be there."""
        made = super().carried_out(provider, task, folder)
        if any(artifact.error for artifact in made):
            raise ProviderError(str(made[0].error))
        return made


@pytest.fixture
def fake() -> Iterator[FakeComfyUI]:
    made = FakeComfyUI()
    yield made
    made.close()


def submitted(fake: FakeComfyUI, task: Task, folder: Path) -> Ticket:
    ticket = opened(fake).submit(task, folder)
    assert not isinstance(ticket, Made)
    return ticket


def test_the_callers_values_go_where_the_workflow_says_and_all_else_stays(fake: FakeComfyUI, tmp_path: Path) -> None:
    submitted(fake, task_of(steps="7"), tmp_path)
    graph = fake.prompts[0].input
    assert (graph["6"]["inputs"]["text"], graph["3"]["inputs"]["steps"]) == ("a red fox", 7)
    assert graph["8"] == GRAPH["8"]
    assert GRAPH["3"]["inputs"]["seed"] == 5


def test_every_run_has_a_seed_of_its_own_and_a_repeated_call_the_same(fake: FakeComfyUI) -> None:
    def seed(intent: str) -> int:
        graph = filled(replace(task_of(), intent=intent), lambda _: "")
        return int(graph["3"]["inputs"]["seed"])

    seeds = [seed(f"run_{n}.0") for n in range(20)]
    assert len(set(seeds)) == 20
    assert all(0 <= one <= 2**63 - 1 for one in seeds)
    assert seed("run_3.0") == seeds[3]


def test_a_picture_is_uploaded_under_a_name_of_its_content(fake: FakeComfyUI, tmp_path: Path) -> None:
    reference = Reference("image", "https://example.com/a.png", at="/image_url")
    submitted(fake, fetched(replace(task_of(), references=(reference,)), tmp_path), tmp_path)
    (name,) = fake.uploads
    assert fake.prompts[0].input["8"]["inputs"]["image"] == f"genhook/{name}"


def test_work_that_is_there_already_is_not_sent_again(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.polls = 5
    first = submitted(fake, task_of(), tmp_path)
    assert submitted(fake, task_of(), tmp_path) == first
    fake.prompts[0].polls = 0
    assert submitted(fake, task_of(), tmp_path) == first
    assert len(fake.prompts) == 1


@pytest.mark.parametrize("trouble", ["drop", "broken_after", "garbled"])
def test_work_whose_answer_was_lost_is_found_by_its_own_id(fake: FakeComfyUI, tmp_path: Path, trouble: str) -> None:
    fake.trouble(trouble)
    ticket = submitted(fake, task_of(), tmp_path)
    assert ticket.data["prompt_id"] == prompt_id("run_1.0")
    assert fake.submissions == 1


def test_work_that_is_not_found_after_its_answer_was_lost_leaves_the_outcome_open(
    fake: FakeComfyUI, tmp_path: Path
) -> None:
    fake.trouble("broken")
    with pytest.raises(OutcomeUnknown):
        opened(fake).submit(task_of(), tmp_path)
    assert len([one for one in fake.requests if one.method == "POST"]) == 1


def test_the_queue_is_asked_before_the_history(fake: FakeComfyUI, tmp_path: Path) -> None:
    opened(fake).find(task_of())
    assert [request.path.split("/")[1] for request in fake.requests] == ["queue", "history"]


def test_work_that_vanished_with_its_server_is_lost(fake: FakeComfyUI, tmp_path: Path) -> None:
    ticket = submitted(fake, task_of(), tmp_path)
    fake.gone.add(ticket.data["prompt_id"])
    with pytest.raises(ProviderError) as failure:
        opened(fake).poll(ticket)
    assert failure.value.provider is not None
    assert failure.value.provider["code"] == "lost"
    assert not isinstance(failure.value, NotNow)


def test_a_failure_tells_the_node_and_no_dump(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.trouble("failed")
    with pytest.raises(ProviderError) as failure:
        opened(fake).poll(submitted(fake, task_of(), tmp_path))
    assert failure.value.provider is not None
    assert failure.value.provider["message"] == "node 3 (KSampler): out of memory"


def test_a_graph_that_is_refused_tells_what_is_wrong_where(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.invalid = {"9"}
    with pytest.raises(RefusedByProvider) as refusal:
        opened(fake).submit(task_of(), tmp_path)
    assert refusal.value.provider is not None
    assert "node 9 (SaveImage): Required input is missing: images" in refusal.value.provider["message"]


def test_a_partly_valid_graph_makes_the_rest_and_tells_what_lacks(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.invalid = {"9"}
    ticket = submitted(fake, two_outputs(), tmp_path)
    picture, film = opened(fake).fetch(ticket, tmp_path)
    assert picture.error == "node 9 (SaveImage): Required input is missing: images"
    assert (film.content_type, film.error) == ("video/mp4", None)


def test_one_prompt_makes_an_item_of_every_output(fake: FakeComfyUI, tmp_path: Path) -> None:
    provider = opened(fake)
    parts = provider.split(replace(two_outputs(), count=6))
    assert [part.count for part in parts] == [2, 2, 2]
    ticket = submitted(fake, parts[0], tmp_path)
    assert [one.content_type for one in provider.fetch(ticket, tmp_path)] == ["image/png", "video/mp4"]


def test_a_picture_is_kept_without_the_graph_in_it(fake: FakeComfyUI, tmp_path: Path) -> None:
    (artifact,) = opened(fake).fetch(submitted(fake, task_of(), tmp_path), tmp_path)
    assert artifact.path is not None
    assert b"the whole graph" not in artifact.path.read_bytes()
    assert (artifact.width, artifact.height) == (64, 48)


def test_stopping_what_waits_leaves_what_another_runs(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.polls, fake.others = 99, ["another"]
    ticket = submitted(fake, task_of(), tmp_path)
    assert opened(fake).cancel(ticket) is Stop.UNBILLED
    assert fake.interrupted == []


def test_stopping_what_runs_names_it(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.polls, fake.begun = 99, True
    ticket = submitted(fake, task_of(), tmp_path)
    assert opened(fake).cancel(ticket) is Stop.STOPPED
    assert fake.interrupted == [ticket.data["prompt_id"]]


@pytest.mark.parametrize("version", ["0.3.10", "0.2.7", ""])
def test_an_old_version_that_would_stop_anything_is_not_asked_to(
    fake: FakeComfyUI, tmp_path: Path, version: str
) -> None:
    fake.polls, fake.begun, fake.version = 99, True, version
    assert opened(fake).cancel(submitted(fake, task_of(), tmp_path)) is Stop.GOES_ON
    assert fake.interrupted == []
