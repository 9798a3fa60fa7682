"""Workflows that generate, run by a real n8n against a real Genhook."""

from typing import Any

from PIL import Image

from tests.n8n import nodes
from tests.n8n.instance import N8n, Workflow

JOKE = {"slug": {"__rl": True, "mode": "id", "value": "joke"}, "model_id": {"__rl": True, "mode": "id", "value": "37"}}
PICTURE = {
    "slug": {"__rl": True, "mode": "id", "value": "image"},
    "model_id": {"__rl": True, "mode": "id", "value": "10003"},
}
PROMPT = {"prompt": "={{ $('Items').item.json.prompt }}"}
GENERATE, ESTIMATE = "generor_generators.generate", "generor_generators.estimate"


def estimating_and_generating(n8n: N8n, credential: dict[str, Any], fields: dict[str, Any], *after: Any) -> Workflow:
    estimate = nodes.genhook(credential, ESTIMATE, name="Estimate", parameters={**fields, **PROMPT})
    generate = nodes.genhook(credential, GENERATE, parameters={**fields, **PROMPT, "downloadFiles": fields is PICTURE})
    return n8n.activate([nodes.webhook(), nodes.split(), estimate, generate, *after])


def test_a_picture_is_estimated_generated_awaited_and_written_to_disk(n8n, client, credential):
    path = n8n.files / "picture.webp"
    workflow = estimating_and_generating(n8n, credential, PICTURE, nodes.write(str(path)))
    workflow.start({"prompt": "A lighthouse at dusk"})
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    (estimate,), (made,) = execution.output("Estimate"), execution.output("Genhook")
    assert Image.open(path).size[0] > 100
    assert client.charges(made["json"]["run_id"]) == [estimate["json"]["credit_cost"]["total"]]


def test_a_text_is_estimated_generated_awaited_and_written_to_disk(n8n, client, credential):
    path = n8n.files / "joke.txt"
    to_text = nodes.to_text("creations[0].text")
    workflow = estimating_and_generating(n8n, credential, JOKE, to_text, nodes.write(str(path)))
    workflow.start({"prompt": "A programmer's cat"})
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    (made,) = execution.output("Genhook")
    assert path.read_text() == made["json"]["creations"][0]["text"]
    assert len(client.charges(made["json"]["run_id"])) == 1
