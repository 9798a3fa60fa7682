"""A link is made anew at every read, from the file's row; a change of privacy ends the ones made before."""

import copy
import time
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from sqlalchemy import select, update

from service.files import links as links_module
from service.files.links import FileLink, StoredOutput, set_private, stored
from service.store.tables import files, run_bodies
from tests.files.kept import kept_file
from tests.support.house import Account, House

PICTURE = {"slug": "image", "prompt": "a lighthouse", "model_id": 10003}


def local(url: str) -> str:
    """The URL as this process's client asks for it."""
    return urlsplit(url)._replace(scheme="", netloc="").geturl()


def status(house: House, url: str) -> int:
    """Return what a stranger is answered there."""
    return house.client.get(local(url)).status_code


@pytest.fixture
def made(account: Account) -> dict[str, Any]:
    """A completed run with a private picture."""
    run = account.submit("generor.generators.generate", {**PICTURE, "privacy_mode": 1}, wait=20).get_json()
    assert run["status"] == "completed", run
    return dict(run)


def url_of(run: dict[str, Any]) -> str:
    return str(run["output"]["creations"][0]["image_url"])


def creation_of(run: dict[str, Any]) -> int:
    return int(run["output"]["creations"][0]["creation_id"])


def make_private(account: Account, creation: int, mode: int) -> None:
    answer = account.call("PATCH", f"/api/v1/creations/{creation}", json={"privacy_mode": mode})
    assert answer.status_code == 200, answer.get_json()


def test_every_read_of_a_run_renews_its_private_links(
    account: Account, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 24 * 3600
    assert status(account.house, url_of(made)) == 200

    later = int((time.time() + day + 60) * 1000)
    monkeypatch.setattr(links_module, "now", lambda: later)
    assert status(account.house, url_of(made)) == 404

    again = account.get(f"/v1/runs/{made['id']}").get_json()
    assert status(account.house, url_of(again)) == 200


def test_every_shape_of_a_private_creation_has_a_good_link(account: Account, made: dict[str, Any]) -> None:
    creation = creation_of(made)
    read = account.submit("generor.creations.get", {"id": creation}).get_json()
    again = account.get(f"/v1/runs/{read['id']}").get_json()
    listed = account.submit("generor.creations.list", {}).get_json()
    rest = account.get(f"/api/v1/creations/{creation}").get_json()["data"]
    urls = [run["output"]["images"][0]["url"] for run in (read, again)]
    urls += [listed["output"]["data"][0]["images"][0]["url"], rest["images"][0]["url"]]

    assert [status(account.house, url) for url in urls] == [200] * 4
    assert all(url.startswith("/users/") for url in urls), "the document shows them relative"


def test_nothing_signed_is_stored(account: Account, made: dict[str, Any]) -> None:
    account.submit("generor.creations.get", {"id": creation_of(made)})
    with account.house.context.database.read() as db:
        outputs = list(db.execute(select(run_bodies.c.output)).scalars())

    assert len(outputs) == 2
    assert [output for output in outputs if "signature" in output or "private=1" in output] == []


def test_a_creation_made_private_ends_its_public_url_and_every_run_shows_it_signed(account: Account) -> None:
    run = account.submit("generor.generators.generate", PICTURE, wait=20).get_json()
    public = url_of(run)
    assert "?" not in public
    assert status(account.house, public) == 200

    make_private(account, creation_of(run), 1)

    assert status(account.house, public) == 404
    renewed = url_of(account.get(f"/v1/runs/{run['id']}").get_json())
    assert "signature=" in renewed
    assert status(account.house, renewed) == 200


def test_a_change_of_privacy_ends_links_handed_out_before_for_good(account: Account, made: dict[str, Any]) -> None:
    creation, before = creation_of(made), url_of(made)

    make_private(account, creation, 0)
    make_private(account, creation, 1)

    assert status(account.house, before) == 404
    between = url_of(account.get(f"/v1/runs/{made['id']}").get_json())
    assert status(account.house, between) == 200
    make_private(account, creation, 0)
    make_private(account, creation, 1)
    assert [status(account.house, url) for url in (before, between)] == [404, 404]


def test_a_write_that_changes_no_privacy_keeps_links(account: Account, made: dict[str, Any]) -> None:
    path = f"/api/v1/creations/{creation_of(made)}"
    account.call("PATCH", path, json={"license": 2})
    account.call("PATCH", path, json={"privacy_mode": 1})

    assert status(account.house, url_of(made)) == 200


def test_caches_ask_again_before_they_show_what_may_have_become_private(account: Account) -> None:
    path = kept_file(account, private=False)

    answer = account.house.client.get(f"/{path}")
    assert answer.headers["Cache-Control"] == "public, no-cache"
    unchanged = account.house.client.get(f"/{path}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")

    account.house.context.database.write(lambda db: set_private(db, files.c.path == path, True))
    asked = account.house.client.get(f"/{path}", headers={"If-None-Match": answer.headers["ETag"]})
    assert asked.status_code == 404


def test_only_a_links_type_makes_a_place(account: Account) -> None:
    path = kept_file(account)
    base = account.house.settings.public_url
    text, link = f"{base}/{path}", FileLink(f"{base}/{path}?expires=1&signature=2", path)
    output = {"said": text, "a/b~c": [{"url": link}, text], "shown": FileLink(f"/{path}", path)}

    kept = stored(output)
    with account.house.context.database.read() as db:
        (read,) = account.house.context.links.restored(db, [(account.id, kept)])

    assert "signature" not in str(kept.output)
    assert (read["said"], read["a/b~c"][1]) == (text, text)
    for url, start in ((read["a/b~c"][0]["url"], f"{base}/{path}?"), (read["shown"], f"/{path}?")):
        assert url.startswith(start)
        assert status(account.house, url) == 200


def test_links_of_several_accounts_are_made_in_one_go(account: Account) -> None:
    other = account.house.account()
    mine, theirs = kept_file(account), kept_file(other)
    context = account.house.context
    output = stored([context.links.public(mine), context.links.public(theirs)])

    with context.database.read() as db:
        read = context.links.restored(
            db, [(account.id, output), (other.id, output), (other.id, StoredOutput(None, None))]
        )

    assert ["signature=" in link for one in read[:2] for link in one] == [True, False, False, True]
    assert read[2] is None


def test_a_link_is_json_text_and_survives_a_copy() -> None:
    link = copy.deepcopy({"url": FileLink("http://x/y", "y")})["url"]

    assert (orjson.dumps(link), link.path) == (b'"http://x/y"', "y")


def test_a_signature_from_before_versions_is_good_until_the_privacy_changes(account: Account) -> None:
    path, context = kept_file(account), account.house.context
    expires = int(time.time()) + 60
    old = f"/{path}?expires={expires}&signature={context.vault.sign(f'/{path}' + chr(10) + str(expires))}"
    assert account.house.client.get(old).status_code == 200

    context.database.write(lambda db: db.execute(update(files).values(link_version=1)))

    assert account.house.client.get(old).status_code == 404
