"""Many callers at once, against real processes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.fakes.receiver import Receiver
from tests.support.installation import Client, Installation

pytestmark = pytest.mark.xdist_group("installation")

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about parallel requests"}


def test_twenty_parallel_requests_under_one_key_make_one_run_and_one_charge(client: Client, receiver: Receiver) -> None:
    def submit(_: int) -> requests.Response:
        return client.call(
            "POST",
            "/v1/actions/generor.generators.generate",
            json={"input": JOKE, "callback_url": receiver.url},
            headers={"Idempotency-Key": "once"},
        )

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(submit, range(20)))
    assert {answer.status_code for answer in answers} <= {200, 202, 409}
    run_ids = {answer.json()["id"] for answer in answers if answer.ok}
    assert len(run_ids) == 1
    (run_id,) = run_ids
    assert client.ended(run_id)["status"] == "completed"
    assert client.charges(run_id) == [1]
    assert len(receiver.of(run_id)) == 1
    client.check_books()


def test_parallel_spends_never_overdraw(installation: Installation, receiver: Receiver) -> None:
    poor = installation.account("poor", credits=5)

    def submit(number: int) -> requests.Response:
        body = {"input": JOKE | {"prompt": f"joke {number}"}}
        return poor.call("POST", "/v1/actions/generor.generators.generate", json=body)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(submit, range(12)))
    assert sorted(answer.status_code for answer in answers) == [202] * 5 + [402] * 7
    for answer in answers:
        if answer.ok:
            poor.ended(answer.json()["id"])
    poor.check_books()
    ((balance,),) = installation.rows("SELECT paid + free + earned FROM accounts WHERE id = :id", id=poor.id)
    assert balance == 0


def test_a_hundred_rest_generates_waiting_leave_health_answering(installation: Installation) -> None:
    crowd = installation.account("crowd", plan="enterprise")
    path = "/api/v1/generators/joke/generate"
    for pid in installation.pids("worker"):
        installation.pause(pid)
    try:
        with ThreadPoolExecutor(100) as pool:
            waiting = [
                pool.submit(crowd.call, "POST", path, json={"model_id": 37, "prompt": f"joke {n}"}) for n in range(100)
            ]
            held = "SELECT id FROM runs WHERE account_id = :id"
            installation.until(lambda: len(installation.rows(held, id=crowd.id)) == 100)
            assert not any(one.done() for one in waiting)
            assert all(installation.answers("/healthz") for _ in range(20))
            for pid in installation.pids("worker"):
                installation.resume(pid)
            answers = [one.result() for one in waiting]
    finally:
        for pid in installation.pids("worker"):
            installation.resume(pid)
    assert {answer.status_code for answer in answers} == {201}
    crowd.check_books()
