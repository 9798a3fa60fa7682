"""What a user sees and does in n8n's editor. With GENHOOK_SCREENSHOTS (`make screenshots`) the pictures are kept."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.n8n import tools
from tests.n8n.browser import editor
from tests.n8n.instance import N8n

FINISHED_MS = 90_000


@pytest.fixture(scope="module")
def page(n8n: N8n) -> Iterator[Page]:
    with editor(n8n) as opened:
        yield opened


@pytest.fixture
def example(n8n: N8n, credential: dict[str, Any]) -> str:
    """The pack's example of a generate, imported: its id."""
    kept = json.loads((tools.PACK / "examples" / "generate.json").read_text())
    for node in kept["nodes"]:
        if node["type"] == "n8n-nodes-genhook.genhook":
            node["credentials"] = {"genhookApi": {"id": credential["id"], "name": credential["name"]}}
        if node["name"] == "Write":
            node["parameters"]["fileName"] = str(n8n.files / "example.webp")
    return str(n8n.rest("POST", "/rest/workflows", kept)["id"])


def open_node(page: Page, name: str) -> None:
    page.locator(f'[data-test-id="canvas-node"][data-node-name="{name}"]').dblclick()


def choose(page: Page, field: str, search: str, option: str) -> None:
    """Pick an option of a dynamic list, as a user does: from the list, by typing a part of its name."""
    found = page.get_by_test_id(f"parameter-input-{field}")
    found.get_by_test_id("rlc-mode-selector").click()
    page.get_by_role("option", name="From List").click()
    found.get_by_test_id("rlc-input-container").click()
    page.get_by_test_id("rlc-search").locator("visible=true").fill(search)
    page.get_by_test_id("rlc-item").get_by_text(option, exact=True).click()


def picture(page: Page, name: str) -> None:
    """Keep what is seen now, where pictures are wanted."""
    folder = os.environ.get("GENHOOK_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_example_is_filled_in_from_lists_runs_and_shows_what_was_made(page, n8n, example):
    page.goto(f"{n8n.url}/workflow/{example}")
    open_node(page, "Generate")
    choose(page, "slug", "ima", "Image")
    choose(page, "model_id", "flux", "Flux Dev")
    choose(page, "aspect_ratio", "16", "16:9")
    page.get_by_test_id("ndv-close-button").click()

    page.get_by_test_id("execute-workflow-button").click()
    expect(page.get_by_test_id("canvas-node-status-success")).to_have_count(4, timeout=FINISHED_MS)
    picture(page, "workflow")

    open_node(page, "Generate")
    for label in ("Resource", "Operation", "Generator", "Prompt", "Model", "Privacy", "Aspect Ratio"):
        expect(page.get_by_text(label, exact=True).first).to_be_visible()
    expect(page.get_by_text("image-1.webp")).to_be_visible()
    picture(page, "panel")
