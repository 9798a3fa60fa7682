"""Workflows of nodes that need no weights on a real ComfyUI, which COMFYUI_URL says where to find.

No registry has ComfyUI, so that no test can install it: `make test-engines COMFYUI_URL=http://127.0.0.1:8188` asks one
that was started by hand (`python main.py --cpu`).
"""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image, ImageChops

from tests.support.installation import Client, Installation

URL = os.environ.get("COMFYUI_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="COMFYUI_URL names no ComfyUI")
Make = Callable[[dict[str, Any]], dict[str, Any]]


def node(kind: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title or kind}}


PLAIN = {
    "1": node("PrimitiveInt", "Input: width", value=64),
    "2": node("EmptyImage", "EmptyImage", width=["1", 0], height=48, batch_size=1, color=0xFF8000),
    "3": node("ImageInvert", image=["2", 0]),
    "4": node("SaveImage", "Output: picture", images=["3", 0], filename_prefix="genhook-test/plain"),
    "5": node("PreviewImage", images=["2", 0]),
}
LOADED = {
    "1": node("LoadImage", "Input: start", image="example.png"),
    "2": node("ImageInvert", image=["1", 0]),
    "3": node("SaveImage", "SaveImage", images=["2", 0], filename_prefix="genhook-test/loaded"),
}
# Valid for the server's validation, and impossible to do.
BROKEN = {
    "1": node("EmptyImage", "EmptyImage", width=64, height=48, batch_size=1, color=0),
    "2": node("EmptyImage", "EmptyImage", width=32, height=16, batch_size=1, color=0),
    "3": node("ImageToMask", image=["1", 0], channel="alpha"),
    "4": node("MaskToImage", mask=["3", 0]),
    "5": node("SaveImage", images=["4", 0], filename_prefix="genhook-test/broken"),
}


@pytest.fixture(scope="module")
def easel(installation: Installation, client: Client, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The server, and its workflows as generators."""
    installation.cli("add", "server", "easel", "--kind", "comfyui", "--base-url", URL)
    for name, graph in {"plain": PLAIN, "loaded": LOADED, "broken": BROKEN}.items():
        file = tmp_path_factory.mktemp("workflows") / f"{name}.json"
        file.write_text(json.dumps(graph))
        installation.cli(
            "add", "workflow", name, str(file), "--server", "easel", "--title", f"A {name} one", "--credits", "3"
        )
    installation.until(lambda: client.call("GET", "/api/v1/generators/broken").ok, 12)


@pytest.fixture
def make(easel: None, client: Client, installation: Installation) -> Make:
    """A workflow's run, ended."""

    def work(values: dict[str, Any]) -> dict[str, Any]:
        model = installation.cli("extensions", "show", values["slug"])["made"][0]["id"]
        return client.ended(client.submit("generor.generators.generate", {"model_id": model, **values})["id"], 120)

    return work


def picture_of(run: dict[str, Any]) -> Image.Image:
    assert run["status"] == "completed", run["error"]
    (made,) = run["output"]["creations"]
    return Image.open(io.BytesIO(requests.get(made["image_url"], timeout=30).content))


def is_about(picture: Image.Image, colour: tuple[int, int, int]) -> bool:
    """Tell whether the picture is of one colour, as floats round it."""
    wanted = Image.new("RGB", picture.size, colour)
    return all(most <= 1 for _, most in ImageChops.difference(picture.convert("RGB"), wanted).getextrema())


def test_a_workflow_runs_with_the_callers_values_and_what_is_temporary_stays_there(make: Make, client: Client) -> None:
    run = make({"slug": "plain", "parameters": {"width": 96}})
    made = picture_of(run)
    assert (made.size, is_about(made, (0x00, 0x7F, 0xFF))) == ((96, 48), True)
    # The graph, prompt and all, stands in the files that ComfyUI writes.
    assert {"prompt", "workflow"}.isdisjoint(made.info)
    assert (run["sandbox"], client.charges(run["id"])) == (False, [3])


def test_the_same_again_makes_it_again(make: Make) -> None:
    runs = [make({"slug": "plain", "parameters": {"width": 80}}) for _ in range(2)]
    assert [picture_of(run).size for run in runs] == [(80, 48)] * 2


def test_a_picture_of_the_callers_is_uploaded_and_worked_on(make: Make, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    Image.new("RGB", (40, 30), (250, 10, 20)).save(path)
    with path.open("rb") as file:
        sent = client.call("POST", "/v1/files", files={"file": ("red.png", file)}).json()
    made = picture_of(make({"slug": "loaded", "image_url": sent["url"]}))
    assert (made.size, is_about(made, (5, 245, 235))) == ((40, 30), True)


def test_a_run_that_fails_there_tells_which_node_and_costs_nothing(make: Make, client: Client) -> None:
    run = make({"slug": "broken"})
    assert (run["status"], run["error"]["code"]) == ("failed", "provider_error")
    assert "ImageToMask" in json.dumps(run["error"])
    assert client.charges(run["id"]) == []
    client.check_books()


def test_a_value_beyond_what_the_node_takes_is_refused_at_once(easel: None, client: Client) -> None:
    values = {"slug": "plain", "parameters": {"width": 2**70}}
    refused = client.call("POST", "/v1/actions/generor.generators.generate", json={"input": values})
    assert refused.status_code == 422, refused.text
