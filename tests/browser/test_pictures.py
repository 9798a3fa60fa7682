"""The pictures of the console in the docs: each page at phone and desktop width, light and dark (`make pictures`)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_pages import PAGES, settled
from tests.support.installation import Client, Installation
from tests.support.many_runs import many_runs

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about queues"}
THUMBNAIL = {
    "video_title": "10 Hidden Hiking Trails",
    "prompt": "Bold red text 'TOP 10' over surprised hiker, mountain backdrop",
    "image_model": "pro",
    "aspect_ratio": "16:9",
    "image_count": 1,
}
IMAGE = {"slug": "image", "model_id": 10003, "prompt": "A sunset over mountains"}
ENDED_S = 120


@pytest.fixture(scope="session")
def shown(installation: Installation) -> Client:
    """Somebody who has run a little of everything lately, and much before."""
    made = installation.account("studio", plan="enterprise", credits=50_000)
    installation.cli("accounts", "set", made.name, "--operator")
    scopes = ("--scopes", "read,write,generate,admin,operator")
    made.keys["generor"] = installation.cli("keys", "create", made.name, "--api", "generor", *scopes)["api_key"]
    many_runs(installation.engine, made.name, 3000)
    # What the month took before counts.
    installation.cli("accounts", "set", made.name, "--budget", "9000/month")
    bin_url = made.call("GET", "/v1/bin").json()["url"]
    for action, values in (
        ("generor.generators.generate", IMAGE),
        ("generor.generators.generate", JOKE),
        ("flokan.thumbnails.generate", THUMBNAIL),
    ):
        run = made.submit(action, values, callback_url=bin_url, group="monday", metadata={"customer": "acme"})
        made.ended(run["id"], ENDED_S)
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_is_pictured(
    visit: Callable[..., Page], shown: Client, shots: Path | None, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    folder = shots or tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    (run,) = shown.call("GET", "/v1/runs?action=flokan.thumbnails.generate&group=monday").json()["data"]
    page = visit("/console", shown.keys["generor"], size=size, scheme=scheme)
    for path in (*PAGES, f"/console/runs/{run['id']}", "/console/flokan.thumbnails.generate"):
        page.goto(re.sub(r"/console.*", path, page.url))
        if path in PAGES or "/runs/" in path:
            settled(page)
        expect(page.get_by_role("link", name="Operator")).to_be_visible()
        if path == "/console":
            page.get_by_role("button", name="Make a first thumbnail").click()
            expect(page.locator(".first-callback .pill")).to_be_visible(timeout=150_000)
        page.wait_for_load_state("networkidle") if path == "/console/gallery" else page.wait_for_timeout(700)
        name = re.sub(r"run_\w+", "one", path.strip("/").removeprefix("console").strip("/") or "home").replace("/", "-")
        path_of = folder / f"{name}-{'desktop' if size == DESKTOP else 'phone'}-{scheme}.png"
        page.screenshot(path=path_of)
        # A third of the size, for a repository's sake.
        Image.open(path_of).convert("RGB").quantize(256).save(path_of, optimize=True)
        assert path_of.stat().st_size > 1000
