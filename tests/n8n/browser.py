"""n8n's editor in Debian's Chromium, signed in as the owner."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from tests.n8n.instance import N8n
from tests.support.chromium import SWITCHES

SIZE = {"width": 1440, "height": 900}


@contextmanager
def editor(n8n: N8n) -> Iterator[Page]:
    """An empty page whose cookies are the owner's."""
    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test-id")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(SWITCHES))
        context = browser.new_context(viewport=SIZE, device_scale_factor=1.5, color_scheme="light")
        context.add_cookies([{"name": name, "value": value, "url": n8n.url} for name, value in n8n.cookies().items()])
        yield context.new_page()
        browser.close()
