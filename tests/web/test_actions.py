"""`POST /v1/actions/<id>` and what stands around it, row by row."""

import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.receiver import Receiver
from tests.support.house import Account, House

GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about programming"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def _pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.get_json()["errors"]]


def test_a_generate_is_accepted_as_a_queued_run_and_its_place_is_named(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE, metadata={"order": 7}, group="batch-1")
    run = answer.get_json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/runs/{run['id']}"
    assert set(run) == {
        "id", "action", "account", "status", "created_at", "started_at", "finished_at", "progress", "input", "output",
        "error", "estimate", "credits_charged", "metadata", "group", "connection", "sandbox", "callback",
    }  # fmt: skip
    assert (run["action"], run["connection"], run["group"], run["metadata"]) == (
        GENERATE,
        "local",
        "batch-1",
        {"order": 7},
    )
    assert run["estimate"] == {"credits": 1, "seconds": run["estimate"]["seconds"]}
    assert run["callback"] is None
    assert run["account"] == account.id


def test_waiting_gives_the_ended_run_with_what_the_rest_face_answers(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE, wait=20)
    run = answer.get_json()
    assert (answer.status_code, run["status"], run["progress"], run["credits_charged"]) == (200, "completed", 1.0, 1)
    rest = account.post("/api/v1/generators/joke/generate", {"model_id": 37, "prompt": JOKE["prompt"]}).get_json()
    assert set(rest["data"]) == set(run["output"])
    assert rest["data"]["creations"][0]["text"] == run["output"]["creations"][0]["text"], (
        "the same request, the same joke"
    )
    assert run["sandbox"] is True


def test_a_wait_that_ends_before_the_run_is_still_202(idle_house: House) -> None:
    account = idle_house.account()
    began = time.monotonic()
    answer = account.submit(GENERATE, JOKE, wait=1)
    assert (answer.status_code, answer.get_json()["status"]) == (202, "queued")
    assert time.monotonic() - began >= 1


def test_an_estimate_is_done_at_once_and_charges_nothing(account: Account) -> None:
    answer = account.submit("generor.generators.estimate", {"slug": "joke", "model_id": 37})
    run = answer.get_json()
    assert (answer.status_code, run["status"], run["estimate"], run["credits_charged"]) == (200, "completed", None, 0)
    assert run["output"]["credit_cost"]["total"] == 1
    assert account.get(f"/v1/runs/{run['id']}").get_json() == run


def test_a_search_with_a_callback_is_202_and_gives_that_run_as_its_event(account: Account, receiver: Receiver) -> None:
    answer = account.submit("generor.creations.search", {"q": "sunset"}, callback_url=receiver.url)
    run = answer.get_json()
    assert (answer.status_code, run["status"]) == (202, "completed")
    (delivery,) = account.get(f"/v1/runs/{run['id']}/deliveries").get_json()["data"]
    assert (delivery["event"], delivery["url"], delivery["status"]) == ("run.completed", receiver.url, "pending")


def test_max_credits_below_the_estimate_is_402_and_nothing_is_written(account: Account) -> None:
    before = account.balance()
    answer = account.submit(GENERATE, JOKE, max_credits=0)
    assert answer.status_code == 402
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["type"].endswith("max-credits-exceeded")
    assert account.balance() == before
    assert account.get("/v1/runs").get_json()["data"] == []


def test_max_credits_equal_to_the_estimate_is_accepted(account: Account) -> None:
    assert account.submit(GENERATE, JOKE, max_credits=1).status_code == 202


def test_without_the_credits_it_is_402_and_nothing_is_held(house: House) -> None:
    poor = house.account(credits=0)
    answer = poor.submit(GENERATE, JOKE)
    assert (answer.status_code, answer.get_json()["type"].rpartition("/")[2]) == (402, "insufficient-credits")
    assert poor.balance() == {"total": 0, "held": 0}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/input"]),
        ({"input": JOKE, "colour": "red"}, ["/colour"]),
        ({"input": {"slug": "joke", "model_id": 37}}, ["/input/prompt"]),
        ({"input": JOKE | {"colour": "red"}}, ["/input/colour"]),
        ({"input": JOKE | {"count": 11}}, ["/input/count"]),
        ({"input": JOKE | {"count": "many"}}, ["/input/count"]),
        ({"input": []}, ["/input"]),
        ({"input": JOKE, "events": ["run.exploded"]}, ["/events/0"]),
        ({"input": JOKE, "metadata": "text"}, ["/metadata"]),
        ({"input": JOKE, "metadata": {"text": "x" * 17_000}}, ["/metadata"]),
        ({"input": JOKE, "max_credits": -1}, ["/max_credits"]),
        ({"input": JOKE, "max_credits": 1.5}, ["/max_credits"]),
        ({"input": JOKE, "group": "x" * 256}, ["/group"]),
        ({"input": JOKE, "connection": "mars"}, ["/connection"]),
        ({"input": JOKE, "connection": "flokan"}, ["/connection"]),
        ({"input": JOKE, "callback_url": "ftp://example.com/"}, ["/callback_url"]),
        ({"input": JOKE, "callback_url": "http://10.0.0.1/hook"}, ["/callback_url"]),
        ({"input": JOKE, "callback_url": 5}, ["/callback_url"]),
    ],
)
def test_what_is_wrong_is_422_at_the_member_itself(account: Account, body: dict[str, Any], pointers: list[str]) -> None:
    before = account.balance()
    answer = account.post(f"/v1/actions/{GENERATE}", body)
    assert (answer.status_code, _pointers(answer)) == (422, pointers), answer.get_json()
    assert answer.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail", "errors"} <= set(answer.get_json())
    assert pointers[0].rpartition("/")[2] in answer.get_json()["detail"], "the sentence alone says what it is about"
    assert account.balance() == before


