"""The console in a real browser, against a real `up`. Its tests run by `make test-browser` alone."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fakes.receiver import Receiver
from tests.support.installation import Client, Installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

collect_ignore_glob = [] if os.environ.get("GENHOOK_TEST_BROWSER") else ["test_*.py"]
DESKTOP, PHONE = (1280, 900), (390, 844)
# A console tells of every refusal that a page gets; these tests ask for some.
REFUSAL = "Failed to load resource: the server responded with a status of"
_numbers = count(1)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("console"), workers=1, CALLBACK_RETRY_SCHEDULE="1,1,1") as made:
        yield made


@pytest.fixture(scope="session")
def account(installation: Installation) -> Client:
    """Return who uses the console in all the tests that leave nothing behind for others."""
    return installation.account("everybody", plan="enterprise", credits=1_000_000)


@pytest.fixture
def newcomer(installation: Installation) -> Client:
    """Somebody who has run nothing yet."""
    return installation.account(f"newcomer-{next(_numbers)}", plan="enterprise")


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    from tests.support.chromium import browser

    with browser() as started:
        yield started


@pytest.fixture
def visit(chromium: "Browser", installation: Installation) -> Iterator[Callable[..., "Page"]]:
    """Opens a page of the console; nothing that it does may be an error or against its policy."""
    complaints: list[str] = []
    contexts = []

    def opened(path: str, key: str | None = None, size: tuple[int, int] = DESKTOP, scheme: str = "light") -> "Page":
        width, height = size
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda sent: sent.url.startswith(installation.url) or complaints.append(sent.url))
        page.goto(installation.url + path)
        if key is not None:
            page.locator("input[type=password]:visible").first.fill(key)
            page.keyboard.press("Enter")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [each for each in complaints if not each.startswith(REFUSAL)] == []


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def shots() -> Path | None:
    """Return where pictures of the pages are put, if anywhere: `GENHOOK_SCREENSHOTS`."""
    folder = os.environ.get("GENHOOK_SCREENSHOTS")
    return Path(folder) if folder else None


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small PNG."""
    from PIL import Image

    path = tmp_path / "reference.png"
    Image.new("RGB", (320, 180), (30, 90, 160)).save(path)
    return path
