"""Uploads count against the account's storage, and give it back when they go; nothing of a refused one stays."""

import io
import threading
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from service.files import removal, uploads
from service.runs.recover import forget
from service.store.clock import now
from service.store.objects import ObjectStore
from service.store.tables import accounts, deletions, files
from tests.files.kept import PICTURE
from tests.support.house import Account, House


def upload(account: Account, content: bytes, name: str = "photo.png") -> TestResponse:
    return account.call("POST", "/v1/files", data={"file": (io.BytesIO(content), name)})


def limit(account: Account, size: int) -> None:
    """Give the account its own storage limit."""
    change = update(accounts).where(accounts.c.id == account.id).values(storage_limit=size)
    account.house.context.database.write(lambda db: db.execute(change))


def used(account: Account) -> int:
    """Return what the account's storage counts, which must be the sum of its files."""
    with account.house.context.database.read() as db:
        counted = db.execute(select(accounts.c.storage_used).where(accounts.c.id == account.id)).scalar_one()
        total = select(func.coalesce(func.sum(files.c.size), 0)).where(files.c.account_id == account.id)
        assert counted == db.execute(total).scalar_one()
    return int(counted)


def objects_of(house: House) -> list[str]:
    """Every object in the storage."""
    folder = house.settings.data_dir
    return sorted(path.name for path in folder.rglob("objects/**/*") if path.is_file())


def sweep(house: House) -> None:
    """A sweeper's rounds."""
    forget(house.context)
    removal.delete_objects(house.context.database, house.context.objects)


@pytest.fixture
def me(idle_house: House) -> Account:
    return idle_house.account()


def test_an_upload_beyond_the_storage_limit_is_402_and_leaves_nothing(me: Account) -> None:
    limit(me, 1000)

    answer = upload(me, b"x" * 1001)

    assert (answer.status_code, answer.content_type) == (402, "application/problem+json")
    assert answer.get_json()["type"].endswith("/storage-limit-exceeded")
    assert "1000" in answer.get_json()["detail"]
    sweep(me.house)
    assert (used(me), objects_of(me.house)) == (0, [])


def test_uploads_count_until_the_limit_is_reached(me: Account) -> None:
    limit(me, 1000)

    statuses = [upload(me, b"x" * size).status_code for size in (600, 401, 400, 1)]

    assert statuses == [201, 402, 201, 402]
    assert used(me) == 1000


def test_uploads_that_race_for_the_last_bytes_never_fill_more(me: Account) -> None:
    limit(me, 1000)
    me.key("generor")
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(upload(me, b"x" * 300).status_code)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [201] * 3 + [402] * 5
    assert used(me) == 900


def test_an_expired_upload_gives_its_storage_back(me: Account) -> None:
    url = upload(me, b"x" * 500).get_json()["url"]
    me.house.context.database.write(lambda db: db.execute(update(files).values(expires_at=now() - 1)))

    sweep(me.house)

    assert (used(me), objects_of(me.house)) == (0, [])
    assert me.get(urlsplit(url).path).status_code == 404


def test_an_upload_that_dies_half_way_leaves_nothing_for_good(me: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    put = ObjectStore.put

    def dies(self: ObjectStore, *given: Any) -> int:
        put(self, *given)
        raise OSError("the machine is gone")

    monkeypatch.setattr(ObjectStore, "put", dies)
    assert upload(me, b"x").status_code == 500
    sweep(me.house)
    assert len(objects_of(me.house)) == 1, "a slow writer has its hour"

    monkeypatch.setattr(removal, "now", lambda: now() + uploads.WRITTEN_WITHIN_MS + 1)
    sweep(me.house)
    assert (used(me), objects_of(me.house)) == (0, [])


def test_a_kept_upload_is_never_swept(me: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    url = upload(me, b"x").get_json()["url"]
    with me.house.context.database.read() as db:
        assert db.execute(select(func.count()).select_from(deletions)).scalar_one() == 0

    monkeypatch.setattr(removal, "now", lambda: now() + uploads.WRITTEN_WITHIN_MS + 1)
    sweep(me.house)
    assert me.get(urlsplit(url).path).data == b"x"


def test_an_empty_upload_is_refused(me: Account) -> None:
    answer = upload(me, b"")
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/file")


def test_an_uploads_name_is_in_its_url_and_its_download(me: Account) -> None:
    url = upload(me, PICTURE, "写真.png").get_json()["url"]

    assert url.isascii()
    assert unquote(urlsplit(url).path).endswith("/写真.png")
    answer = me.house.client.get(url.removeprefix(me.house.settings.public_url))
    assert (answer.status_code, answer.data) == (200, PICTURE)
    assert answer.headers["Content-Disposition"] == "inline; filename=file.png; filename*=UTF-8''%E5%86%99%E7%9C%9F.png"


@pytest.mark.parametrize("name", ["100%.png", "a?b#c.png", "a b&c=d.png", "%2e%2e.png", "it's.png"])
def test_a_strange_name_is_a_url_that_works(me: Account, name: str) -> None:
    url = upload(me, b"content", name).get_json()["url"]
    assert me.house.client.get(url.removeprefix(me.house.settings.public_url)).data == b"content"


def test_what_a_browser_would_run_is_a_download(me: Account) -> None:
    url = upload(me, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.svg").get_json()["url"]
    answer = me.house.client.get(url.removeprefix(me.house.settings.public_url))

    assert answer.headers["Content-Type"] in ("application/octet-stream", "image/svg+xml")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