def test_a_callback_url_with_a_password_is_refused_and_told_where_it_goes(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE, callback_url="https://user:word@example.com/hook")
    assert (answer.status_code, _pointers(answer)) == (422, ["/callback_url"])
    assert "callback_headers" in answer.get_json()["detail"]
    assert "word@" not in answer.get_data(as_text=True)


def test_metadata_of_16_kb_is_kept_and_given_back(account: Account) -> None:
    metadata = {"text": "x" * (16 * 1024 - len('{"text":""}'))}
    assert account.submit(GENERATE, JOKE, metadata=metadata).get_json()["metadata"] == metadata


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**60])
@pytest.mark.parametrize("around", ['{"a/b": [1, %d]}', '{"a/b": [null, %d], "c": "1"}'])
def test_metadata_refuses_integers_that_it_would_give_back_rounded(account: Account, number: int, around: str) -> None:
    body = '{"input": {"slug": "joke", "model_id": 37, "prompt": "x"}, "metadata": %s}' % (around % number)
    answer = account.call("POST", f"/v1/actions/{GENERATE}", data=body, content_type="application/json")
    assert (answer.status_code, _pointers(answer)) == (422, ["/metadata/a~1b/1"])


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**53 + 1, 10**30 + 0.5])
def test_metadata_gives_numbers_back_as_they_came(account: Account, number: float) -> None:
    assert account.submit(GENERATE, JOKE, metadata={"n": number}).get_json()["metadata"] == {"n": number}


@pytest.mark.parametrize("wait", ["-1", "61", "soon", "1.5"])
def test_a_wrong_wait_is_422(account: Account, wait: str) -> None:
    answer = account.post(f"/v1/actions/{GENERATE}?wait={wait}", {"input": JOKE})
    assert answer.status_code == 422
    assert "wait" in answer.get_data(as_text=True)


def test_an_unknown_query_member_is_422(account: Account) -> None:
    assert account.post(f"/v1/actions/{GENERATE}?color=red", {"input": JOKE}).status_code == 422


