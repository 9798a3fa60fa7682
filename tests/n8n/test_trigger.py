"""The Genhook Trigger in a real n8n."""

import requests

from tests.n8n import nodes

JOKE = {"slug": "joke", "model_id": 37, "prompt": "hear me"}


def subscriptions(client):
    return client.call("GET", "/v1/subscriptions").json()["data"]


def test_a_completed_run_starts_the_workflow(n8n, client, credential):
    workflow = n8n.activate([nodes.trigger(credential, events=["run.completed"]), nodes.nothing("After")])
    client.installation.until(lambda: subscriptions(client))
    run = client.submit("generor.generators.generate", JOKE)
    execution = workflow.ended()
    (item,) = execution.output("Trigger")
    assert item["json"]["type"] == "run.completed"
    assert item["json"]["data"]["id"] == run["id"]
    assert item["json"]["data"]["output"]["creations"]
    workflow.deactivate()
    client.installation.until(lambda: subscriptions(client) == [])


def test_a_post_that_is_not_signed_starts_nothing(n8n, client, credential):
    workflow = n8n.activate([nodes.trigger(credential, events=["run.completed"]), nodes.nothing("After")])
    (subscription,) = client.installation.until(lambda: subscriptions(client))
    answer = requests.post(subscription["target_url"], json={"type": "run.completed", "data": {}}, timeout=30)
    assert answer.status_code == 401
    assert workflow.executions() == []
    workflow.deactivate()
