"""Whose word on a caller's address is believed, and where the service is found below PUBLIC_URL's path."""

import io
from ipaddress import ip_network
from pathlib import Path
from time import process_time

import pytest

from service.config import load
from service.web.proxies import PEER, CallerAddress, is_local
from tests.support.house import opened

NETWORKS = "10.0.0.0/8,2001:db8::/32"


def _caller(trusted: str, peer: str, told: str | None) -> str:
    settings = load({"TRUSTED_PROXIES": trusted, "GENHOOK_SECRET_KEY": "k" * 32})
    environ = {"REMOTE_ADDR": peer} | ({} if told is None else {"HTTP_X_FORWARDED_FOR": told})
    CallerAddress(settings.trusted_proxies)(environ)
    assert environ[PEER] == peer
    return environ["REMOTE_ADDR"]


@pytest.mark.parametrize(
    ("trusted", "peer", "told", "caller"),
    [
        ("", "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        ("1", "10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("2", "10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("2", "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        ("1", "10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
        ("1", "10.0.0.1", None, "10.0.0.1"),
        (NETWORKS, "10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (NETWORKS, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (NETWORKS, "9.9.9.9", "1.2.3.4", "9.9.9.9"),
        (NETWORKS, "::ffff:10.0.0.1", "1.2.3.4:5678", "1.2.3.4"),
    ],
)
def test_the_caller_is_who_trusted_proxies_say(trusted: str, peer: str, told: str | None, caller: str) -> None:
    assert _caller(trusted, peer, told) == caller


@pytest.mark.parametrize("trusted", [0, 1, "networks"])
@pytest.mark.parametrize("told", ["," * 47_000, "x," * 23_000, "1.2.3.4," * 5900], ids=["commas", "words", "addresses"])
def test_what_a_caller_says_of_its_way_costs_nothing(trusted: int | str, told: str) -> None:
    read = CallerAddress([ip_network("10.0.0.0/8")] if trusted == "networks" else int(trusted))
    began = process_time()
    for _ in range(20):
        read({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": told + "203.0.113.9"})
    assert process_time() - began < 0.5


@pytest.mark.parametrize("value", ["-1", "1,2", "everyone", "10.0.0.0/99"])
def test_a_wrong_setting_is_named(value: str) -> None:
    with pytest.raises(ValueError, match="TRUSTED_PROXIES"):
        load({"TRUSTED_PROXIES": value, "GENHOOK_SECRET_KEY": "k" * 32})


@pytest.mark.parametrize(
    ("environ", "local"),
    [
        ({PEER: "127.0.0.1"}, True),
        ({PEER: "::1"}, True),
        ({PEER: "::ffff:127.0.0.1"}, True),
        ({PEER: "10.0.0.1"}, False),
        ({PEER: "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ({PEER: "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}, False),
        ({PEER: "127.0.0.1", "HTTP_FORWARDED": "for=1.2.3.4"}, False),
        ({PEER: "127.0.0.1", "HTTP_X_REAL_IP": "1.2.3.4"}, False),
        ({PEER: "127.0.0.1", "HTTP_VIA": "1.1 proxy"}, False),
    ],
)
def test_only_a_caller_on_this_machine_is_local(environ: dict[str, str], local: bool) -> None:
    assert is_local(environ) is local


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_links_lead_here_whatever_host_says(host: str, url: str) -> None:
    assert load({"HOST": host, "GENHOOK_SECRET_KEY": "k" * 32}).url == url


@pytest.mark.parametrize("left_on", ["", "/genhook"])
def test_everything_is_found_below_the_path_of_public_url(tmp_path: Path, redis_url: str, left_on: str) -> None:
    with opened(tmp_path, redis_url, public_url="https://apps.example/genhook") as house:
        account = house.account()
        run = account.post(f"{left_on}/v1/actions/generor.models.list", {"input": {}})
        assert run.headers["Location"] == f"/genhook/v1/runs/{run.get_json()['id']}"
        upload = account.call("POST", f"{left_on}/v1/files", data={"file": (io.BytesIO(b"x"), "x.txt")})
        url = upload.get_json()["url"]
        assert url.startswith("https://apps.example/genhook/files/")
        assert house.client.get(left_on + url.removeprefix("https://apps.example/genhook")).data == b"x"
        page = house.client.get(f"{left_on}/console").text
        assert 'href="/genhook/static/genhook.css"' in page
        assert house.client.get(f"{left_on}/").headers["Location"] == "/genhook/console"


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "1.2.3.4"}, 404),
        ("secret", {}, 404),
        ("secret", {"Authorization": "Bearer wrong"}, 404),
        ("secret", {"Authorization": "Bearer secret", "X-Forwarded-For": "1.2.3.4"}, 200),
    ],
)
def test_metrics_are_for_this_machine_or_the_token(
    tmp_path: Path, redis_url: str, token: str, headers: dict[str, str], status: int
) -> None:
    with opened(tmp_path, redis_url, metrics_token=token) as house:
        assert house.client.get("/metrics", headers=headers).status_code == status
