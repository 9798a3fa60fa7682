"""One node that submits, sleeps and goes on with the finished runs, in a real n8n."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import requests
from standardwebhooks import Webhook

from tests.n8n import nodes
from tests.n8n.instance import Execution, N8n, Workflow

GENERATE = "generor_generators.generate"


def by_value(value: Any) -> dict[str, Any]:
    return {"__rl": True, "mode": "id", "value": value}


def joke(prompt: str) -> dict[str, Any]:
    return {"slug": "joke", "model": 37, "prompt": prompt}


def picture(prompt: str, image_url: str) -> dict[str, Any]:
    return {"slug": "image", "model": 10003, "prompt": prompt, "image": image_url}


def generating(n8n: N8n, credential: dict[str, Any], *after: Any, links: Any = None, **settings: Any) -> Workflow:
    """Items with slug, model, prompt and an optional image, into one Genhook node."""
    parameters = {
        "slug": by_value("={{ $json.slug }}"),
        "model_id": by_value("={{ $json.model }}"),
        "prompt": "={{ $json.prompt }}",
        "image_url": "={{ $json.image || '' }}",
        **settings.pop("parameters", {}),
    }
    node = nodes.genhook(credential, GENERATE, parameters=parameters, **settings)
    return n8n.activate([nodes.webhook(), nodes.split(), node, *after], links)


def prompts(client, execution: Execution) -> list[str]:
    """The prompts of the runs whose results were put out, in the items' order."""
    return [client.run(item["json"]["run_id"])["input"]["prompt"] for item in execution.output("Genhook")]


def runs_of(client) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.call("GET", "/v1/runs", params={"limit": 100}).json()["data"]
    return listed


def the_run_of(client) -> dict[str, Any]:
    (run,) = client.installation.until(lambda: runs_of(client))
    found: dict[str, Any] = run
    return found


def test_callbacks_that_come_before_n8n_sleeps_arrive_all_the_same(n8n, client, credential):
    workflow = generating(n8n, credential, nodes.nothing("After"))
    workflow.start(joke("early"))
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    assert prompts(client, execution) == ["early"]
    (run,) = runs_of(client)
    deliveries = client.call("GET", f"/v1/runs/{run['id']}/deliveries").json()["data"]
    assert deliveries[0]["attempts"][-1]["status_code"] == 200


def test_items_come_out_together_and_in_order(n8n, client, credential, shelf):
    workflow = generating(n8n, credential, nodes.nothing("After"))
    workflow.start(picture("first", f"{shelf.url}/held.png"), joke("second"), joke("third"))
    workflow.waiting()
    client.installation.until(lambda: sum(run["status"] == "completed" for run in runs_of(client)) == 2)
    assert workflow.waiting().status == "waiting"
    shelf.release.set()
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    assert prompts(client, execution) == ["first", "second", "third"]
    assert [item["pairedItem"]["item"] for item in execution.output("Genhook")] == [0, 1, 2]
    assert len(execution.output("After")) == 3


def test_of_three_items_the_second_fails_in_its_place(n8n, client, credential, shelf):
    workflow = generating(n8n, credential, nodes.nothing("After"), onError="continueRegularOutput")
    workflow.start(joke("first"), picture("second", f"{shelf.url}/text.png"), joke("third"))
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    first, second, third = execution.output("Genhook")
    assert "error" not in first["json"]
    assert second["json"]["error"]
    assert third["json"]["creations"]
    assert execution.tries("Genhook") == 1


def test_a_failed_run_goes_to_the_error_output(n8n, client, credential, shelf):
    after = (nodes.nothing("Good"), nodes.nothing("Bad"))
    links = [("Start", "Items", 0), ("Items", "Genhook", 0), ("Genhook", "Good", 0), ("Genhook", "Bad", 1)]
    workflow = generating(n8n, credential, *after, links=links, onError="continueErrorOutput")
    workflow.start(joke("good"), picture("bad", f"{shelf.url}/text.png"))
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    assert len(execution.output("Good")) == 1
    (bad,) = execution.output("Bad")
    assert bad["json"]["error"]


def test_a_failed_run_fails_the_node_and_nothing_after_it_runs(n8n, client, credential, shelf):
    workflow = generating(n8n, credential, nodes.nothing("After"))
    workflow.start(picture("late", f"{shelf.url}/held.png"), picture("bad", f"{shelf.url}/text.png"))
    workflow.waiting()
    shelf.release.set()
    execution = workflow.ended()
    failed = next(run for run in runs_of(client) if run["status"] == "failed")
    assert execution.status == "error"
    assert execution.error["message"] == failed["error"]["message"]
    assert execution.error["context"]["itemIndex"] == 1
    assert execution.tries("After") == 0


