"""The service's own file URLs are recognised however they are spelled, and belong to their account."""

from io import BytesIO
from typing import Any, cast

import pytest

from service.files.references import References
from tests.files.kept import kept_file
from tests.support.house import Account, House

IMAGE = {"prompt": "the same at night", "model": "flux-dev"}


def own_path(own_url: str, url: str) -> str | None:
    nothing = cast(Any, None)
    return References(nothing, nothing, nothing, own_url, nothing).own_path(url)


@pytest.mark.parametrize(
    ("own_url", "url", "path"),
    [
        ("http://genhook.test", "http://genhook.test/users/1/img/a.png", "users/1/img/a.png"),
        ("http://genhook.test", "HTTP://GenHook.TEST:80/users/1/img/a.png?expires=1&signature=2", "users/1/img/a.png"),
        ("https://genhook.test", "https://genhook.test:443/files/x/a.png#top", "files/x/a.png"),
        ("http://genhook.test", " http://genhook.test/files/x/%E5%86%99%E7%9C%9F.png ", "files/x/写真.png"),
        ("http://genhook.test", "http://genhook.test/files/x/写真.png", "files/x/写真.png"),
        ("http://genhook.test/base", "http://genhook.test/base/files/x/a.png", "files/x/a.png"),
        ("http://[::1]:8000", "http://[::1]:8000/files/x/a.png", "files/x/a.png"),
        ("http://genhook.test/base", "http://genhook.test/files/x/a.png", None),
        ("http://genhook.test", "http://genhook.test:8000/files/x/a.png", None),
        ("http://genhook.test", "https://genhook.test/files/x/a.png", None),
        ("http://genhook.test", "http://genhook.test/v1/runs", None),
        ("http://genhook.test", "http://genhook.test/files/../v1/runs", None),
        ("http://genhook.test", "http://genhook.test.evil.test/files/x/a.png", None),
        ("http://genhook.test", "http://genhook.test@evil.test/files/x/a.png", None),
        ("http://genhook.test", "http://genhook.test:x/files/a.png", None),
        ("http://genhook.test", "http://[/files/a.png", None),
    ],
)
def test_own_file_urls_are_recognised_in_every_spelling(own_url: str, url: str, path: str | None) -> None:
    assert own_path(own_url, url) == path


@pytest.fixture
def me(idle_house: House) -> Account:
    return idle_house.account()


def asked(account: Account, url: str) -> tuple[int, list[str]]:
    """Status, and pointers of what is at fault, for a picture that refers to `url`."""
    answer = account.submit("flixly.media.generate", {**IMAGE, "image_url": url})
    return answer.status_code, [fault["pointer"] for fault in answer.get_json().get("errors", [])]


def test_a_private_file_is_a_reference_for_its_owner_alone(me: Account) -> None:
    other, base = me.house.account(), me.house.settings.public_url
    url = f"{base}/{kept_file(me)}"
    with me.house.context.database.read() as db:
        path = url.removeprefix(f"{base}/")
        signed = me.house.context.links.of(db, me.id, [path])[path]

    assert [asked(me, one)[0] for one in (url, signed)] == [202, 202]
    assert [asked(other, one) for one in (url, signed)] == [(422, ["/input/image_url"])] * 2


def test_a_public_file_of_another_account_is_a_reference(me: Account) -> None:
    other, base = me.house.account(), me.house.settings.public_url
    assert asked(me, f"{base}/{kept_file(other, private=False)}")[0] == 202


def test_an_own_file_of_another_media_is_refused_before_anything_is_accepted(me: Account) -> None:
    sent = {"file": (BytesIO(b"only words"), "words.txt")}
    url = me.call("POST", "/v1/files", data=sent).get_json()["url"]

    assert asked(me, url) == (422, ["/input/image_url"])
    assert me.balance()["held"] == 0
