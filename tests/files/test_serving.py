"""A file is handed out to whom it belongs, whole, in part, or as unchanged, with headers that are safe in a browser."""

from pathlib import Path

import pytest

from service.errors import NotFound
from service.files.serving import Download, download
from tests.files.kept import PICTURE, kept_file
from tests.support.house import Account, House


@pytest.fixture
def me(idle_house: House) -> Account:
    return idle_house.account()


def found(account: Account, path: str, reader: str | None, query: str = "") -> Download:
    context = account.house.context
    with context.database.read() as db:
        return download(db, context.objects, context.links, path, query, lambda: reader)


def test_a_download_says_where_its_bytes_are(me: Account) -> None:
    told = found(me, kept_file(me), me.id)

    assert isinstance(told.local, Path)
    assert told.local.read_bytes() == PICTURE
    assert (told.size, told.content_type) == (len(PICTURE), "image/png")
    assert b"".join(me.house.context.objects.stream(told.object)) == PICTURE


def test_private_files_are_absent_for_everybody_else(me: Account) -> None:
    path, other = kept_file(me), me.house.account()
    for reader in (None, other.id):
        with pytest.raises(NotFound):
            found(me, path, reader)


@pytest.mark.parametrize("path", ["users/1/img/none.png", "users/1/img/\0.png", "", "x" * 5000])
def test_what_is_not_there_is_not_found(me: Account, path: str) -> None:
    with pytest.raises(NotFound):
        found(me, path, me.id)


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ("bytes=0-3", 206, PICTURE[:4]),
        ("bytes=4-", 206, PICTURE[4:]),
        ("bytes=-3", 206, PICTURE[-3:]),
        ("bytes=999-", 416, b""),
        ("bytes=0-1,3-4", 200, PICTURE),
        ("lines=1-2", 200, PICTURE),
    ],
)
def test_ranges_are_answered(me: Account, wanted: str, status: int, body: bytes) -> None:
    answer = me.get(f"/{kept_file(me)}", headers={"Range": wanted})
    assert (answer.status_code, answer.data) == (status, body)


def test_a_head_has_the_headers_and_no_body(me: Account) -> None:
    answer = me.call("HEAD", f"/{kept_file(me)}")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(PICTURE))
    assert answer.headers["Cache-Control"] == "private, no-store"
