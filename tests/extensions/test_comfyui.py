"""`add server --kind comfyui` and `add workflow`: marked inputs become parameters, outputs of every kind are kept."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.errors import ValidationError
from service.extensions import comfyui_workflow
from service.extensions.comfyui_workflow import Read
from service.providers.servers.comfyui import ComfyUI
from service.runs.intents import IntentLog
from service.runs.recover import take_over_orphans
from tests.extensions.conftest import Command, run
from tests.fakes.comfyui import NODES, FakeComfyUI
from tests.fakes.provider import media_bytes
from tests.generation.steps import Death, claimed, dying, step
from tests.support.house import House


def node(kind: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title or kind}}


GRAPH: dict[str, Any] = {
    "3": node("KSampler", seed=5, steps=20, sampler_name="euler", model=["4", 0]),
    "5": node("PrimitiveInt", "Input: How many", value=3),
    "6": node("CLIPTextEncode", "Input: prompt", text="a cat", clip=["4", 1]),
    "7": node("PrimitiveFloat", "Input: strength", value=0.5),
    "8": node("LoadImage", "Input: start", image="example.png"),
    "11": node("PrimitiveBoolean", "Input: tiled", value=False),
    "12": node("PrimitiveString", "input: negative", value="blurry"),
    "13": node("LatentUpscale", "Input: method", upscale_method="nearest"),
    "20": node("SaveImage", "Output: picture", images=["3", 0], filename_prefix="a"),
    "21": node("SaveVideo", "Output: film", video=["3", 0], filename_prefix="b"),
    "22": node("SaveImage", "Save Image", images=["3", 0], filename_prefix="c"),
}


CHOICES = ["nearest", "area"]


def read(graph: Any, **options: Any) -> Read:
    comfyui_workflow.check_graph(graph)
    return comfyui_workflow.read("sketch", "A sketch", "easel", graph, NODES.get, **options)


@pytest.fixture
def fake() -> Iterator[FakeComfyUI]:
    made = FakeComfyUI()
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sketch.json"
    path.write_text(json.dumps(GRAPH))
    return path


def test_marked_inputs_become_parameters_by_the_servers_word() -> None:
    spec = read(GRAPH).draft.spec
    inputs = {name: {part: one[part] for part in one if part != "label"} for name, one in spec["inputs"].items()}
    assert inputs == {
        "how_many": {"at": ["5", "value"], "type": "integer", "default": 3, "min": -(2**63), "max": 2**63 - 1},
        "prompt": {"at": ["6", "text"], "type": "text", "default": "a cat"},
        "strength": {"at": ["7", "value"], "type": "number", "default": 0.5, "min": 0.0, "max": 9.5},
        "image_url": {"at": ["8", "image"], "type": "url", "media": "image"},
        "tiled": {"at": ["11", "value"], "type": "boolean", "default": False},
        "negative": {"at": ["12", "value"], "type": "text", "default": "blurry"},
        "method": {
            "at": ["13", "upscale_method"],
            "type": "enum",
            "options": ["nearest", "area"],
            "default": "nearest",
        },
    }
    assert spec["seeds"] == [["3", "seed", 2**63 - 1]]
    assert (spec["outputs"], spec["type"]) == (["20", "21"], "image")


def test_of_several_marked_pictures_each_is_a_parameter_of_its_own() -> None:
    graph = GRAPH | {
        "9": node("LoadImage", "Input: mask", image="m.png"),
        "10": node("LoadAudio", "Input: song", audio="a.wav"),
    }
    inputs = read(graph).draft.spec["inputs"]
    assert {name: inputs[name].get("media") for name in ("start", "mask", "song")} == {
        "start": "image",
        "mask": "image",
        "song": "audio",
    }
    assert "image_url" not in inputs


@pytest.mark.parametrize(
    ("kind", "made"), [("SaveImage", "image"), ("SaveVideo", "video"), ("SaveAudio", "music"), ("PreviewAny", "text")]
)
def test_without_marks_everything_that_is_not_temporary_is_kept(kind: str, made: str) -> None:
    spec = read({"1": node(kind), "2": node("PreviewImage")}).draft.spec
    assert (spec["outputs"], spec["type"]) == (["1"], made)


def test_names_in_any_script_become_parameters_that_keep_their_labels() -> None:
    graph = {"1": node("PrimitiveInt", "Input: Größe", value=3), "2": node("PrimitiveString", "Input: 提示", value="x")}
    inputs = read(graph | {"20": GRAPH["20"]}).draft.spec["inputs"]
    assert {name: one["label"] for name, one in inputs.items()} == {"grosse": "Größe", "tishi": "提示"}


def test_a_name_that_every_object_has_in_javascript_is_another() -> None:
    graph = {"1": node("PrimitiveInt", "Input: constructor", value=3), "20": GRAPH["20"]}
    assert list(read(graph).draft.spec["inputs"]) == ["input_constructor"]


@pytest.mark.parametrize(("title", "wanted"), [("A\nsketch \u202e", "A sketch"), ("x" * 300, "x" * 99 + "…")])
def test_a_title_is_one_line_of_text(title: str, wanted: str) -> None:
    assert comfyui_workflow.read("sketch", title, "easel", GRAPH, NODES.get).draft.spec["title"] == wanted


@pytest.mark.parametrize("title", ["", "  ", "\u202e\n"])
def test_a_title_that_says_nothing_is_refused(title: str) -> None:
    with pytest.raises(ValidationError, match="title is empty"):
        comfyui_workflow.read("sketch", title, "easel", GRAPH, NODES.get)


def test_a_seed_that_is_marked_is_the_callers() -> None:
    graph = GRAPH | {"3": node("KSampler", "Input: seed", seed=5, model=["4", 0])}
    spec = read(graph).draft.spec
    assert (spec["seeds"], spec["inputs"]["seed"]["at"]) == ([], ["3", "seed"])


def test_what_cannot_be_a_parameter_is_left_out_by_name() -> None:
    graph = GRAPH | {
        "30": node("KSampler", "Input: sampler", steps=20, cfg=7.0),
        "31": node("PrimitiveInt", "Input: 7th", value=1),
        "32": node("PrimitiveInt", "Input: linked", value=["5", 0]),
    }
    assert [left.what for left in read(graph).left_out] == ["node 30 (sampler)", "node 31 (7th)", "node 32 (linked)"]


def test_a_name_comes_once() -> None:
    with pytest.raises(ValidationError, match="may come once"):
        read(GRAPH | {"30": node("PrimitiveInt", "Input: strength", value=1)})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"nodes": [], "links": []}', "Export"),
        ("{", "no JSON"),
        ("[]", "object"),
        ("{}", "object"),
        ('{"1": {"class_type": "SaveImage"}}', "lacks"),
        ('{"1": {"class_type": "SaveImage", "inputs": {"x": NaN}}}', "no JSON"),
        ('{"1": {"class_type": "EmptyImage", "inputs": {}}}', "keeps nothing"),
        ("x" * 6_000_000, "over 5 MB"),
        ('{"1":' * 3000 + "1" + "}" * 3000, "no"),
    ],
)
def test_a_file_that_is_no_workflow_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(content)
    with pytest.raises(ValidationError, match=said):
        read(comfyui_workflow.load(path))


def test_a_node_that_the_server_lacks_is_named(fake: FakeComfyUI) -> None:
    info = comfyui_workflow.asking(fake.url, None)
    graph = {"1": node("SaveImage"), "2": node("Unheard", "Input: x", value=1)}
    with pytest.raises(ValidationError, match="no node Unheard"):
        comfyui_workflow.read("sketch", "A sketch", "easel", graph, info)


def test_a_workflow_runs_as_a_generator_with_its_parameters(
    house: House, command: Command, fake: FakeComfyUI, file: Path
) -> None:
    command("add", "server", "easel", "--kind", "comfyui", "--base-url", fake.url)
    words = ("add", "workflow", "sketch", str(file), "--server", "easel", "--title", "A sketch", "--credits", "4")
    told = command(*words)
    assert told["made"] == [{"model": "easel/sketch", "type": "image", "id": 19000}, {"generator": "sketch"}]
    account = house.account()
    shown = account.get("/api/v1/generators/sketch").get_json()["data"]
    assert {one["id"]: one["type"] for one in shown["parameters"]} == {
        "how_many": "number",
        "strength": "number",
        "tiled": "boolean",
        "negative": "text",
        "method": "enum",
    }
    assert (shown["added"], shown["title"], shown["prompt_required"]) == (True, "A sketch", False)
    fields = account.post(
        "/v1/actions/generor.generators.generate/fields", {"field": "parameters", "input": {"slug": "sketch"}}
    ).get_json()
    assert fields["schema"]["properties"]["tiled"]["type"] == "boolean"

    sent = {"file": (io.BytesIO(media_bytes("image")[1]), "start.png")}
    picture = account.call("POST", "/v1/files", data=sent).get_json()["url"]
    house.work()
    wanted = {
        "slug": "sketch",
        "model_id": 19000,
        "prompt": "a red fox",
        "image_url": picture,
        "parameters": {"how_many": 12345678901, "strength": "1.5", "tiled": True, "negative": "", "method": "area"},
    }
    made = account.submit("generor.generators.generate", wanted, wait=20).get_json()
    assert made["status"] == "completed", made
    assert (made["sandbox"], made["credits_charged"], len(made["output"]["creations"])) == (False, 4, 2)
    graph = fake.prompts[0].input
    assert graph["5"]["inputs"]["value"] == 12345678901
    assert (graph["7"]["inputs"]["value"], graph["11"]["inputs"]["value"]) == (1.5, True)
    assert (graph["6"]["inputs"]["text"], graph["13"]["inputs"]["upscale_method"]) == ("a red fox", "area")
    assert graph["8"]["inputs"]["image"] == f"genhook/{next(iter(fake.uploads))}"
    again = account.submit("generor.generators.generate", wanted, wait=20).get_json()
    assert again["status"] == "completed"
    seeds = [job.input["3"]["inputs"]["seed"] for job in fake.prompts]
    assert len(set(seeds)) == 2
    flixly = account.submit(
        "flixly.media.generate", {"model": "easel/sketch", "prompt": "a red fox"}, wait=20
    ).get_json()
    assert flixly["status"] == "completed", flixly
    assert len(flixly["output"]["outputs"]) == 2
    other = account.submit("generor.generators.generate", wanted | {"slug": "avatar", "parameters": {}})
    assert other.status_code == 422


def test_a_servers_workflow_keeps_it_from_being_removed(
    house: House, command: Command, fake: FakeComfyUI, file: Path
) -> None:
    command("add", "server", "easel", "--kind", "comfyui", "--base-url", fake.url)
    command("add", "workflow", "sketch", str(file), "--server", "easel", "--title", "A sketch")
    refused = run(house, "extensions", "remove", "easel")
    assert (refused.exit_code, "sketch" in refused.output) == (1, True)
    command("extensions", "export", str(file.parent / "kept"))
    command("extensions", "remove", "sketch")
    command("extensions", "remove", "easel")
    told = command("extensions", "import", str(file.parent / "kept"))
    assert [one["name"] for one in told["extensions"]] == ["easel", "sketch"]
    assert house.context.catalog.generator("sketch").default_model == 19000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("joke", "--server", "easel"), "built-in generator"),
        (("sketch", "--server", "nobody"), "no ComfyUI server"),
        (("easel", "--server", "easel"), "in use"),
    ],
)
def test_a_workflow_that_cannot_be_is_refused(
    house: House, command: Command, fake: FakeComfyUI, file: Path, words: tuple[str, ...], said: str
) -> None:
    command("add", "server", "easel", "--kind", "comfyui", "--base-url", fake.url)
    done = run(house, "add", "workflow", words[0], str(file), *words[1:], "--title", "A sketch")
    assert (done.exit_code, said in done.output) == (1, True), done.output


def test_what_is_no_comfyui_is_refused(house: House, fake: FakeComfyUI) -> None:
    done = run(house, "add", "server", "easel", "--kind", "comfyui", "--base-url", f"{fake.url}/view")
    assert "is no ComfyUI server" in done.output


@pytest.mark.parametrize("died", ["before the post", "before the receipt was kept"])
def test_a_worker_that_died_over_a_prompt_costs_it_nothing_and_runs_it_once(
    house: House,
    command: Command,
    fake: FakeComfyUI,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    died: str,
) -> None:
    command("add", "server", "easel", "--kind", "comfyui", "--base-url", fake.url)
    command("add", "workflow", "sketch", str(file), "--server", "easel", "--title", "A sketch")
    account = house.account()
    accepted = account.submit("flixly.media.generate", {"model": "easel/sketch", "prompt": "a fox"}).get_json()

    def die(*_: Any) -> None:
        raise Death

    kind, method = (ComfyUI, "submit") if died == "before the post" else (IntentLog, "receive")
    dying(monkeypatch, kind, method, die, lambda: step(house, claimed(house), tmp_path))
    take_over_orphans(house.context)
    house.work()
    assert account.ended(accepted["id"])["status"] == "completed"
    assert len(fake.prompts) == 1


def test_canceling_a_run_takes_its_prompt_out_of_the_queue(
    house: House, command: Command, fake: FakeComfyUI, file: Path
) -> None:
    command("add", "server", "easel", "--kind", "comfyui", "--base-url", fake.url)
    command("add", "workflow", "sketch", str(file), "--server", "easel", "--title", "A sketch", "--credits", "4")
    account, fake.polls = house.account(), 9999
    before = account.balance()
    house.work()
    accepted = account.submit("flixly.media.generate", {"model": "easel/sketch", "prompt": "a fox"}).get_json()
    house.until(lambda: bool(fake.prompts))
    account.post(f"/v1/runs/{accepted['id']}/cancel")
    run_of = account.ended(accepted["id"], 30)
    assert (run_of["status"], run_of["credits_charged"]) == ("canceled", 0)
    assert fake.prompts[0].canceled
    assert account.balance() == before
