"""`python -m tests.browser.first_picture`: the seconds from a clone to the first picture in a browser.

It does what somebody does who has just heard of Genhook: clone, `make run`, open the one-time link, click once.
Packages come from the cache or index of pip; Chromium and Python are there already.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.chromium import browser
from tests.support.installation import ROOT, Installation

INSTALLED_S, READY_S, SHOWN_MS = 900, 120, 150_000


class Watch:
    """Prints what each step took, and the sum."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()

    def lap(self, step: str) -> None:
        """Tell how long `step` took."""
        now = time.monotonic()
        print(f"{step:44} {now - self._last:6.1f} s, {now - self._begun:6.1f} s in all", flush=True)
        self._last = now


def main() -> None:
    """Measure it in a folder of its own, and end what was started."""
    with tempfile.TemporaryDirectory(prefix="genhook-first-") as folder:
        watch, clone = Watch(), Path(folder) / "genhook"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        watch.lap("git clone")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        running = _run(clone, port)
        try:
            link = Installation.until(lambda: _link(clone, running), INSTALLED_S)
            watch.lap("make run: install and start")
            with browser() as chromium:
                _first_picture(chromium.new_page(), link, watch)
        finally:
            os.killpg(running.pid, signal.SIGINT)
            running.wait(READY_S)


def _run(clone: Path, port: int) -> "subprocess.Popen[bytes]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GENHOOK", "VIRTUAL_ENV"))}
    environment = kept | {"PORT": str(port), "GENHOOK_DATA_DIR": str(clone / "var")}
    return subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )


def _link(clone: Path, running: "subprocess.Popen[bytes]") -> str | None:
    assert running.poll() is None, "make run ended"
    owner = clone / "var/owner.json"
    return str(json.loads(owner.read_text())["console"]) if owner.exists() else None


def _first_picture(page: Page, link: str, watch: Watch) -> None:
    for _ in range(READY_S):
        try:
            page.goto(link)
            break
        except Exception:
            time.sleep(1)
    page.get_by_role("button", name="Make a first thumbnail").wait_for(timeout=SHOWN_MS)
    watch.lap("the console, with the key")
    page.get_by_role("button", name="Make a first thumbnail").click()
    picture = page.locator(".first-result img")
    picture.wait_for(timeout=SHOWN_MS)
    page.wait_for_function("(shown) => shown.complete && shown.naturalWidth > 100", arg=picture.element_handle())
    watch.lap("one click to the picture")
    expect(page.locator(".first-callback")).to_contain_text("webhook-signature: v1,", timeout=SHOWN_MS)
    watch.lap("its signed callback")


if __name__ == "__main__":
    main()
