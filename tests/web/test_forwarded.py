"""What trusted proxies say of the service's address shapes the links of that one answer, and nothing else."""

import io
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from service.store.tables import events, run_bodies
from tests.support.house import Account, House, opened

TOLD = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "a.example:8443", "X-Forwarded-Prefix": "/ai/"}
AT = "https://a.example:8443/ai"
OWN = "http://127.0.0.1:8000"


@pytest.fixture
def behind(tmp_path: Path, redis_url: str) -> Iterator[House]:
    """A Genhook without PUBLIC_URL that trusts one proxy."""
    with opened(tmp_path, redis_url, public_url="", trusted_proxies=1) as house:
        yield house


@pytest.fixture
def account(behind: House) -> Account:
    return behind.account()


def upload(account: Account, headers: dict[str, str]) -> str:
    """The link of a new upload."""
    form = {"file": (io.BytesIO(b"text"), "a.txt")}
    return str(account.call("POST", "/v1/files", data=form, headers=headers).get_json()["url"])


@pytest.mark.parametrize(
    ("headers", "begins"),
    [
        ({}, OWN),
        (TOLD, AT),
        ({"X-Forwarded-Proto": "https", "Host": "b.example"}, "https://b.example"),
        ({"X-Forwarded-Host": "[::1]:9"}, "http://[::1]:9"),
        ({"X-Forwarded-Prefix": "/x/y", "Host": "b.example"}, "http://b.example/x/y"),
        ({"X-Forwarded-Host": "spoofed.example, a.example", "X-Forwarded-Proto": "http, https"}, "https://a.example"),
        ({"Forwarded": 'for=1.2.3.4;proto=https;host="a.example:8443"'}, "https://a.example:8443"),
        ({"Forwarded": "host=spoofed.example, for=1.2.3.4;Host=a.example;Proto=HTTPS"}, "https://a.example"),
        ({"Forwarded": "host=spoofed.example", "X-Forwarded-Host": "a.example"}, "http://a.example"),
        ({"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "a.example/x", "X-Forwarded-Prefix": "//b"}, OWN),
        ({"X-Forwarded-Host": "user@a.example", "X-Forwarded-Prefix": "/../x"}, OWN),
    ],
)
def test_links_begin_with_the_address_that_the_proxy_tells(
    account: Account, headers: dict[str, str], begins: str
) -> None:
    url = upload(account, headers)
    assert url.startswith(f"{begins}/files/"), url
    assert account.house.client.get(url.removeprefix(begins)).data == b"text"


def test_every_face_of_one_run_is_linked_for_its_reader_alone(account: Account) -> None:
    account.house.work()
    order = {"slug": "image", "prompt": "a lighthouse", "model_id": 10003}
    made = account.submit("generor.generators.generate", order, wait=20, headers=TOLD)
    assert made.headers["Location"] == f"/ai/v1/runs/{made.get_json()['id']}"
    run = made.get_json()
    (creation,) = run["output"]["creations"]
    assert creation["image_url"].startswith(f"{AT}/users/")

    again, events_path = f"/v1/runs/{run['id']}", f"/v1/runs/{run['id']}/events"
    assert account.get(again).get_json()["output"]["creations"][0]["image_url"].startswith(f"{OWN}/users/")
    assert f'"{AT}/users/' in account.get(events_path, headers=TOLD).text
    assert AT not in account.get(events_path).text
    shown = account.get(f"/api/v1/creations/{creation['creation_id']}", headers=TOLD).get_json()["data"]
    assert shown["images"][0]["url"].startswith("/ai/users/")
    call = {"name": "runs_get", "arguments": {"run_id": run["id"]}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    revision = {"MCP-Protocol-Version": "2025-11-25"}
    result = account.post("/mcp", asked, headers=TOLD | revision).get_json()["result"]
    assert result["content"][1]["uri"].startswith(f"{AT}/users/")
    assert f'"{AT}/users/' in result["content"][0]["text"]


def test_what_was_told_is_neither_stored_nor_posted(account: Account) -> None:
    account.house.work()
    order = {"slug": "image", "prompt": "a lighthouse", "model_id": 10003}
    made = account.submit("generor.generators.generate", order, wait=20, headers=TOLD).get_json()
    read = {"id": made["output"]["creations"][0]["creation_id"]}
    told = account.submit(
        "generor.creations.get", read, callback_url="http://127.0.0.1:9/hook", headers=TOLD
    ).get_json()
    assert told["output"]["images"][0]["url"].startswith("/ai/users/")

    with account.house.context.database.read() as db:
        bodies = db.execute(select(run_bodies.c.output, run_bodies.c.input)).all()
        (posted,) = db.execute(select(events.c.body).where(events.c.run_id == told["id"])).scalars()
    assert "/ai/" not in str(bodies)
    assert "a.example" not in str(bodies)
    assert orjson.loads(posted)["data"]["output"]["images"][0]["url"].startswith("/users/")


def test_an_own_file_is_not_recognised_by_the_address_that_was_told(
    account: Account, picture: Callable[[], bytes]
) -> None:
    told = {"X-Forwarded-Host": "10.9.9.9"}
    form = {"file": (io.BytesIO(picture()), "a.png")}
    url = account.call("POST", "/v1/files", data=form, headers=told).get_json()["url"]
    assert url.startswith("http://10.9.9.9/files/")

    def asked(image_url: str) -> Any:
        values = {"model": "flux-2-pro", "prompt": "x", "image_url": image_url}
        return account.submit("flixly.media.generate", values, headers=told)

    refused = asked(url)
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/address-refused")
    assert asked(url.replace("http://10.9.9.9", OWN)).status_code == 202


def test_pages_and_the_document_lead_to_the_address_that_was_told(behind: House) -> None:
    client = behind.client
    assert client.get("/", headers=TOLD).headers["Location"] == "/ai/console"
    assert 'href="/ai/static/genhook.css"' in client.get("/console", headers=TOLD).text
    assert f"{AT}/v1/actions/" in client.get("/docs", headers=TOLD).text
    assert client.get("/openapi.json", headers=TOLD).get_json()["servers"] == [{"url": AT}]
    assert client.get("/openapi.json").get_json()["servers"] == [{"url": OWN}]
    assert AT not in client.get("/docs").text


@pytest.mark.parametrize(
    ("settings", "begins"),
    [
        ({"public_url": ""}, OWN),
        ({"public_url": "", "trusted_proxies": (ip_network("10.0.0.0/8"),)}, OWN),
        ({"public_url": "https://own.example/x", "trusted_proxies": 1}, "https://own.example/x"),
        ({"public_url": "", "trusted_proxies": (ip_network("127.0.0.0/8"),)}, AT),
    ],
)
def test_only_a_trusted_proxy_tells_it_and_only_where_public_url_does_not(
    tmp_path: Path, redis_url: str, settings: dict[str, Any], begins: str
) -> None:
    with opened(tmp_path, redis_url, **settings) as house:
        answer = house.account().post("/v1/actions/generor.models.list", {"input": {}}, headers=TOLD)
        prefix = "/" + "/".join(begins.split("/")[3:]) if begins.count("/") > 2 else ""
        assert answer.headers["Location"] == f"{prefix}/v1/runs/{answer.get_json()['id']}"
        assert upload(house.account(), TOLD).startswith(f"{begins}/files/")
