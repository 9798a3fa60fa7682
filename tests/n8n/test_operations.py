"""Lists, dynamic fields, files and the other operations of the node, in a real n8n."""

import json
from typing import Any

import pytest

from tests.n8n import nodes, tools
from tests.n8n.instance import N8n
from tests.support.installation import Installation

JOKE = {"slug": "joke", "model_id": 37, "prompt": "one of many"}


def dynamic(n8n: N8n, credential: dict[str, Any], kind: str, method: str, path: str, **parameters: Any) -> Any:
    """Return what n8n's editor would be told for a field."""
    query = parameters.pop("query", {})
    body = {
        "nodeTypeAndVersion": {"name": "n8n-nodes-genhook.genhook", "version": 1},
        "currentNodeParameters": {"resource": "generor_generators", "operation": "generate", **parameters},
        "credentials": {"genhookApi": {"id": credential["id"], "name": credential["name"]}},
        "path": path,
        "methodName": method,
    }
    return n8n.rest("POST", f"/rest/dynamic-node-parameters/{kind}", {**body, **query})


def test_generators_are_found_as_one_types(n8n, credential):
    found = dynamic(
        n8n, credential, "resource-locator-results", "search_slug", "parameters.slug", query={"filter": "horosc"}
    )
    assert [option["value"] for option in found["results"]] == ["horoscope"]


def test_a_long_list_is_paged(n8n, credential):
    listed = dynamic(n8n, credential, "resource-locator-results", "search_slug", "parameters.slug")
    token = listed["paginationToken"]
    more = dynamic(
        n8n, credential, "resource-locator-results", "search_slug", "parameters.slug", query={"paginationToken": token}
    )
    assert len(listed["results"]) == 100
    assert not {each["value"] for each in listed["results"]} & {each["value"] for each in more["results"]}


def test_models_are_those_of_the_chosen_generators_type(n8n, credential):
    slug = {"__rl": True, "mode": "list", "value": "image"}
    found = dynamic(n8n, credential, "resource-locator-results", "search_model_id", "parameters.model_id", slug=slug)
    assert found["results"]
    assert all(10001 <= option["value"] <= 19999 for option in found["results"])


def test_a_generators_own_parameters_appear(n8n, credential):
    slug = {"__rl": True, "mode": "list", "value": "horoscope"}
    found = dynamic(n8n, credential, "resource-mapper-fields", "fields_parameters", "parameters.parameters", slug=slug)
    signs = {field["id"]: field for field in found["fields"]}["zodiac-sign"]
    assert signs["type"] == "options"
    assert "aries" in [option["value"] for option in signs["options"]]


def test_chosen_parameters_reach_the_run(n8n, client, credential):
    parameters = {
        "slug": {"__rl": True, "mode": "list", "value": "horoscope"},
        "model_id": {"__rl": True, "mode": "list", "value": 37},
        "prompt": "This week",
        "parameters": {"mappingMode": "defineBelow", "value": {"zodiac-sign": "leo", "horoscope-length": "long"}},
        "additionalFields": {"count": 2},
        "simplify": False,
    }
    node = nodes.genhook(credential, "generor_generators.generate", parameters=parameters)
    workflow = n8n.activate([nodes.webhook(), node])
    workflow.start()
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    (item,) = execution.output("Genhook")
    assert item["json"]["input"]["parameters"] == {"zodiac-sign": "leo", "horoscope-length": "long"}
    assert len(item["json"]["output"]["creations"]) == 2