@pytest.mark.parametrize("text", ["", "{", "[1]", '"text"', "null", "\xff"])
def test_a_body_that_is_no_json_object_is_told_so(account: Account, text: str) -> None:
    headers = {"Authorization": f"Bearer {account.key('generor')}", "Content-Type": "application/json"}
    answer = account.house.client.post(f"/v1/actions/{GENERATE}", data=text.encode("latin-1"), headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_a_private_callback_address_has_its_own_problem_type(account: Account) -> None:
    answer = account.submit(GENERATE, JOKE, callback_url="http://169.254.169.254/latest")
    assert answer.get_json()["type"].endswith("address-refused")


def test_progress_events_are_refused_for_an_n8n_resume_url(account: Account, receiver: Receiver) -> None:
    url = f"http://127.0.0.1:{receiver.port}/webhook-waiting/17"
    answer = account.submit(GENERATE, JOKE, callback_url=url, events=["run.progress", "run.completed"])
    assert (answer.status_code, _pointers(answer)) == (422, ["/events"])


def test_an_unknown_action_is_404_and_a_wrong_method_405(account: Account) -> None:
    assert account.submit("generor.generators.destroy", {}).status_code == 404
    answer = account.call("DELETE", f"/v1/actions/{GENERATE}")
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"


def test_actions_are_listed_and_each_is_shown_with_its_schemas_resolved(account: Account) -> None:
    listed = account.get("/v1/actions").get_json()
    ids = {action["id"] for action in listed["data"]}
    assert {GENERATE, "flokan.thumbnails.generate", "flokan.youtube.search", "flixly.media.generate"} <= ids
    assert listed["next_cursor"] is None
    shown = account.get(f"/v1/actions/{GENERATE}").get_json()
    assert shown["id"] == GENERATE
    assert shown["input_schema"]["properties"]["count"]["maximum"] == 10
    assert "$ref" not in str(shown)


def test_the_estimate_of_every_generate_is_the_number_that_is_charged(account: Account) -> None:
    values = JOKE | {"count": 5}
    estimate = account.post(f"/v1/actions/{GENERATE}/estimate", {"input": values}).get_json()
    run = account.submit(GENERATE, values, wait=20).get_json()
    assert run["estimate"]["credits"] == estimate["credits"] == run["credits_charged"]


def test_an_estimate_needs_no_prompt_and_writes_nothing(account: Account) -> None:
    answer = account.post(f"/v1/actions/{GENERATE}/estimate", {"input": {"slug": "joke", "model_id": 37}})
    assert (answer.status_code, set(answer.get_json())) == (200, {"credits", "seconds"})
    assert account.get("/v1/runs").get_json()["data"] == []


def test_fields_offers_generators_models_and_a_generators_own_parameters(account: Account) -> None:
    path = f"/v1/actions/{GENERATE}/fields"
    slugs = account.post(path, {"field": "slug", "input": {}, "search": "horosc"}).get_json()
    assert {"value": "horoscope", "label": "Horoscope"} in slugs["options"]
    by_value = account.post(path, {"field": "slug", "input": {}, "search": "BAND-n"}).get_json()["options"]
    assert by_value == [{"value": "band-name", "label": "Band name"}]
    models = account.post(path, {"field": "model_id", "input": {"slug": "joke"}}).get_json()
    assert 37 in [option["value"] for option in models["options"]]
    schema = account.post(path, {"field": "parameters", "input": {"slug": "horoscope"}}).get_json()["schema"]
    assert "long" in schema["properties"]["horoscope-length"]["enum"]
    unknown = account.post(path, {"field": "colour", "input": {}})
    assert (unknown.status_code, _pointers(unknown)) == (422, ["/field"])


def test_fields_offers_the_ratios_of_the_model_chosen_and_values_by_their_names(account: Account) -> None:
    path = f"/v1/actions/{GENERATE}/fields"
    undecided = account.post(path, {"field": "aspect_ratio", "input": {"slug": "video"}}).get_json()
    body = {"field": "aspect_ratio", "input": {"slug": "video", "model_id": 20061}}
    ratios = account.post(path, body).get_json()["options"]
    privacy = account.post(path, {"field": "privacy_mode", "input": {}}).get_json()["options"]
    assert undecided["options"] == []
    assert ratios == [{"value": "16:9", "label": "16:9"}, {"value": "9:16", "label": "9:16"}]
    assert privacy == [{"value": 0, "label": "Public"}, {"value": 1, "label": "Private"}]


def test_fields_offers_the_teams_of_the_account_and_no_others(account: Account) -> None:
    body = {"field": "team_id", "input": {"slug": "joke"}}
    account.house.account().post("/api/v1/teams", {"name": "Not mine"})
    none = account.post(f"/v1/actions/{GENERATE}/fields", body).get_json()
    team = account.post("/api/v1/teams", {"name": "My Creative Team"}).get_json()["data"]["team_id"]

    mine = account.post(f"/v1/actions/{GENERATE}/fields", body).get_json()

    assert none == {"options": [], "next_cursor": None}
    assert mine == {"options": [{"value": team, "label": "My Creative Team"}], "next_cursor": None}


def test_without_a_key_v1_is_401_with_rate_limit_headers(house: House) -> None:
    answer = house.client.post(f"/v1/actions/{GENERATE}", json={"input": JOKE})
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(answer.headers.keys())
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("api", "scopes", "action", "status"),
    [
        ("generor", ("read",), "generor.generators.estimate", 200),
        ("generor", ("read",), GENERATE, 403),
        ("generor", ("generate",), GENERATE, 202),
        ("generor", ("write",), GENERATE, 403),
        ("flokan", ("thumbnail_generator",), GENERATE, 403),
        ("flixly", (), GENERATE, 202),
    ],
)
def test_a_key_runs_what_its_api_and_scopes_allow(
    account: Account, api: str, scopes: tuple[str, ...], action: str, status: int
) -> None:
    values = JOKE if action == GENERATE else {"slug": "joke", "model_id": 37}
    answer = account.post(f"/v1/actions/{action}", {"input": values}, api=api, scopes=scopes)
    assert answer.status_code == status, answer.get_json()


def test_an_uploaded_file_is_private_to_its_account_and_usable_as_a_reference(
    house: House, picture: Callable[[], bytes]
) -> None:
    owner, other = house.account(), house.account()
    uploaded = owner.call("POST", "/v1/files", data={"file": (io.BytesIO(picture()), "photo.png")})
    assert uploaded.status_code == 201, uploaded.get_json()
    url = uploaded.get_json()["url"]
    values = {"prompt": "the same, at night", "model": "flux-dev", "image_url": url}
    assert owner.submit("flixly.media.generate", values, wait=20).get_json()["status"] == "completed"
    refused = other.submit("flixly.media.generate", values)
    assert (refused.status_code, _pointers(refused)) == (422, ["/input/image_url"])


def test_a_read_of_more_than_a_run_keeps_is_422_and_names_per_page(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.runs.immediate_runs.OUTPUT_BYTES", 100)
    paged = account.submit("generor.creations.public", {"per_page": 50})
    plain = account.submit("generor.models.list", {})

    assert (paged.status_code, paged.get_json()["errors"][0]["pointer"]) == (422, "/input/per_page")
    assert (plain.status_code, plain.get_json()["errors"][0]["pointer"]) == (422, "/input")
    assert account.get("/v1/runs").get_json()["data"] == []
