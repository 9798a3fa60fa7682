"""Added APIs wherever ours are shown: lists, OpenAPI, MCP, the console, the packs."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.extensions.conftest import run
from tests.extensions.openapi.conftest import DOCUMENTS, Add, Added

on = pytest.mark.parametrize
# One process adds the documents once for all.
pytestmark = pytest.mark.xdist_group("openapi")


def test_the_command_tells_what_was_made_and_what_was_left_out_and_why(films: Added, pets: Added) -> None:
    assert {"action": "films.film_jobs.films_create_film", "kind": "generate"} in films.told["made"]
    assert [one["kind"] for one in films.told["made"]] == ["search", "generate", "write", "write"]
    left_out = [(one["what"], one["why"]) for one in pets.told["left_out"]]
    assert ("pets.pet.add_pet", "mother is Pet within itself: it is cut there and taken as JSON") in left_out
    assert {"action": "pets.pet.upload_file", "kind": "write"} in pets.told["made"]


def test_they_are_listed_and_described_marked_as_added(pets: Added) -> None:
    account = pets.house.account()
    listed = {one["id"]: one for one in account.get("/v1/actions").get_json()["data"]}
    assert listed["pets.pet.get_pet_by_id"]["added"] is True
    assert "added" not in listed["generor.models.list"]
    shown = account.get("/v1/actions/pets.pet.get_pet_by_id").get_json()
    assert shown["added"] is True
    assert shown["input_schema"]["required"] == ["petId"]


def test_they_have_no_route_of_their_own(pets: Added) -> None:
    assert pets.connected().get("/pet/1").status_code == 404


def test_the_openapi_document_stays_valid_and_has_them(pets: Added, films: Added) -> None:
    document = pets.house.client.get("/openapi.json").get_json()
    post = document["paths"]["/v1/actions/films.film_jobs.films_create_film"]["post"]
    assert post["x-added"] is True
    connection = post["requestBody"]["content"]["application/json"]["schema"]["properties"]["connection"]
    assert (connection["enum"], connection["default"]) == (["films"], "films")
    kept = {"/v1/actions/films.film_jobs.films_create_film", "/v1/actions/pets.pet.get_pet_by_id"}
    validate(document | {"paths": {path: item for path, item in document["paths"].items() if path in kept}})


def test_an_mcp_tool_runs_them_at_their_server(pets: Added) -> None:
    account = pets.connected()

    def rpc(method: str, **params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = {"Accept": "application/json, text/event-stream"}
        return account.post("/mcp", body, headers=headers).get_json()["result"]

    tools = {tool["name"]: tool for tool in rpc("tools/list")["tools"]}
    assert "that the operator added" in tools["pets_pet_get_pet_by_id"]["description"]
    assert not any("operator added" in tool["description"] for name, tool in tools.items() if name[:4] == "gene")
    answer = rpc("tools/call", name="pets_pet_get_pet_by_id", arguments={"petId": 1})
    assert answer["isError"] is False, answer
    assert answer["structuredContent"]["name"] == "doggie"


def test_the_console_shows_their_texts_as_texts(pets: Added) -> None:
    page = pets.house.client.get("/console/pets.pet.add_pet")
    assert page.status_code == 200
    assert "<script>alert(1)" not in page.text


def test_a_connection_is_listed_tested_and_set_by_command_line(pets: Added, tell: Callable[..., Any]) -> None:
    account = pets.house.account()
    assert tell("connections", "set", account.name, "pets", "--key", "k") == {"connection": "pets"}
    names = [one["name"] for one in account.get("/v1/connections").get_json()["data"]]
    assert "pets" in names
    assert account.post("/v1/connections/pets/test").get_json()["ok"] is True
    assert run(pets.house, "connections", "set", account.name, "nobody", "--key", "k").exit_code == 2


def test_no_key_is_minted_for_them(pets: Added) -> None:
    account = pets.house.account()
    refused = account.call("POST", "/v1/keys", json={"name": "x", "api": "pets"}, scopes=("admin",))
    assert refused.status_code == 422


def test_packs_with_them_are_built_into_a_folder(pets: Added, tell: Callable[..., Any], tmp_path: Path) -> None:
    written = tell("packs", "build", "--output", str(tmp_path))["written"]
    archive = next(Path(path) for path in written if path.endswith(".tgz"))
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as packed:
        texts = {entry.name: packed.extractfile(entry).read().decode() for entry in packed}  # type: ignore[union-attr]
    assert any("pets.pet.get_pet_by_id" in text for name, text in texts.items() if name.endswith(".js"))
    assert "-added." in json.loads(texts["package/package.json"])["version"]
    assert (tmp_path / "zapier/generated/searches/pets_pet_get_pet_by_id.json").is_file()
    assert (tmp_path / "n8n/package.json").is_file()


def test_a_dry_run_tells_the_same_and_changes_nothing(pets: Added, tell: Callable[..., Any]) -> None:
    path = str(DOCUMENTS / "petstore.yaml")
    words = ("add", "api", "trial", path, "--operations", "getPetById", "--base-url", pets.server.url, "--dry-run")
    told = tell(*words)
    assert (told["made"], told["dry_run"]) == ([{"action": "trial.pet.get_pet_by_id", "kind": "read"}], True)
    assert "trial" not in [one["name"] for one in tell("extensions", "list")["extensions"]]


def test_what_was_exported_is_what_was_added(films: Added, tell: Callable[..., Any], tmp_path: Path) -> None:
    tell("extensions", "export", str(tmp_path))
    kept = json.loads((tmp_path / "films.json").read_text())
    assert kept["spec"]["actions"] == tell("extensions", "show", "films")["spec"]["actions"]


@on(
    ("words", "why"),
    [
        (["flokan"], "flokan"),
        (["fal"], "built-in provider"),
        (["Nope"], "1 to 40"),
        (["fine", "--operations", "nothing"], "no operation nothing"),
        (["fine", "--operations", "*", "--base-url", "ftp://a"], "no base URL"),
        (["fine", "--operations", "*"], "no base URL"),
    ],
)
def test_what_cant_be_added_is_refused_and_says_why(pets: Added, words: list[str], why: str) -> None:
    name, *options = words
    options = options or ["--operations", "*", "--base-url", pets.server.url]
    done = run(pets.house, "add", "api", name, str(DOCUMENTS / "petstore.yaml"), *options)
    assert done.exit_code == 1
    assert why in done.output


def test_names_in_use_are_refused(pets: Added) -> None:
    words = ("add", "api", "pets", str(DOCUMENTS / "pay.json"), "--operations", "*", "--base-url", "https://a.test")
    assert "in use" in run(pets.house, *words).output


def test_a_key_of_flokan_runs_none_of_them(added: Add) -> None:
    pets = added("pets")
    refused = pets.connected().post("/v1/actions/pets.pet.get_pet_by_id", {"input": {"petId": 1}}, api="flokan")
    assert refused.status_code == 403
