"""Adding an operation is one definition, its schemas and one function: nothing else is edited."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import service.apis.generor
from service.config import Settings
from tests.support.house import House
from tests.support.pages import read

DEFINITION = {
    "format": 1,
    "id": "generor.weather.tell",
    "title": "Tell the weather",
    "description": "Says what the weather is like in a town.",
    "kind": "read",
    "http": {"method": "GET", "path": "/api/v1/weather/{town}"},
    "auth": {"required": True, "scope": "read"},
    "input_schema": {"$ref": "generor/weather.request.json"},
    "output_schema": {"$ref": "generor/weather.response.json"},
    "ui": {"order": ["town"], "fields": {"town": {"label": "Town"}}},
    "summary": ["weather"],
    "errors": ["NOT_FOUND"],
    "examples": [{"title": "Ulm", "input": {"town": "ulm"}, "output": {"town": "ulm", "weather": "sunny"}}],
    "anti_examples": [{"reason": "a town has a name", "pointer": "/town", "input": {}}],
}
INPUT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"town": {"type": "string", "description": "Its name.", "minLength": 1}},
    "required": ["town"],
}
OUTPUT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "town": {"type": "string", "description": "Its name."},
        "weather": {"type": "string", "description": "What it is like."},
    },
    "required": ["town", "weather"],
}
HANDLER = """
def tell(request):
    return {"town": request.input["town"], "weather": "sunny"}
"""


@pytest.fixture
def extended(tmp_path: Path, houses: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> House:
    """A Genhook whose folders hold one operation more."""
    definitions, schemas, code = tmp_path / "node_definitions", tmp_path / "schemas", tmp_path / "code"
    shutil.copytree(Settings().definitions_dir, definitions)
    shutil.copytree(Settings().schemas_dir, schemas)
    (definitions / "generor" / "weather.tell.json").write_text(json.dumps(DEFINITION))
    (schemas / "generor" / "weather.request.json").write_text(json.dumps(INPUT))
    (schemas / "generor" / "weather.response.json").write_text(json.dumps(OUTPUT))
    code.mkdir()
    (code / "weather.py").write_text(HANDLER)
    monkeypatch.setattr(service.apis.generor, "__path__", [*service.apis.generor.__path__, str(code)])
    return houses(definitions_dir=definitions, schemas_dir=schemas)


def test_it_answers_on_its_rest_path_in_its_apis_envelope(extended: House) -> None:
    account = extended.account()
    answer = account.get("/api/v1/weather/ulm")
    assert answer.get_json() == {"success": True, "data": {"town": "ulm", "weather": "sunny"}}
    assert answer.headers["X-RateLimit-Tier"] == "pro"
    assert extended.client.get("/api/v1/weather/ulm").status_code == 401


def test_it_is_listed_shown_and_run_as_an_automation_action(extended: House) -> None:
    account = extended.account()
    assert "generor.weather.tell" in [action["id"] for action in account.get("/v1/actions").get_json()["data"]]
    assert account.get("/v1/actions/generor.weather.tell").get_json()["input_schema"]["required"] == ["town"]
    run = account.submit("generor.weather.tell", {"town": "ulm"}).get_json()
    assert (run["status"], run["output"]) == ("completed", {"town": "ulm", "weather": "sunny"})
    refused = account.submit("generor.weather.tell", {})
    assert refused.get_json()["errors"][0]["pointer"] == "/input/town"


def test_it_is_in_the_openapi_document(extended: House) -> None:
    document = extended.client.get("/openapi.json").get_json()
    assert document["paths"]["/api/v1/weather/{town}"]["get"]["operationId"] == "generor.weather.tell"


def test_it_has_its_form_in_the_console(extended: House) -> None:
    page = read(extended.client.get("/console/generor.weather.tell").get_data(as_text=True))
    (field,) = page.all(data_field="town")
    (control,) = field.all("input")
    assert next(field.all("label", for_=control.attributes["id"])).text == "Town"
    assert list(page.all("a", href="/console/generor.weather.tell", aria_current="page"))
