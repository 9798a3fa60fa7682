"""POST /youtube-search, row by row of its table. Source: flokan-thumbnail-generator-api."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from service.config import ProviderSettings
from tests.apis.flokan.conftest import BASE
from tests.fakes.youtube import KEY, TOTAL, FakeYouTube
from tests.support.house import Account, House

SEARCH = f"{BASE}/youtube-search"


@pytest.fixture
def youtube() -> Iterator[FakeYouTube]:
    server = FakeYouTube()
    yield server
    server.close()


@pytest.fixture
def searcher(houses: Callable[..., House], youtube: FakeYouTube) -> Account:
    """An account where YouTube is reached with a key."""
    return houses(youtube=ProviderSettings(KEY, youtube.base_url)).account()


def search(account: Account, **members: Any) -> Any:
    return account.post(SEARCH, members, api="flokan")


def test_results_have_the_documents_members_and_lead_from_page_to_page(searcher: Account) -> None:
    seen: list[str] = []
    token: dict[str, Any] = {}
    while True:
        answer = search(searcher, query="hidden trails", **token)
        assert answer.status_code == 200
        body = answer.get_json()
        assert body == {"success": True, "data": body["data"]}
        assert body["data"].keys() == {"results", "next_page_token"}
        for video in body["data"]["results"]:
            assert video.keys() == {"video_id", "title", "channel_name", "thumbnail_url", "view_count"}
            assert video["view_count"] is None or video["view_count"].isdigit()
            assert video["thumbnail_url"].endswith("/hqdefault.jpg")
        seen += [video["video_id"] for video in body["data"]["results"]]
        if body["data"]["next_page_token"] is None:
            break
        token = {"page_token": body["data"]["next_page_token"]}

    assert len(seen) == len(set(seen)) == TOTAL


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": "x" * 201}, "query"),
        ({"query": 5}, "query"),
        ({"query": "x", "page_token": "no token of ours"}, "page_token"),
    ],
)
def test_a_row_refuses_what_is_past_its_ends(searcher: Account, members: dict[str, Any], named: str) -> None:
    answer = search(searcher, **members)

    assert (answer.status_code, answer.get_json()["success"]) == (400, False)
    assert named in answer.get_json()["error"]


def test_a_query_of_200_characters_is_taken(searcher: Account) -> None:
    assert search(searcher, query="x" * 200).status_code == 200


def test_a_used_up_quota_says_when_to_come_again(searcher: Account, youtube: FakeYouTube) -> None:
    youtube.quota_left = 0

    answer = search(searcher, query=f"never asked before {uuid4()}")

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_thumbnails_found_can_be_passed_on_as_references(searcher: Account) -> None:
    found = search(searcher, query="sourdough").get_json()["data"]["results"]
    references = [video["thumbnail_url"] for video in found[:6]]

    asked = {"video_title": "Bread", "image_model": "pro", "aspect_ratio": "16:9", "image_count": 1}
    run = searcher.submit("flokan.thumbnails.generate", {**asked, "youtube_references": references})

    assert run.status_code == 202
