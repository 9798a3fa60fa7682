"""What a retry, a limit and a key of one's own do to the bill, in a real n8n."""

from tests.n8n import nodes
from tests.n8n.test_waiting import generating, joke, runs_of


def test_a_retry_after_a_dropped_connection_is_one_run_and_one_charge(n8n, client, proxy):
    credential = n8n.credential(proxy.url, client.keys["generor"], client.secret)
    retrying = {"retryOnFail": True, "maxTries": 3, "waitBetweenTries": 500}
    workflow = generating(n8n, credential, nodes.nothing("After"), **retrying)
    workflow.start(joke("once"))
    execution = workflow.ended()
    assert execution.status == "success", execution.error
    assert len(proxy.submissions) == 2
    assert proxy.submissions[0] == proxy.submissions[1]
    (run,) = runs_of(client)
    assert client.charges(run["id"]) == [run["credits_charged"]]


def test_a_run_above_max_credits_is_refused_and_costs_nothing(n8n, client, credential):
    workflow = generating(n8n, credential, parameters={"options": {"maxCredits": 0}})
    workflow.start(joke("dear"))
    execution = workflow.ended()
    assert execution.status == "error"
    assert execution.error["httpCode"] == "402"
    assert runs_of(client) == []


def test_a_key_of_ones_own_gives_the_same_run_in_another_execution(n8n, client, credential):
    options = {"idempotency": "own", "idempotencyKey": "record-7"}
    workflow = generating(n8n, credential, parameters={"options": options})
    for _ in range(2):
        workflow.start(joke("kept"))
        client.installation.until(lambda: all(each["status"] == "success" for each in workflow.executions()) or None)
    assert len(runs_of(client)) == 1


def test_a_refusal_speaks_in_the_services_words(n8n, client, credential):
    workflow = generating(n8n, credential)
    workflow.start({**joke("x"), "slug": "no-such-generator"})
    execution = workflow.ended()
    assert execution.status == "error"
    assert "no-such-generator" in execution.error["message"]
    assert execution.error["context"]["itemIndex"] == 0
