"""`/v1/runs`, deliveries and subscriptions."""

from typing import Any

import pytest
from sqlalchemy import select

from service.store.tables import api_keys
from tests.support.house import Account, House

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about lists"}


@pytest.fixture
def idle(idle_house: House) -> Account:
    """An account of a Genhook in which nobody works: its runs stay queued."""
    return idle_house.account()


def test_a_run_without_metadata_has_none_in_an_object(idle: Account) -> None:
    assert idle.submit(GENERATE, JOKE).get_json()["metadata"] == {}


def test_runs_are_listed_newest_first_and_paged_by_cursor(idle: Account) -> None:
    made = [idle.submit(GENERATE, JOKE).get_json()["id"] for _ in range(5)]
    listed: list[str] = []
    cursor = ""
    while True:
        page = idle.get(f"/v1/runs?limit=2{cursor}").get_json()
        listed += [run["id"] for run in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert listed == made[::-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [("status=queued", 2), ("status=completed", 1), (f"action={GENERATE}", 2), ("group=b", 1), ("group=c", 0)],
)
def test_runs_are_found_by_status_action_and_group(idle: Account, query: str, found: int) -> None:
    idle.submit(GENERATE, JOKE, group="a")
    idle.submit(GENERATE, JOKE, group="b")
    idle.submit("generor.creations.search", {"q": "sunset"})
    assert len(idle.get(f"/v1/runs?{query}").get_json()["data"]) == found


def test_a_list_leaves_input_and_output_out_unless_they_are_asked_for(idle: Account) -> None:
    for _ in range(22):
        idle.submit(GENERATE, JOKE)
    plain = idle.get("/v1/runs?limit=100").get_json()["data"]
    with_both = idle.get("/v1/runs?limit=100&include=input,output").get_json()
    with_one = idle.get("/v1/runs?limit=1&include=input").get_json()["data"][0]

    assert len(plain) == 22
    assert not any({"input", "output"} & run.keys() for run in plain)
    assert len(with_both["data"]) == 20
    assert with_both["data"][0]["input"]["slug"] == JOKE["slug"]
    assert with_both["data"][0]["output"] is None
    assert with_both["next_cursor"] == with_both["data"][-1]["id"]
    assert "input" in with_one
    assert "output" not in with_one


def test_runs_are_found_by_key_model_day_and_words_of_their_metadata(idle: Account) -> None:
    run = idle.submit(GENERATE, JOKE, metadata={"Order": {"no": 4711, "kind": ["Crème brûlée"]}}).get_json()
    other = idle.submit("flixly.media.generate", {"model": "flux-dev", "prompt": "fox"}).get_json()

    with idle.house.context.database.read() as db:
        key = db.execute(select(api_keys.c.prefix).where(api_keys.c.account_id == idle.id)).scalar_one()
    day = run["created_at"][:10]

    def found(**query: str) -> set[str]:
        return {one["id"] for one in idle.get("/v1/runs", query_string=query).get_json()["data"]}

    assert found(q="creme BRULEE") == found(q="4711 order") == found(q=run["id"]) == {run["id"]}
    assert found(q="creme caramel") == found(q="brul") == found(q="!!") == found(q="run_0") == set()
    assert found(model="flux-dev") == {other["id"]}
    assert found(model=str(JOKE["model_id"])) == {run["id"]}
    assert found(model="no-such-model") == found(key="gnr_live_00000000") == set()
    assert found(key=key) == found(**{"from": day, "to": day}) == {run["id"], other["id"]}
    assert found(to="2026-01-01") == found(**{"from": "2100-01-01T00:00:00Z"}) == set()


@pytest.mark.parametrize(
    "query",
    [
        "status=done",
        "limit=0",
        "limit=1000",
        "cursor=%00",
        "colour=red",
        "from=yesterday",
        "to=2026-13-01",
        "include=error",
    ],
)
def test_a_wrong_query_is_422(idle: Account, query: str) -> None:
    answer = idle.get(f"/v1/runs?{query}")
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")


def test_cancelling_releases_the_hold_and_an_ended_run_is_409(idle: Account) -> None:
    run = idle.submit(GENERATE, JOKE).get_json()
    assert idle.balance()["held"] == 1
    canceled = idle.post(f"/v1/runs/{run['id']}/cancel").get_json()
    assert (canceled["status"], canceled["credits_charged"], canceled["output"]) == ("canceled", 0, None)
    assert idle.balance()["held"] == 0
    assert idle.post(f"/v1/runs/{run['id']}/cancel").status_code == 409


def test_another_accounts_runs_deliveries_and_subscriptions_are_404_or_absent(idle_house: House) -> None:
    owner, other = idle_house.account(), idle_house.account()
    run = owner.submit(GENERATE, JOKE, callback_url="http://127.0.0.1:9/hook").get_json()["id"]
    owner.post(f"/v1/runs/{run}/cancel")
    (delivery,) = owner.get(f"/v1/runs/{run}/deliveries").get_json()["data"]
    hook = owner.post("/v1/subscriptions", _subscription()).get_json()["id"]
    assert other.get(f"/v1/runs/{run}").status_code == 404
    assert other.get(f"/v1/runs/{run}/deliveries").status_code == 404
    assert other.post(f"/v1/runs/{run}/cancel").status_code == 404
    assert other.post(f"/v1/deliveries/{delivery['id']}/replay").status_code == 404
    assert other.call("DELETE", f"/v1/subscriptions/{hook}").status_code == 404
    assert other.get("/v1/runs").get_json()["data"] == []
    assert other.get("/v1/subscriptions").get_json()["data"] == []


def test_any_key_of_the_account_reads_runs_but_a_reading_key_cancels_none(idle: Account) -> None:
    run = idle.submit(GENERATE, JOKE).get_json()["id"]
    assert idle.get(f"/v1/runs/{run}", api="flokan").status_code == 200
    assert idle.get(f"/v1/runs/{run}", scopes=("read",)).status_code == 200
    assert idle.post(f"/v1/runs/{run}/cancel", scopes=("read",)).status_code == 403
    assert idle.post(f"/v1/runs/{run}/cancel", api="flokan").status_code == 200


def _subscription(**changes: Any) -> dict[str, Any]:
    return {"target_url": "http://127.0.0.1:9/hook", "events": ["run.completed"], "actions": [GENERATE], **changes}


def test_a_subscription_is_made_listed_and_deleted(idle: Account) -> None:
    made = idle.post("/v1/subscriptions", _subscription())
    hook = made.get_json()
    assert made.status_code == 201
    assert set(hook) == {"id", "target_url", "events", "actions", "status", "disabled_reason", "created_at"}
    assert (hook["status"], hook["disabled_reason"], hook["actions"]) == ("active", None, [GENERATE])
    assert idle.get("/v1/subscriptions").get_json()["data"] == [hook]
    assert idle.call("DELETE", f"/v1/subscriptions/{hook['id']}").get_json() == {"deleted": True}
    assert idle.get("/v1/subscriptions").get_json()["data"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"target_url": "http://192.168.1.1/"}, "/target_url"),
        ({"target_url": "nonsense"}, "/target_url"),
        ({"events": ["run.exploded"]}, "/events/0"),
        ({"events": []}, "/events"),
        ({"actions": ["no.such.action"]}, "/actions/0"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_wrong_subscription_is_422_at_its_member(idle: Account, change: dict[str, Any], pointer: str) -> None:
    answer = idle.post("/v1/subscriptions", _subscription(**change))
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, pointer)
    assert idle.get("/v1/subscriptions").get_json()["data"] == []


def test_unknown_paths_answer_in_the_envelope_of_their_api(idle: Account) -> None:
    problem = idle.get("/v1/nothing")
    assert (problem.status_code, problem.content_type) == (404, "application/problem+json")
    assert idle.get("/api/v1/nothing").get_json()["success"] is False
    flokan = idle.get("/api/v1/thumbnail-generator/nothing", api="flokan")
    flixly = idle.get("/api/v1/generate/a/b/c", api="flixly")
    assert (flokan.status_code, flixly.status_code) == (404, 404)
    assert "error" in flixly.get_json()
