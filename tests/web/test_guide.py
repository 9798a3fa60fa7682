"""`/docs/guide`: the built guides under a strict policy, or the reference where they weren't built."""

import base64
import hashlib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.web import guide
from tests.support.house import House


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    (tmp_path / "built" / "guides" / "n8n").mkdir(parents=True)
    (tmp_path / "built" / "index.html").write_text("<script>own()</script>start")
    (tmp_path / "built" / "guides" / "n8n" / "index.html").write_text("n8n")
    (tmp_path / "built" / "app.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(guide.blueprint(tmp_path / "built"))
    return app.test_client()


def test_pages_and_files_are_served_and_a_page_has_its_slash(client: FlaskClient) -> None:
    assert client.get("/docs/guide/").text.endswith("start")
    assert client.get("/docs/guide/guides/n8n/").text == "n8n"
    assert client.get("/docs/guide/guides/n8n").headers["Location"] == "/docs/guide/guides/n8n/"
    assert client.get("/docs/guide/app.js").text == "1"


def test_only_the_scripts_that_a_page_was_built_with_may_run(client: FlaskClient) -> None:
    policy = client.get("/docs/guide/").headers["Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(b"own()").digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", ["../secret.txt", "%2e%2e/secret.txt", "guides/../../secret.txt", "/etc/passwd"])
def test_nothing_outside_is_reached(client: FlaskClient, path: str) -> None:
    assert "secret" not in client.get(f"/docs/guide/{path}").text


def test_the_link_leads_to_the_guides_or_where_they_were_not_built_to_the_reference(idle_house: House) -> None:
    answer = idle_house.client.get("/docs/guide/")
    assert answer.status_code == 200 or answer.headers["Location"] == "/docs"
