"""`GET /v1/runs/<id>/events`: a run's events from the first, or from after the last one that was seen."""

import json
import threading
from typing import Any

import pytest

from service.web import account_events
from tests.support.house import Account, House

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about streams"}


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


def stream(account: Account, run_id: str, last: str | None = None) -> list[dict[str, Any]]:
    """The stream's events, read to its end."""
    headers = {} if last is None else {"Last-Event-ID": last}
    answer = account.get(f"/v1/runs/{run_id}/events", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    return [parsed(block) for block in answer.get_data(as_text=True).split("\n\n") if block and block[0] != ":"]


def parsed(block: str) -> dict[str, Any]:
    fields = dict(line.split(": ", 1) for line in block.splitlines())
    return {"id": fields["id"], "event": fields["event"], "run": json.loads(fields["data"])}


def test_a_run_is_told_from_the_first_event_to_its_end(account: Account) -> None:
    run_id = account.submit(GENERATE, JOKE).get_json()["id"]
    later = threading.Timer(0.3, account.house.work)
    later.start()
    events = stream(account, run_id)
    later.join()

    names = [event["event"] for event in events]
    assert names[:2] == ["run.queued", "run.started"]
    assert names[-1] == "run.completed"
    assert [events[0]["run"]["status"], events[1]["run"]["status"]] == ["queued", "running"]
    assert events[-1]["run"] == account.get(f"/v1/runs/{run_id}").get_json()
    assert len({event["id"] for event in events}) == len(events)


def test_a_reader_goes_on_from_after_what_it_has_seen(account: Account) -> None:
    run_id = account.submit(GENERATE, JOKE).get_json()["id"]
    account.post(f"/v1/runs/{run_id}/cancel")
    queued, canceled = stream(account, run_id)

    assert [queued["event"], canceled["event"]] == ["run.queued", "run.canceled"]
    assert stream(account, run_id, queued["id"]) == [canceled]
    assert stream(account, run_id, canceled["id"]) == []
    assert stream(account, run_id, "run_of_another.9999") == [queued, canceled]


def test_an_ended_runs_events_are_one_answer_that_no_thread_waits_for(account: Account) -> None:
    run_id = account.submit(GENERATE, JOKE).get_json()["id"]
    open_one = account.get(f"/v1/runs/{run_id}/events", buffered=False)
    assert open_one.content_length is None
    open_one.close()
    account.post(f"/v1/runs/{run_id}/cancel")
    ended = account.get(f"/v1/runs/{run_id}/events")
    assert ended.content_length == len(ended.data) > 0


def test_what_is_done_at_once_is_told_too(account: Account) -> None:
    run_id = account.submit("generor.models.list", {}).get_json()["id"]

    assert [one["event"] for one in stream(account, run_id)] == ["run.queued", "run.started", "run.completed"]


def test_another_accounts_run_has_no_events(idle_house: House, account: Account) -> None:
    run_id = account.submit(GENERATE, JOKE).get_json()["id"]

    assert idle_house.account().get(f"/v1/runs/{run_id}/events").status_code == 404


def test_comments_keep_an_open_stream_alive(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.web.run_events.COMMENT_S", 0.0)
    run_id = account.submit(GENERATE, JOKE).get_json()["id"]
    later = threading.Timer(1.5, lambda: account.post(f"/v1/runs/{run_id}/cancel"))
    later.start()
    told = account.get(f"/v1/runs/{run_id}/events").get_data(as_text=True)
    later.join()

    assert told.count(": waiting\n\n") >= 1
    assert told.rstrip().endswith("}")


def test_all_runs_of_an_account_are_told_as_they_come_and_end(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_events, "LOOK_S", 0.05)
    monkeypatch.setattr(account_events, "LASTS_S", 1.5)
    other = account.house.account()
    first = account.submit(GENERATE, JOKE).get_json()["id"]
    other.submit(GENERATE, JOKE)
    later = threading.Timer(0.2, lambda: account.post(f"/v1/runs/{first}/cancel"))
    later.start()
    answer = account.get("/v1/runs/events")
    events = [parsed(block) for block in answer.get_data(as_text=True).split("\n\n") if block and block[0] != ":"]
    later.join()

    assert [(event["event"], event["run"]["id"]) for event in events] == [
        ("run.queued", first),
        ("run.canceled", first),
    ]
    assert "input" not in events[0]["run"]


def test_a_run_tells_its_steps_and_what_it_was_made_by(account: Account) -> None:
    run_id = account.submit(GENERATE, JOKE).get_json()["id"]
    account.post(f"/v1/runs/{run_id}/cancel")
    told = account.get(f"/v1/runs/{run_id}/timeline").get_json()
    assert [step["step"] for step in told["steps"]] == ["accepted", "canceled"]
    assert told["key"] == account.key("generor")[: len(told["key"])]
    assert told["provider_cost_usd"] is None
    assert account.house.account().get(f"/v1/runs/{run_id}/timeline").status_code == 404


def test_a_delivery_shows_the_body_that_is_posted_to_its_account_alone(account: Account) -> None:
    run = account.submit(GENERATE, JOKE, callback_url="http://127.0.0.1:9/").get_json()
    account.post(f"/v1/runs/{run['id']}/cancel")
    (delivery,) = account.get("/v1/deliveries").get_json()["data"]
    shown = account.get(f"/v1/deliveries/{delivery['id']}").get_json()
    assert (shown["body"]["type"], shown["body"]["data"]["id"]) == ("run.canceled", run["id"])
    assert account.house.account().get(f"/v1/deliveries/{delivery['id']}").status_code == 404
