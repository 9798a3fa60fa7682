"""Texts of real servers in workflows of a real n8n, whose pack was built before the servers were added."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.test_texts import NUMBERED, SAID, id_of
from tests.n8n import nodes
from tests.n8n.instance import N8n
from tests.support.installation import Client, Installation

on = pytest.mark.parametrize
GENERATE = "generor_generators.generate"


@pytest.fixture(scope="module")
def n8n(tmp_path_factory: pytest.TempPathFactory, archive: Path) -> Iterator[N8n]:
    """An n8n with the pack installed as a user would, its owner logged in."""
    with N8n(tmp_path_factory.mktemp("n8n"), archive) as made:
        yield made


@pytest.fixture(scope="module")
def credential(n8n: N8n, client: Client) -> dict[str, Any]:
    return n8n.credential(client.installation.url, client.keys["generor"], client.secret)


def chosen(value: str) -> dict[str, Any]:
    return {"__rl": True, "mode": "id", "value": value}


@on(("server", "model"), NUMBERED)
def test_the_installed_node_makes_a_text_of_an_added_model(
    server: str,
    model: str,
    n8n: N8n,
    credential: dict[str, Any],
    client: Client,
    installation: Installation,
    cellar: dict[str, Any],
    gateway: dict[str, Any],
) -> None:
    number = str(id_of(installation, server, model))
    fields = {"slug": chosen("one-liner"), "model_id": chosen(number), "prompt": "={{ $('Items').item.json.prompt }}"}
    workflow = n8n.activate(
        [nodes.webhook(), nodes.split(), nodes.genhook(credential, GENERATE, parameters=fields)],
    )
    workflow.start({"prompt": "Say hello."})
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    (made,) = execution.output("Genhook")
    run = client.run(made["json"]["run_id"])
    assert "creations" in made["json"], (
        made,
        run["output"],
        client.call("GET", "/v1/runs").json()["data"][0]["output"],
    )
    text = made["json"]["creations"][0]["text"]
    assert text == SAID[model] if model in SAID else text.strip()
    assert run["sandbox"] is False
