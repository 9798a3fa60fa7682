"""A reference that may not be reached is its API's validation error, whoever finds out, and costs nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.net.media import Media, redirect, serving
from tests.net.media import answer as answering
from tests.net.resolver import Names
from tests.support.house import Account


@pytest.fixture
def media() -> Iterator[Media]:
    with serving() as served:
        yield served


@pytest.mark.parametrize(
    "url", ["http://10.1.2.3/a.png", "http://localtest.example/a.png", "http://[fec0::1]/a.png", "https://user@e.com/a"]
)
def test_an_address_that_is_refused_at_accept_is_a_validation_error(account: Account, names: Names, url: str) -> None:
    names.tell("localtest.example", ["10.0.0.9"])
    answer = account.post("/api/v1/generate", {"model": "birefnet-v2", "image_url": url}, api="flixly")
    assert answer.status_code in (400, 422), answer.text
    assert "10.0.0.9" not in answer.text


@pytest.mark.parametrize("target", ["http://10.1.2.3/a.png", "http://[fec0::1]/", "ftp://e.com/", "http://[::1"])
@pytest.mark.parametrize(
    ("api", "path"), [("flixly", "/api/v1/generate"), ("generor", "/api/v1/generators/upscale/generate")]
)
def test_a_redirect_that_is_refused_is_a_validation_error_and_nothing_is_charged(
    account: Account, media: Media, target: str, api: str, path: str
) -> None:
    media.answers["/go"] = redirect(target)
    before = account.balance()
    body = {"model": "birefnet-v2"} if api == "flixly" else {"model_id": 60001, "prompt": "larger"}
    answer = account.post(path, body | {"image_url": media.url("/go")}, api=api)
    assert answer.status_code in (400, 422), answer.text
    assert "10.1.2.3" not in answer.text
    assert account.balance() == before


GONE, NO_PICTURE, BROKEN = "/gone.png", "/page.png", "/broken.png"
THUMBNAIL = {
    "video_title": "Hi", "image_model": "standard", "aspect_ratio": "16:9", "image_count": 1, "prompt": "A cat",
}  # fmt: skip


@pytest.mark.parametrize(
    ("action", "values", "member"),
    [
        ("flixly.media.generate", {"model": "birefnet-v2", "image_url": None}, "/image_url"),
        (
            "flixly.media.generate",
            {"model": "flux-2-pro", "prompt": "A", "reference_images": [None]},
            "/reference_images/0",
        ),
        (
            "generor.generators.generate",
            {"slug": "upscale", "model_id": 60001, "prompt": "x", "image_url": None},
            "/image_url",
        ),
        (
            "flokan.thumbnails.generate",
            THUMBNAIL | {"reference_image_url": None},
            "/reference_image_url",
        ),
    ],
)
def test_what_a_worker_finds_wrong_is_told_at_its_member(
    account: Account, media: Media, action: str, values: dict[str, Any], member: str
) -> None:
    media.answers[NO_PICTURE] = answering(body=b"<html>Please log in</html>", Content_Type="text/html")
    media.answers[BROKEN] = answering(body=b"\x89PNG\r\n\x1a\n" + bytes(99), Content_Type="image/png")
    for path in (GONE, NO_PICTURE, BROKEN):
        url = media.url(path)
        given = {name: url if value is None else [url] if value == [None] else value for name, value in values.items()}
        answer = account.submit(action, given)
        assert answer.status_code == 202, answer.text
        error = account.ended(answer.get_json()["id"])["error"]
        assert error["code"] == "reference_unreachable"
        assert [fault["pointer"] for fault in error["errors"]] == [f"/input{member}"]
    assert account.balance()["held"] == 0


def test_a_face_that_waits_tells_the_member_that_a_worker_found_wrong(account: Account, media: Media) -> None:
    picture = {"model": "flux-dev", "prompt": "A hat", "image": [{"image_url": media.url(GONE)}]}
    answer = account.post("/openai/v1/images/edits", picture)
    assert (answer.status_code, answer.get_json()["error"]["param"]) == (400, "image.0")
    shown = [{"type": "input_image", "image_url": media.url(GONE)}]
    answer = account.post("/openai/v1/responses", {"model": "gpt-5-4", "input": [{"role": "user", "content": shown}]})
    assert (answer.status_code, answer.get_json()["error"]["param"]) == (400, "input.0.content.0.image_url")
    answer = account.post("/api/v1/generate", {"model": "birefnet-v2", "image_url": media.url(GONE)}, api="flixly")
    assert answer.get_json()["error"]["message"].startswith("image_url")


@pytest.mark.parametrize("path", ["/a b.png", "/ü.png", "/写真.png", "/[1].png", "/100%.png", "/" + "s" * 8000])
def test_a_reference_is_taken_as_people_write_it(account: Account, media: Media, path: str) -> None:
    url = f" {media.url(path)} "
    values = {"model": "birefnet-v2", "image_url": url}
    answer = account.submit("flixly.media.generate", values)
    assert answer.status_code == 202, answer.text
    assert account.ended(answer.get_json()["id"])["error"]["code"] == "reference_unreachable"
    assert len(media.asked) == 1


@pytest.mark.parametrize(("length", "status"), [(8192, 202), (8193, 422)])
def test_a_callback_url_may_be_as_long_as_signed_urls_are(account: Account, length: int, status: int) -> None:
    url = "http://127.0.0.1:9/"
    joke = {"slug": "joke", "model_id": 37, "prompt": "on length"}
    sent = {"callback_url": url + "s" * (length - len(url))}
    assert account.submit("generor.generators.generate", joke, **sent).status_code == status
