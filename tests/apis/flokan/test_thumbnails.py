"""POST /generate, row by row of its table. Source: flokan-thumbnail-generator-api."""

from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import insert, update

from service.accounts import accounts as house_accounts
from service.sandbox.pictures.styles import STYLES
from service.store.clock import now
from service.store.tables import accounts, provider_keys
from tests.apis.flokan.conftest import ASKED, BASE
from tests.fakes.youtube import FakeYouTube
from tests.support.house import Account

DOCUMENTED = {
    "id",
    "workspace_id",
    "card_id",
    "video_title",
    "prompt",
    "image_model",
    "aspect_ratio",
    "image_count",
    "status",
    "image_paths",
    "image_urls",
    "total_file_size_bytes",
    "generation_time_ms",
    "created_at",
    "provider_used",
    "credits_consumed",
}


@pytest.fixture
def youtube() -> Any:
    server = FakeYouTube()
    yield server
    server.close()


def generate(account: Account, **members: Any) -> Any:
    asked = {name: value for name, value in {**ASKED, **members}.items() if value is not None}
    return account.post(f"{BASE}/generate", asked, api="flokan")


def estimate(account: Account, **members: Any) -> Any:
    """The order of a request, without making anything."""
    asked = {name: value for name, value in {**ASKED, **members}.items() if value is not None}
    return account.post("/v1/actions/flokan.thumbnails.generate/estimate", {"input": asked})


def own_key(account: Account, provider: str, enabled: bool = True) -> None:
    row = {"account_id": account.id, "provider": provider, "key": "x", "enabled": enabled, "created_at": now()}
    account.house.context.database.write(lambda db: db.execute(insert(provider_keys).values(**row)))


def test_the_answer_has_the_documents_members_in_its_forms(account: Account) -> None:
    answer = generate(account, image_count=2)

    assert answer.status_code == 201
    body = answer.get_json()
    assert body.keys() == {"success", "data"}
    data = body["data"]
    assert data.keys() == DOCUMENTED | {"sandbox", "engine"}
    assert {name: data[name] for name in ASKED} == {**ASKED, "image_count": 2}
    UUID(data["id"])
    assert data["image_paths"] == [f"{account.id}/styles/{data['id']}/{n}.png" for n in (1, 2)]
    sizes = []
    for url, path in zip(data["image_urls"], data["image_paths"], strict=True):
        assert url.startswith("http://genhook.test/")
        assert url.endswith(path)
        file = account.house.client.get(urlsplit(url).path)
        assert (file.status_code, file.content_type) == (200, "image/png")
        sizes.append(len(file.data))
    assert data["total_file_size_bytes"] == sum(sizes)
    assert data["generation_time_ms"] > 0
    datetime.strptime(data["created_at"], "%Y-%m-%dT%H:%M:%S.%fZ")
    assert (data["status"], data["provider_used"], data["card_id"]) == ("completed", "system", None)
    assert data["credits_consumed"] == 10_000 - account.balance()["total"] > 0


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        ("video_title", None),
        ("video_title", ""),
        ("video_title", "x" * 501),
        ("video_title", 5),
        ("prompt", None),
        ("prompt", ""),
        ("prompt", "x" * 10_001),
        ("image_model", None),
        ("image_model", "ultra"),
        ("aspect_ratio", None),
        ("aspect_ratio", "9:16"),
        ("image_count", None),
        ("image_count", 0),
        ("image_count", 5),
        ("image_count", 1.5),
        ("style_id", "bold"),
        ("card_id", "12"),
        ("youtube_references", ["https://i.ytimg.com/vi/a/hqdefault.jpg"] * 7),
        ("youtube_references", "https://i.ytimg.com/vi/a/hqdefault.jpg"),
        ("reference_image_url", "picture.png"),
        ("provider", "replicate"),
    ],
)
def test_a_row_refuses_what_is_past_its_ends(idle_house: Any, member: str, wrong: Any) -> None:
    account = idle_house.account()

    answer = generate(account, **{member: wrong})

    assert answer.status_code == 400
    assert answer.get_json().keys() == {"success", "error"}
    assert member in answer.get_json()["error"]
    assert account.balance() == {"total": 10_000, "held": 0}


@pytest.mark.parametrize(
    "members",
    [
        {"video_title": "x" * 500},
        {"video_title": "x"},
        {"prompt": "x" * 10_000},
        {"image_count": 4},
        {"youtube_references": ["https://93.184.216.34/a.jpg"] * 6, "prompt": None},
        {"reference_image_url": "https://93.184.216.34/a.jpg", "prompt": None},
        {"image_model": "pro", "aspect_ratio": "4:3"},
        {"image_model": "creative", "aspect_ratio": "1:1"},
        {"provider": "platform"},
    ],
)
def test_a_row_takes_what_is_at_its_ends(idle_house: Any, members: dict[str, Any]) -> None:
    assert estimate(idle_house.account(), **members).status_code == 200


def test_without_a_reference_an_empty_list_of_them_does_not_stand_in_for_a_prompt(idle_house: Any) -> None:
    answer = generate(idle_house.account(), prompt=None, youtube_references=[])

    assert answer.status_code == 400
    assert "prompt" in answer.get_json()["error"]


