"""The five-minute guides of `docs/guides`: every example in them does what the guide says, against a real Genhook."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.installation import ROOT, Client, Installation

GUIDES = ROOT / "docs" / "guides"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("guides"), workers=1) as made:
        yield made


@pytest.fixture(scope="module")
def account(installation: Installation) -> Client:
    return installation.account("guided")


def examples(name: str, language: str) -> list[str]:
    """The guide's examples in that language, in order."""
    found = FENCE.findall((GUIDES / name).read_text("utf-8"))
    return [text for kind, text in found if kind == language]


def environment(account: Client, **more: str) -> dict[str, str]:
    given = {"GENHOOK_URL": account.installation.url, "GENHOOK_KEY": account.keys["generor"]}
    return {**os.environ, **given, "CALLBACK_SECRET": account.secret, **more}


def ran(command: list[str], given: dict[str, str], folder: Path | None = None) -> str:
    done = subprocess.run(command, env=given, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shell(text: str, given: dict[str, str], folder: Path | None = None) -> Any:
    out = ran(["bash", "-euc", text], given, folder)
    return json.loads(out) if out.strip() else None


def test_plain_webhooks_arrive_and_are_checked_by_the_guides_receiver(account: Client) -> None:
    asked, bin_shown, failed = examples("webhooks.md", "sh")
    (receiver,) = examples("webhooks.md", "python")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    given = environment(account, RECEIVER_PORT=port, CALLBACK_URL=f"http://127.0.0.1:{port}/")
    process = subprocess.Popen([sys.executable, "-c", receiver], env=given, stdout=subprocess.PIPE, text=True)
    try:
        _listening(int(port))
        run = shell(asked, given)
        assert shell(asked, given)["id"] == run["id"]
        assert process.stdout is not None
        event, order, url = process.stdout.readline().split()
    finally:
        process.kill()
        process.wait()
    assert (event, order) == ("run.completed", "1042")
    assert requests.get(url, timeout=20).content.startswith(b"\x89PNG")
    assert shell(bin_shown, given)["url"].startswith(f"{account.installation.url}/bin/")
    assert shell(failed, given)["data"] == []


def test_openai_clients_do_what_the_guide_shows(account: Client) -> None:
    bin_url = account.call("GET", "/v1/bin").json()["url"]
    first, with_callback = examples("openai.md", "python")
    text, url = ran([sys.executable, "-c", first], environment(account)).strip().rsplit("\n", 1)
    assert text
    assert url.startswith("http")
    ran([sys.executable, "-c", with_callback], environment(account, CALLBACK_URL=bin_url))
    account.installation.until(lambda: account.call("GET", "/v1/bin").json()["data"], 30)


def test_makes_request_is_taken_and_answers_what_the_scenario_maps(account: Client) -> None:
    (body,) = (json.loads(text) for text in examples("make.md", "json"))
    body["callback_url"] = account.call("GET", "/v1/bin").json()["url"]
    (asked,) = examples("make.md", "sh")
    action = "/v1/actions/flokan.thumbnails.generate"
    taken = account.call("POST", action, json=body, headers={"Idempotency-Key": "make-row-1042"})
    assert taken.status_code == 202
    assert shell(asked, environment(account))["output"]["image_urls"]


def test_the_n8n_workflow_names_what_the_pack_has_and_the_pack_is_handed_out(account: Client) -> None:
    (workflow,) = (json.loads(text) for text in examples("n8n.md", "json"))
    node = next(one for one in workflow["nodes"] if one["type"] == "n8n-nodes-genhook.genhook")
    properties = (ROOT / "packs/n8n/nodes/Genhook/generated/properties.ts").read_text("utf-8")
    assert f"value: '{node['parameters']['resource']}'" in properties
    named = set(node["parameters"]) - {"resource", "operation", "downloadFiles"}
    values = {name: node["parameters"][name] for name in named}
    assert account.call("POST", "/v1/actions/flokan.thumbnails.generate/estimate", json={"input": values}).ok
    (install,) = examples("n8n.md", "sh")
    address = install.split('"')[1].replace("$GENHOOK_URL", account.installation.url)
    assert requests.get(address, timeout=20).content.startswith(b"\x1f\x8b")


def test_zapiers_app_is_handed_out_with_the_action_that_the_guide_names(account: Client, tmp_path: Path) -> None:
    (fetched,) = examples("zapier.md", "sh")
    ran(["bash", "-euc", fetched.splitlines()[0]], environment(account), tmp_path)
    names = zipfile.ZipFile(BytesIO((tmp_path / "genhook-zapier.zip").read_bytes())).namelist()
    assert any(name.endswith("creates/flokan_thumbnails_generate.json") for name in names)
    assert "`flokan_thumbnails_generate`" in (GUIDES / "zapier.md").read_text("utf-8")


def _listening(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the receiver does not listen")