def test_a_file_is_uploaded_as_a_reference(n8n, client, credential, shelf):
    fetched = {
        "id": "fetch",
        "name": "Fetch",
        "type": "n8n-nodes-base.httpRequest",
        "typeVersion": 4.2,
        "position": [0, 0],
        "parameters": {
            "url": f"{shelf.url}/picture.png",
            "options": {"response": {"response": {"responseFormat": "file"}}},
        },
    }
    parameters = {
        "slug": {"__rl": True, "mode": "id", "value": "image"},
        "model_id": {"__rl": True, "mode": "id", "value": "10003"},
        "prompt": "In the same colours",
        "image_url": "data",
        "simplify": False,
        "downloadFiles": True,
        "binaryProperty": "made",
    }
    node = nodes.genhook(credential, "generor_generators.generate", parameters=parameters)
    workflow = n8n.activate([nodes.webhook(), fetched, node])
    workflow.start()
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    (item,) = execution.output("Genhook")
    assert item["json"]["input"]["image_url"].startswith(f"{client.installation.url}/files/")
    assert item["binary"]["made"]["mimeType"].startswith("image/")


def test_lists_return_all_or_up_to_a_limit_and_delete_says_so(n8n, client, credential):
    for _ in range(3):
        client.ended(client.submit("generor.generators.generate", JOKE)["id"])
    some = nodes.genhook(credential, "generor_creations.getAll", name="Some", parameters={"limit": 2})
    every = nodes.genhook(
        credential, "generor_creations.getAll", name="All", executeOnce=True, parameters={"returnAll": True}
    )
    creation = {"__rl": True, "mode": "id", "value": "={{ $json.creation_id }}"}
    delete = nodes.genhook(credential, "generor_creations.delete", name="Delete", parameters={"id": creation})
    workflow = n8n.activate([nodes.webhook(), some, every, delete])
    workflow.start()
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    assert len(execution.output("Some")) == 2
    assert len(execution.output("All")) == 3
    assert [item["json"] for item in execution.output("Delete")] == [{"deleted": True}] * 3


def test_a_found_thumbnail_is_the_reference_of_a_new_one(n8n, client):
    credential = n8n.credential(client.installation.url, client.keys["flokan"], client.secret)
    search = nodes.genhook(
        credential, "flokan_youtube.search", name="Search", parameters={"query": "hiking", "limit": 1}
    )
    parameters = {
        "video_title": "={{ $json.title }}",
        "prompt": "The same mood",
        "image_model": "pro",
        "aspect_ratio": "16:9",
        "image_count": 1,
        "additionalFields": {"youtube_references": "={{ [$json.thumbnail_url] }}"},
        "downloadFiles": True,
    }
    generate = nodes.genhook(credential, "flokan_thumbnails.generate", parameters=parameters)
    path = n8n.files / "thumbnail.png"
    workflow = n8n.activate([nodes.webhook(), search, generate, nodes.write(str(path))])
    workflow.start()
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    (found,), (made,) = execution.output("Search"), execution.output("Genhook")
    assert client.run(made["json"]["run_id"])["input"]["youtube_references"] == [found["json"]["thumbnail_url"]]
    assert path.stat().st_size > 1000


def test_a_callback_address_that_is_refused_is_polled_with_a_warning(n8n, tmp_path):
    walled = Installation(tmp_path / "walled", CALLBACK_ALLOW="")
    try:
        walled.start()
        client = walled.account("walled")
        credential = n8n.credential(walled.url, client.keys["generor"], client.secret)
        parameters = {
            "slug": {"__rl": True, "mode": "id", "value": "joke"},
            "model_id": {"__rl": True, "mode": "id", "value": "37"},
            "prompt": "No way through",
        }
        node = nodes.genhook(credential, "generor_generators.generate", parameters=parameters)
        workflow = n8n.activate([nodes.webhook(), node])
        workflow.start()
        execution = workflow.ended()
        assert execution.status == "success", execution.error
        assert execution.output("Genhook")[0]["json"]["creations"]
        assert execution.hints("Genhook")[0].startswith("Polled in place of callbacks.")
    finally:
        walled.close()


@pytest.mark.parametrize("path", sorted((tools.PACK / "examples").glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_can_be_imported(n8n, path):
    made = n8n.rest("POST", "/rest/workflows", json.loads(path.read_text()))
    assert len(made["nodes"]) == len(json.loads(path.read_text())["nodes"])
