"""The same key and body give the same run."""

import pytest

from service.accounts.keys import Caller
from service.runs import idempotency as idempotency_keys
from service.runs import recover
from service.runs.submission import Submission
from service.store.tables import idempotency
from tests.fakes.receiver import Receiver
from tests.support.house import Account, House

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about keys"}
KEY = {"Idempotency-Key": "order-17"}


def test_the_same_key_and_body_is_200_replayed_even_while_queued(idle_house: House) -> None:
    account = idle_house.account()
    first, second = (account.submit(GENERATE, JOKE, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.get_json()["id"] == second.get_json()["id"]
    assert second.get_json()["status"] == "queued"
    assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (None, "true")
    assert account.balance()["held"] == 1


@pytest.mark.parametrize(("action", "values"), [(GENERATE, JOKE), ("generor.users.update", {"bio": "A bio"})])
def test_a_replay_is_answered_while_another_is_at_work(
    idle_house: House, action: str, values: dict[str, object]
) -> None:
    account = idle_house.account()
    first = account.submit(action, values, headers=KEY).get_json()["id"]
    caller = Caller(account.id, 1, account.name, "pro", 1, "generor", frozenset(), False)
    known = account.house.context.definitions.action(action)
    with idempotency_keys.claimed(Submission(known, caller, {}, idempotency_key="order-17")):
        again = account.submit(action, values, headers=KEY)
    assert (again.status_code, again.get_json()["id"]) == (200, first)


@pytest.mark.parametrize("change", [{"input": JOKE | {"count": 2}}, {"max_credits": 50}])
def test_the_same_key_with_another_body_is_422_of_its_own_type(account: Account, change: dict[str, object]) -> None:
    account.submit(GENERATE, JOKE, headers=KEY)
    answer = account.post(f"/v1/actions/{GENERATE}", {"input": JOKE, **change}, headers=KEY)
    assert (answer.status_code, answer.get_json()["type"].rpartition("/")[2]) == (422, "idempotency-mismatch")


def test_another_action_under_the_same_key_is_422(account: Account) -> None:
    account.submit(GENERATE, JOKE, headers=KEY)
    answer = account.submit("generor.generators.estimate", {"slug": "joke", "model_id": 37}, headers=KEY)
    assert answer.status_code == 422


def test_metadata_group_and_events_are_not_compared(account: Account) -> None:
    first = account.submit(GENERATE, JOKE, headers=KEY, metadata={"try": 1}).get_json()
    again = account.submit(GENERATE, JOKE, headers=KEY, metadata={"try": 2}, group="b", events=["run.failed"])
    assert (again.status_code, again.get_json()["id"], again.get_json()["metadata"]) == (200, first["id"], {"try": 1})


def test_two_accounts_may_use_the_same_key(house: House) -> None:
    runs = [house.account().submit(GENERATE, JOKE, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in runs] == [202, 202]


def test_a_refusal_is_not_kept(account: Account) -> None:
    assert account.submit(GENERATE, JOKE, headers=KEY, max_credits=0).status_code == 402
    assert account.submit(GENERATE, JOKE, headers=KEY).status_code == 202


def test_a_key_whose_run_was_canceled_starts_a_new_one(idle_house: House) -> None:
    account = idle_house.account()
    first = account.submit(GENERATE, JOKE, headers=KEY).get_json()["id"]
    assert account.post(f"/v1/runs/{first}/cancel").status_code == 200
    again = account.submit(GENERATE, JOKE, headers=KEY)
    assert (again.status_code, again.get_json()["id"] == first) == (202, False)


def test_a_key_is_forgotten_after_24_hours(account: Account) -> None:
    first = account.submit(GENERATE, JOKE, headers=KEY).get_json()["id"]
    day = 24 * 3600 * 1000
    old = idempotency.update().values(created_at=idempotency.c.created_at - day - 1)
    account.house.context.database.write(lambda db: db.execute(old))
    recover.forget(account.house.context)
    assert account.submit(GENERATE, JOKE, headers=KEY).get_json()["id"] != first


@pytest.mark.parametrize("length", [256, 1000])
def test_a_key_that_is_too_long_is_422(account: Account, length: int) -> None:
    assert account.submit(GENERATE, JOKE, headers={"Idempotency-Key": "k" * length}).status_code == 422


def test_a_key_of_255_characters_is_taken(account: Account) -> None:
    assert account.submit(GENERATE, JOKE, headers={"Idempotency-Key": "k" * 255}).status_code == 202


def test_a_search_under_a_key_is_done_once(account: Account) -> None:
    first = account.submit("generor.creations.search", {"q": "sunset"}, headers=KEY)
    again = account.submit("generor.creations.search", {"q": "sunset"}, headers=KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json()["id"] == again.get_json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body", "api"),
    [
        ("/api/v1/generators/joke/generate", {"model_id": 37, "prompt": "cats"}, "generor"),
        ("/api/v1/generate", {"model": "flux-dev", "prompt": "cats"}, "flixly"),
        (
            "/api/v1/thumbnail-generator/generate",
            {"video_title": "Cats", "prompt": "cats", "image_model": "pro", "aspect_ratio": "16:9", "image_count": 1},
            "flokan",
        ),
    ],
)
def test_the_key_works_the_same_on_the_rest_generates(
    account: Account, path: str, body: dict[str, object], api: str
) -> None:
    first, again = (account.post(path, body, api=api, headers=KEY) for _ in range(2))
    assert first.status_code in (200, 201), first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.get_json() == again.get_json()
    (run,) = account.get("/v1/runs").get_json()["data"]
    assert account.charges(run["id"]) == [run["credits_charged"]]


def test_a_replays_new_callback_url_hears_the_end_at_once(account: Account) -> None:
    first, late = Receiver(), Receiver()
    try:
        run = account.submit(GENERATE, JOKE, headers=KEY, callback_url=first.url).get_json()
        account.ended(run["id"])
        again = account.submit(GENERATE, JOKE, headers=KEY, callback_url=late.url)
        assert again.get_json()["callback"]["url"] == late.url
        deliveries = account.get(f"/v1/runs/{run['id']}/deliveries").get_json()["data"]
        assert [(one["url"], one["event"]) for one in deliveries] == [
            (first.url, "run.completed"),
            (late.url, "run.completed"),
        ]
        account.submit(GENERATE, JOKE, headers=KEY, callback_url=late.url)
        assert len(account.get(f"/v1/runs/{run['id']}/deliveries").get_json()["data"]) == 2
    finally:
        first.close()
        late.close()


def test_a_replay_to_a_refused_address_is_422_and_adds_nothing(account: Account) -> None:
    run = account.submit(GENERATE, JOKE, headers=KEY).get_json()
    answer = account.submit(GENERATE, JOKE, headers=KEY, callback_url="http://10.1.2.3/hook")
    assert answer.status_code == 422
    assert account.get(f"/v1/runs/{run['id']}").get_json()["callback"] is None