@pytest.mark.parametrize(("ratio", "size"), [("16:9", (1280, 720)), ("4:3", (1280, 960)), ("1:1", (1080, 1080))])
def test_the_picture_has_the_ratio_asked_for(account: Account, ratio: str, size: tuple[int, int]) -> None:
    data = generate(account, aspect_ratio=ratio).get_json()["data"]

    file = account.house.client.get(urlsplit(data["image_urls"][0]).path)
    assert Image.open(BytesIO(file.data)).size == size


def test_every_style_preset_has_its_own_look_and_no_other_id_is_known(account: Account) -> None:
    plain, first, second = (
        generate(account, style_id=style).get_json()["data"]["image_urls"][0]
        for style in (None, STYLES[0].id, STYLES[1].id.upper())
    )

    pictures = {account.house.client.get(urlsplit(url).path).data for url in (plain, first, second)}
    assert len(pictures) == 3
    unknown = generate(account, style_id=str(uuid4()))
    assert (unknown.status_code, unknown.get_json()["success"]) == (404, False)


def test_a_card_is_linked_and_must_be_the_workspaces_own(account: Account) -> None:
    def card_of(owner: Account) -> str:
        write = owner.house.context.database.write
        return str(write(lambda db: house_accounts.create_card(db, owner.id, "A card")))

    card = card_of(account)

    assert generate(account, card_id=card).get_json()["data"]["card_id"] == card
    for other in (card_of(account.house.account()), str(uuid4())):
        answer = generate(account, card_id=other)
        assert (answer.status_code, answer.get_json()["success"]) == (404, False)


def test_references_stand_in_for_a_prompt_and_change_the_picture(account: Account, youtube: FakeYouTube) -> None:
    one, other = f"{youtube.url}/vi/aaaaaaaaaaa/hqdefault.jpg", f"{youtube.url}/vi/bbbbbbbbbbb/hqdefault.jpg"

    by_youtube = generate(account, prompt=None, youtube_references=[one, other])
    by_url = generate(account, prompt=None, youtube_references=[one], reference_image_url=other)

    assert (by_youtube.status_code, by_url.status_code) == (201, 201)
    assert by_youtube.get_json()["data"]["prompt"] is None
    paths = [urlsplit(answer.get_json()["data"]["image_urls"][0]).path for answer in (by_youtube, by_url)]
    assert len({account.house.client.get(path).data for path in paths}) == 2


def test_a_reference_that_is_not_there_fails_the_request_and_costs_nothing(
    account: Account, youtube: FakeYouTube
) -> None:
    answer = generate(account, reference_image_url=f"{youtube.base_url}/nothing.jpg")

    assert (answer.status_code, answer.get_json()["success"]) == (400, False)
    assert account.balance() == {"total": 10_000, "held": 0}


def test_reference_image_url_is_https_only_save_to_hosts_that_are_allowed(idle_house: Any) -> None:
    account = idle_house.account()

    refused = estimate(account, reference_image_url="http://93.184.216.34/a.jpg")
    assert refused.status_code == 422
    assert "https" in refused.get_json()["detail"]
    assert generate(account, reference_image_url="http://93.184.216.34/a.jpg").status_code == 400
    assert estimate(account, reference_image_url="http://127.0.0.1:9/a.jpg").status_code == 200
    assert generate(account, reference_image_url="https://10.0.0.1/a.jpg").status_code == 400
    assert generate(account, youtube_references=["https://10.0.0.1/a.jpg"]).status_code == 400


def test_a_provider_by_name_is_strict(idle_house: Any) -> None:
    free, pro = idle_house.account(plan="free"), idle_house.account()
    own_key(free, "openai")
    own_key(pro, "google", enabled=False)

    for account, provider in ((free, "openai"), (pro, "google"), (pro, "openai"), (pro, "fal"), (pro, "kie")):
        answer = generate(account, provider=provider)
        assert (answer.status_code, answer.get_json()["success"]) == (422, False)
        assert account.balance() == {"total": 10_000, "held": 0}


def test_what_the_workspace_may_not_is_refused_by_its_own_status(idle_house: Any) -> None:
    poor, full, denied = idle_house.account(credits=1), idle_house.account(), idle_house.account()
    write = idle_house.context.database.write
    write(lambda db: db.execute(update(accounts).where(accounts.c.id == full.id).values(storage_limit=0)))
    write(lambda db: db.execute(update(accounts).where(accounts.c.id == denied.id).values(thumbnail_generator=False)))

    assert [generate(account).status_code for account in (poor, full, denied)] == [402, 402, 403]
    assert denied.get(f"{BASE}/generations", api="flokan").status_code == 403
    keyless = idle_house.client.post(f"{BASE}/generate", json=ASKED)
    assert (keyless.status_code, keyless.get_json()["success"]) == (401, False)
    generor = denied.call("POST", f"{BASE}/generate", json=ASKED)
    assert generor.status_code == 401


def test_unknown_members_are_ignored_at_the_document_s_door(account: Account) -> None:
    assert generate(account, seed=12, negative_prompt="text").status_code == 201
