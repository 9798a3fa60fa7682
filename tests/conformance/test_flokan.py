"""Flokan's document, its examples sent and compared as they are. Source: flokan-thumbnail-generator-api."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from service.catalog import load
from service.config import ProviderSettings
from service.errors import ProviderError, TimedOut
from service.store.tables import accounts
from tests.conformance.conftest import ROWS, alike, limit_headers
from tests.fakes.youtube import KEY, FakeYouTube
from tests.support.house import Account, House

BASE = "/api/v1/thumbnail-generator"
ACTION = "flokan.thumbnails.generate"
PICTURE = "https://93.184.216.34/a.jpg"
ASKED: dict[str, Any] = {
    "video_title": "10 Hidden Hiking Trails",
    "prompt": "Bold red text 'TOP 10' over surprised hiker, mountain backdrop",
    "image_model": "pro",
    "aspect_ratio": "16:9",
    "image_count": 2,
}
ANSWERED: dict[str, Any] = {
    "success": True,
    "data": {
        "id": "f24a8c52-...",
        "workspace_id": "...",
        "card_id": None,
        "video_title": "10 Hidden Hiking Trails",
        "prompt": "Bold red text 'TOP 10' over surprised hiker, mountain backdrop",
        "image_model": "pro",
        "aspect_ratio": "16:9",
        "image_count": 2,
        "status": "completed",
        "image_paths": ["WORKSPACE_ID/styles/GENERATION_ID/1.png", "WORKSPACE_ID/styles/GENERATION_ID/2.png"],
        "image_urls": [
            "https://images.flokan.com/WORKSPACE_ID/styles/GENERATION_ID/1.png",
            "https://images.flokan.com/WORKSPACE_ID/styles/GENERATION_ID/2.png",
        ],
        "total_file_size_bytes": 2841291,
        "generation_time_ms": 18432,
        "created_at": "2026-05-04T11:00:00.000Z",
        "provider_used": "system",
        "credits_consumed": 12,
    },
}
# Members whose value the document gives, not only their form.
LITERAL = (*ASKED, "card_id", "status", "provider_used", "credits_consumed")
FOUND: dict[str, Any] = {
    "success": True,
    "data": {
        "results": [
            {
                "video_id": "dQw4w9WgXcQ",
                "title": "Example Video Title",
                "channel_name": "Example Channel",
                "thumbnail_url": "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg",
                "view_count": "1623847391",
            }
        ],
        "next_page_token": "CAUQAA",
    },
}


def generate(account: Account, **members: Any) -> TestResponse:
    asked = {name: value for name, value in {**ASKED, **members}.items() if value is not None}
    return account.post(f"{BASE}/generate", asked, api="flokan")


def change(account: Account, **values: Any) -> None:
    query = update(accounts).where(accounts.c.id == account.id).values(**values)
    account.house.context.database.write(lambda db: db.execute(query))


def test_every_endpoint_of_the_document_is_an_operation_and_no_other_is(shared: House) -> None:
    documented = {
        re.sub(":generationId", "{generation_id}", row["row"])
        for row in ROWS
        if row["document"] == "flokan" and row["section"] == "Endpoints"
    }
    actions = shared.context.definitions.actions.values()

    assert documented == {
        f"{action.method} {action.path.removeprefix(BASE)}"
        for action in actions
        if action.api.name == "flokan" and action.documented
    }


def test_the_documents_generate_is_answered_as_it_shows(account: Account) -> None:
    answer = generate(account)

    assert answer.status_code == 201
    body = answer.get_json()
    alike(ANSWERED, body)
    assert {name: body["data"][name] for name in LITERAL} == {name: ANSWERED["data"][name] for name in LITERAL}
    here = {"WORKSPACE_ID": account.id, "GENERATION_ID": str(UUID(body["data"]["id"]))}
    for shown, made in zip(ANSWERED["data"]["image_paths"], body["data"]["image_paths"], strict=True):
        assert re.sub("WORKSPACE_ID|GENERATION_ID", lambda found: here[found[0]], shown) == made
    assert body["data"]["workspace_id"] == account.id
    assert limit_headers(answer)[0] == 120
    shown = account.get(f"{BASE}/generations/{body['data']['id']}", api="flokan")
    assert shown.get_json() == body
    gone = account.call("DELETE", f"{BASE}/generations/{body['data']['id']}", api="flokan")
    assert gone.get_json() == {"success": True, "data": {"id": body["data"]["id"], "deleted": True}}


def test_the_documents_search_is_answered_as_it_shows(houses: Callable[..., House]) -> None:
    youtube = FakeYouTube()
    try:
        account = houses(youtube=ProviderSettings(KEY, youtube.base_url)).account()
        answer = account.post(f"{BASE}/youtube-search", {"query": "hiking"}, api="flokan")
        body = answer.get_json()
        counted = [video for video in body["data"]["results"] if video["view_count"] is not None]
        alike(FOUND, body | {"data": body["data"] | {"results": counted}})
        token = answer.get_json()["data"]["next_page_token"]
        following = account.post(f"{BASE}/youtube-search", {"query": "hiking", "page_token": token}, api="flokan")
        first, second = (
            {video["video_id"] for video in page.get_json()["data"]["results"]} for page in (answer, following)
        )
        assert not first & second
    finally:
        youtube.close()


def test_a_query_ends_where_the_document_says(houses: Callable[..., House]) -> None:
    youtube = FakeYouTube()
    try:
        account = houses(youtube=ProviderSettings(KEY, youtube.base_url)).account()
        for query, status in (("", 400), ("x", 200), ("x" * 200, 200), ("x" * 201, 400), (None, 400)):
            answer = account.post(f"{BASE}/youtube-search", {"query": query} if query is not None else {}, api="flokan")
            assert answer.status_code == status
    finally:
        youtube.close()


@pytest.mark.parametrize(
    ("member", "at", "past"),
    [
        ("video_title", "x", ""),
        ("video_title", "x" * 500, "x" * 501),
        ("prompt", "x", ""),
        ("prompt", "x" * 10_000, "x" * 10_001),
        ("image_model", "pro", "PRO"),
        ("image_model", "standard", "ultra"),
        ("image_model", "creative", ""),
        ("aspect_ratio", "16:9", "9:16"),
        ("aspect_ratio", "4:3", "3:4"),
        ("aspect_ratio", "1:1", 1),
        ("image_count", 1, 0),
        ("image_count", 4, 5),
        ("youtube_references", [PICTURE] * 6, [PICTURE] * 7),
        ("reference_image_url", PICTURE, "picture.jpg"),
        ("provider", "platform", "replicate"),
    ],
)
def test_a_row_ends_where_the_document_says(shared: House, member: str, at: Any, past: Any) -> None:
    account = shared.account()

    taken = account.post(f"/v1/actions/{ACTION}/estimate", {"input": {**ASKED, member: at}})
    refused = generate(account, **{member: past})

    assert taken.status_code == 200, taken.get_json()
    assert (refused.status_code, refused.get_json()["success"]) == (400, False)
    assert member in refused.get_json()["error"]


@pytest.mark.parametrize("member", ["video_title", "image_model", "aspect_ratio", "image_count"])
def test_what_is_required_is(shared: House, member: str) -> None:
    refused = generate(shared.account(), **{member: None})

    assert refused.status_code == 400
    assert member in refused.get_json()["error"]


@pytest.mark.parametrize("status", [200, 400, 401, 402, 403, 404, 405, 422, 429])
def test_every_answer_carries_the_limit_headers_and_every_error_the_envelope(shared: House, status: int) -> None:
    account = shared.account("free", credits=1)
    answers: dict[int, Callable[[], TestResponse]] = {
        200: lambda: account.get(f"{BASE}/generations", api="flokan"),
        400: lambda: generate(account, image_model="ultra"),
        401: lambda: shared.client.post(f"{BASE}/generate", json=ASKED),
        402: lambda: generate(account),
        403: lambda: _denied(account),
        404: lambda: account.get(f"{BASE}/generations/{uuid4()}", api="flokan"),
        405: lambda: account.call("PUT", f"{BASE}/generate", api="flokan"),
        422: lambda: generate(account, provider="openai"),
        429: lambda: _too_often(account),
    }

    answer = answers[status]()

    assert answer.status_code == status
    assert limit_headers(answer)[0] == (15 if status == 401 else 10)
    assert ("Retry-After" in answer.headers) == (status == 429)
    body = answer.get_json()
    assert body["success"] is (status == 200)
    if status != 200:
        assert body == {"success": False, "error": body["error"]}
        assert body["error"]
        assert isinstance(body["error"], str)


def _denied(account: Account) -> TestResponse:
    change(account, thumbnail_generator=False)
    return generate(account)


def _too_often(account: Account) -> TestResponse:
    # A minute may begin meanwhile: within two windows' worth, one is full.
    answers = (account.get(f"{BASE}/generations", api="flokan") for _ in range(21))
    return next(answer for answer in answers if answer.status_code == 429)


@pytest.mark.parametrize(("error", "status"), [(ProviderError("It broke."), 500), (TimedOut("Too late."), 504)])
def test_a_provider_that_fails_is_told_in_the_envelope_and_costs_nothing(
    me: Account, failing: Callable[..., TestResponse], error: Any, status: int
) -> None:
    answer = failing(me, lambda: generate(me), error)

    assert (answer.status_code, answer.get_json()) == (status, {"success": False, "error": error.message})
    assert limit_headers(answer)[0] == 300
    assert me.balance() == {"total": 10_000, "held": 0}


def test_a_full_storage_and_too_few_credits_are_402_and_told_apart(shared: House) -> None:
    full, poor = shared.account(), shared.account(credits=11)
    change(full, storage_limit=0)

    of_full, of_poor = generate(full), generate(poor)

    assert (of_full.status_code, of_poor.status_code) == (402, 402)
    assert "storage" in of_full.get_json()["error"].lower()
    assert "12 credits" in of_poor.get_json()["error"]


def test_a_missing_scope_and_a_missing_permission_are_403_and_told_apart(shared: House) -> None:
    denied, other = shared.account(), shared.account()
    change(denied, thumbnail_generator=False)

    permission = generate(denied)
    unscoped = other.submit(ACTION, ASKED, headers={"Authorization": f"Bearer {other.key('generor', ('read',))}"})

    assert (permission.status_code, unscoped.status_code) == (403, 403)
    assert "Access Thumbnail Generator" in permission.get_json()["error"]
    assert "lacks the scope" in unscoped.get_json()["detail"]


def test_a_plan_without_the_feature_is_403_and_says_so(shared: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account, catalog = shared.account("free"), load()
    without = replace(
        catalog, plans={**catalog.plans, "free": replace(catalog.plan("free"), thumbnail_generator=False)}
    )
    monkeypatch.setattr("service.accounts.scopes.load_catalog", lambda: without)

    refused = generate(account)

    assert refused.status_code == 403
    assert "plan free does not include" in refused.get_json()["error"]