def test_a_callback_that_comes_twice_changes_nothing(n8n, client, credential):
    workflow = generating(n8n, credential, nodes.nothing("After"))
    workflow.start(joke("twice"))
    workflow.ended()
    (run,) = runs_of(client)

    def attempts() -> list[dict[str, Any]]:
        kept: list[dict[str, Any]] = client.call("GET", f"/v1/runs/{run['id']}/deliveries").json()["data"]
        return kept[0]["attempts"]

    delivery = client.call("GET", f"/v1/runs/{run['id']}/deliveries").json()["data"][0]
    before = len(attempts())
    assert client.call("POST", f"/v1/deliveries/{delivery['id']}/replay").status_code == 202
    client.installation.until(lambda: len(attempts()) > before)
    assert attempts()[-1]["status_code"] == 409
    execution = workflow.ended()
    assert len(workflow.executions()) == 1
    assert execution.status == "success"
    assert execution.tries("After") == 1


def test_a_bad_signature_resumes_nothing(n8n, client, credential, shelf):
    workflow = generating(n8n, credential, nodes.nothing("After"))
    workflow.start(picture("mine", f"{shelf.url}/held.png"))
    workflow.waiting()
    run = the_run_of(client)
    forged = '{"type": "run.completed", "timestamp": "2026-01-01T00:00:00Z", "data": {"status": "completed"}}'
    stamp = str(int(time.time()))
    for signature in ("v1,AAAA", "", f"v1,{'A' * 43}="):
        headers = {"webhook-id": "evt_1", "webhook-timestamp": stamp, "webhook-signature": signature}
        answer = requests.post(run["callback"]["url"], data=forged, headers=headers, timeout=30)
        assert answer.status_code == 401
    assert workflow.waiting().status == "waiting"
    shelf.release.set()
    assert workflow.ended().status == "success"


def test_a_signed_callback_of_another_run_resumes_nothing(n8n, client, credential, shelf):
    workflow = generating(n8n, credential)
    workflow.start(picture("mine", f"{shelf.url}/held.png"))
    workflow.waiting()
    url = the_run_of(client)["callback"]["url"]
    other = client.ended(
        client.submit("generor.generators.generate", {"slug": "joke", "model_id": 37, "prompt": "x"})["id"]
    )
    requests_made = signed(client.secret, {"type": "run.completed", "data": {**other, "output": None}})
    assert requests.post(url, timeout=30, **requests_made).status_code == 403
    assert workflow.waiting().status == "waiting"
    shelf.release.set()
    assert workflow.ended().status == "success"


def test_n8n_restarted_while_it_waits(n8n, client, credential, shelf):
    workflow = generating(n8n, credential, nodes.nothing("After"))
    workflow.start(picture("patient", f"{shelf.url}/held.png"))
    workflow.waiting()
    n8n.stop()
    shelf.release.set()
    client.installation.until(lambda: runs_of(client)[0]["status"] == "completed")
    n8n.start()
    n8n.log_in()
    # Where n8n takes longer to start than the sooner retries go on, the next attempt is five minutes later.
    execution = workflow.ended(seconds=420)
    assert execution.status == "success", execution.error
    assert prompts(client, execution) == ["patient"]
    assert client.charges(runs_of(client)[0]["id"]) != []


def test_the_service_restarted_while_it_works(n8n, client, credential, shelf):
    workflow = generating(n8n, credential, nodes.nothing("After"))
    workflow.start(picture("stubborn", f"{shelf.url}/held.png"))
    workflow.waiting()
    client.installation.until(shelf.asked.is_set)
    client.installation.kill_everything()
    shelf.release.set()
    client.installation.start()
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    assert len(client.charges(runs_of(client)[0]["id"])) == 1
    client.check_books()


def test_a_wait_that_times_out_fails_and_is_no_result(n8n, client, credential):
    silent = client.installation.pids("callbacks")
    for pid in silent:
        client.installation.pause(pid)
    workflow = generating(n8n, credential, nodes.nothing("After"), parameters={"options": {"waitLimit": 0.05}})
    workflow.start(joke("unheard"))
    # n8n looks once a minute for waits that are over.
    execution = workflow.ended(seconds=150)
    for pid in silent:
        client.installation.resume(pid)
    assert execution.status == "error"
    assert execution.error["message"].startswith("Timed out")
    assert execution.tries("After") == 0


def test_results_are_polled_for_where_callbacks_cannot_be_verified(n8n, client):
    credential = n8n.credential(client.installation.url, client.keys["generor"], "")
    workflow = generating(n8n, credential)
    workflow.start(joke("polled"))
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    assert prompts(client, execution) == ["polled"]
    assert "no signing secret" in execution.hints("Genhook")[0]


def test_return_immediately_puts_out_the_run(n8n, client, credential, shelf):
    workflow = generating(n8n, credential, parameters={"wait": "none"})
    workflow.start(picture("later", f"{shelf.url}/held.png"))
    (item,) = workflow.ended().output("Genhook")
    assert item["json"]["status"] in ("queued", "running")
    assert item["json"]["callback"] is None


def signed(secret: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body and headers as a holder of the secret would send them."""
    moment, text = datetime.now(UTC), json.dumps(body)
    signature = Webhook(secret).sign("evt_forged", moment, text)
    stamp = str(int(moment.timestamp()))
    headers = {"webhook-id": "evt_forged", "webhook-timestamp": stamp, "webhook-signature": signature}
    return {"data": text, "headers": {**headers, "content-type": "application/json"}}
