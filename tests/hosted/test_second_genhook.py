"""Every kind of action of each API, run on a second Genhook over HTTP."""

from typing import Any

import pytest

from tests.fakes.youtube import TOTAL
from tests.hosted.conftest import Served, connect
from tests.support.house import Account

THUMBNAIL = {
    "video_title": "10 Hidden Hiking Trails",
    "prompt": "Mountains at dawn",
    "image_model": "standard",
    "aspect_ratio": "16:9",
    "image_count": 1,
}
JOKE = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}


def done(account: Account, action: str, values: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The completed run of an action on its hosted original."""
    answer = account.submit(action, values, wait=members.pop("wait", 30), connection=action.split(".")[0], **members)
    assert answer.status_code == 200, answer.get_json()
    run: dict[str, Any] = answer.get_json()
    assert run["status"] == "completed", run["error"]
    return run


def test_flokan_generates_lists_shows_searches_and_deletes(connected: Account, original: Served) -> None:
    before = original.holder.balance()["total"]
    run = done(connected, "flokan.thumbnails.generate", THUMBNAIL)
    made = run["output"]
    assert made["video_title"] == THUMBNAIL["video_title"]
    assert made["workspace_id"] == original.holder.id
    assert made["image_urls"][0].startswith("http://original.test/")
    assert before - original.holder.balance()["total"] == made["credits_consumed"] > 0

    listed = done(connected, "flokan.generations.list", {"per_page": 5})["output"]
    assert [one["id"] for one in listed["data"]] == [made["id"]]
    assert listed["meta"]["per_page"] == 5
    shown = done(connected, "flokan.generations.get", {"generation_id": made["id"]})["output"]
    assert shown["id"] == made["id"]

    found = done(connected, "flokan.youtube.search", {"query": "hidden trails"})["output"]
    assert 0 < len(found["results"]) <= TOTAL

    deleted = done(connected, "flokan.generations.delete", {"generation_id": made["id"]})["output"]
    assert deleted == {"id": made["id"], "deleted": True}
    assert done(connected, "flokan.generations.list", {})["output"]["data"] == []


def test_flixly_generates_shows_and_chats(connected: Account, original: Served) -> None:
    made = done(connected, "flixly.media.generate", {"model": "flux-dev", "prompt": "A red fox"})["output"]
    assert (made["type"], made["status"]) == ("TEXT_TO_IMAGE", "completed")
    shown = done(connected, "flixly.media.get", {"id": made["id"]})["output"]
    assert shown["outputs"][0]["content_type"] == made["outputs"][0]["content_type"]
    credits = done(connected, "flixly.credits.get", {})["output"]
    assert credits["credits_remaining"] == original.holder.balance()["total"]
    models = done(connected, "flixly.models.list", {"type": "TEXT_TO_IMAGE"})["output"]["models"]
    assert "flux-dev" in {model["id"] for model in models}

    question = {"model": "gpt-5-4", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
    answer = done(connected, "flixly.chat.complete", question)["output"]
    assert answer["choices"][0]["message"]["role"] == "assistant"


def test_generor_generates_searches_changes_and_deletes(connected: Account) -> None:
    run = done(connected, "generor.generators.generate", {**JOKE, "count": 2})
    made = run["output"]
    number = made["creations"][0]["creation_id"]
    assert len(made["creations"]) == 2
    assert run["estimate"] == {"credits": made["credit_cost"], "seconds": run["estimate"]["seconds"]}

    shown = done(connected, "generor.creations.get", {"id": number})["output"]
    assert shown["creation_id"] == number
    found = done(connected, "generor.creations.search", {"q": "programming", "per_page": 5})["output"]
    assert set(found) == {"data", "meta"}
    estimate = done(connected, "generor.generators.estimate", {**JOKE, "count": 2})["output"]
    assert estimate["credit_cost"]["total"] == made["credit_cost"]

    changed = done(connected, "generor.creations.update", {"id": number, "privacy_mode": 1})
    assert changed["output"]["creation_id"] == number
    done(connected, "generor.creations.delete", {"id": number})
    gone = connected.submit("generor.creations.get", {"id": number}, wait=20, connection="generor").get_json()
    assert (gone["status"], gone["error"]["status"], gone["error"]["permanent"]) == ("failed", 404, True)
    assert gone["error"]["provider"]["code"] == "NOT_FOUND"


def test_a_hosted_run_costs_no_local_credits_and_is_none_of_our_tasks(connected: Account, original: Served) -> None:
    asked = {"model": "flux-dev", "prompt": "A red fox"}
    run = done(connected, "flixly.media.generate", asked)
    assert run["credits_charged"] == 0
    assert connected.balance() == {"total": 0, "held": 0}
    assert run["connection"] == "flixly"
    assert run["sandbox"] is True, "as the original says"
    assert run["estimate"]["approximate"] is True, "flixly has no estimate of its own"
    assert run["estimate"]["credits"] == run["output"]["credits_used"]
    assert connected.get(f"/api/v1/generate/{run['id']}", api="flixly").status_code == 404


def test_other_kinds_wait_without_being_told_and_generates_do_not(connected: Account) -> None:
    read = connected.submit("flixly.models.list", {}, connection="flixly")
    assert (read.status_code, read.get_json()["status"]) == (200, "completed")
    queued = connected.submit("generor.generators.generate", JOKE, connection="generor")
    assert queued.status_code == 202
    assert connected.ended(queued.get_json()["id"])["status"] == "completed"
    at_once = connected.submit("flixly.models.list", {}, connection="flixly", headers={"Idempotency-Key": "a"})
    again = connected.submit("flixly.models.list", {}, connection="flixly", headers={"Idempotency-Key": "a"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json()["id"] == at_once.get_json()["id"]


def test_max_credits_is_in_the_originals_credits(connected: Account, original: Served) -> None:
    refused = connected.submit(
        "generor.generators.generate", {**JOKE, "count": 10}, connection="generor", max_credits=2
    )
    assert refused.status_code == 402
    assert refused.get_json()["estimate"] == 9
    assert original.came("POST", "/api/v1/generators/joke/generate") == 0
    path = "/v1/actions/generor.generators.generate/estimate"
    told = connected.post(path, {"input": {**JOKE, "count": 10}, "connection": "generor"}).get_json()
    assert told["credits"] == 9


def test_the_callers_idempotency_key_goes_along(connected: Account, original: Served) -> None:
    answer = connected.submit(
        "generor.generators.generate", JOKE, wait=30, connection="generor", headers={"Idempotency-Key": "order-7"}
    )
    assert answer.get_json()["status"] == "completed"
    assert ("POST", "/api/v1/generators/joke/generate", "order-7") in original.seen


@pytest.mark.parametrize(
    ("action", "values", "code", "told"),
    [
        ("flokan.thumbnails.generate", {**THUMBNAIL, "style_id": "00000000-0000-4000-8000-000000000000"}, 404, None),
        ("flixly.media.generate", {"model": "no-such-model", "prompt": "A cat"}, 422, "validation_error"),
        ("generor.generators.generate", {**JOKE, "slug": "no-such-generator"}, 404, "NOT_FOUND"),
    ],
)
def test_an_error_of_each_envelope_is_the_runs_error(
    connected: Account, action: str, values: dict[str, Any], code: int, told: str | None
) -> None:
    api = action.split(".")[0]
    run = connected.submit(action, values, wait=20, connection=api).get_json()
    assert run["status"] == "failed"
    error = run["error"]
    assert (error["status"], error["permanent"]) == (code, True)
    assert error["code"] == ("validation" if code == 422 else "refused_by_provider")
    assert error["provider"]["name"] == api
    assert error["provider"]["code"] == told
    assert error["provider"]["message"] in error["message"]


def test_the_originals_rate_limit_is_waited_for(original: Served, connected: Account) -> None:
    poor = original.house.account(plan="free")

    connect(connected, "flixly", poor.key("flixly"), original.url)
    for _ in range(10):
        poor.get("/api/v1/generate/credits", api="flixly")
    answer = connected.submit("flixly.credits.get", {}, wait=2, connection="flixly")
    assert answer.status_code == 202, "it waits for the minute to end"
    assert answer.get_json()["error"] is None
