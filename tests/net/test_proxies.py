"""Which calls leave through which proxy, and that one trust store holds for all of them."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.delivery.schedule import Receipt
from service.delivery.sender import Sender
from service.errors import AddressRefused, ReferenceUnreachable
from service.net.client import MediaClient
from service.net.guard import Guard
from service.net.outbound import outbound_session, proxies_for
from service.providers.http import exchange, never_sent
from service.providers.youtube import search
from tests.delivery.test_sender import BODY, with_sender
from tests.net.media import answer, certificate, serving
from tests.net.proxy import proxying

USUAL = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*USUAL, "OUTBOUND_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("variable", ["OUTBOUND_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_call_to_a_provider_goes_through_the_outbound_proxy(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with serving() as served, proxying(served.port) as proxy:
        served.answers["/v1/models"] = answer(body=b"{}")
        monkeypatch.setenv(variable, proxy.url)
        got = exchange("GET", "http://api.provider.example/v1/models", within_s=20, timeout=(5, 5))
    assert got.status == 200
    assert proxy.lines == ["GET http://api.provider.example/v1/models HTTP/1.1"]
    assert "Proxy-Authorization: Basic" in proxy.heads[0]


def test_no_proxy_and_outbound_proxy_come_before_the_usual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://usual:1")
    monkeypatch.setenv("OUTBOUND_PROXY", "http://outbound:2")
    assert proxies_for("https://api.example/")["https"] == "http://outbound:2"
    monkeypatch.setenv("NO_PROXY", "api.example")
    assert proxies_for("https://api.example/") == {}
    assert outbound_session("https://other.example/").proxies["https"] == "http://outbound:2"


def test_a_proxy_that_is_away_is_proof_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_PROXY", "http://user:secret@127.0.0.1:1")
    for url in ("http://api.provider.example/", "https://api.provider.example/"):
        with pytest.raises(Exception) as failed:
            exchange("POST", url, within_s=20, timeout=(5, 5))
        assert never_sent(failed.value)


def test_the_search_goes_through_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from service.config import ProviderSettings

    with serving() as served, proxying(served.port) as proxy:
        monkeypatch.setenv("OUTBOUND_PROXY", proxy.url)
        with pytest.raises(Exception):  # noqa: B017 — the answer is none of YouTube's
            search(ProviderSettings("key", "http://youtube.example/v3"), "through a proxy", None)
    assert proxy.lines[0].startswith("GET http://youtube.example/v3/search")


def test_callbacks_and_references_never_use_the_outbound_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OUTBOUND_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    with serving() as served:
        served.answers["/picture"] = answer()
        guard = Guard(["127.0.0.1"])
        url = served.url("/picture")
        MediaClient(guard).fetch_media(url, limit_bytes=10_000, deadline_s=20, destination=tmp_path / "got")
        told = with_sender(lambda sender: sender.post(url, {}, BODY), guard)
    assert told.status == 200


def test_callbacks_and_references_go_through_the_callback_proxy_which_resolves_names(tmp_path: Path) -> None:
    with serving() as served, proxying(served.port) as proxy:
        served.answers["/picture"] = answer()
        client = MediaClient(Guard(), proxy.url)
        url = "http://media.example/picture"
        client.fetch_media(url, limit_bytes=10_000, deadline_s=20, destination=tmp_path / "got")
        told = _posted(proxy.url, url)
    assert told.status == 200
    assert proxy.lines == [f"GET {url} HTTP/1.1", f"POST {url} HTTP/1.1"]
    assert all("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=" in head for head in proxy.heads)


def test_https_goes_through_the_callback_proxy_in_a_tunnel_and_proves_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = certificate(tmp_path, "media.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with serving(tls=tls) as served, proxying(served.port) as proxy:
        served.answers["/picture"] = answer()
        client = MediaClient(Guard(), proxy.url)
        for name in ("media.example", "other.example"):
            try:
                client.fetch_media(
                    f"https://{name}/picture", limit_bytes=10_000, deadline_s=20, destination=tmp_path / "got"
                )
                fetched = True
            except ReferenceUnreachable:
                fetched = False
            assert fetched is (name == "media.example")
            told = _posted(proxy.url, f"https://{name}/picture")
            assert (told.status == 200) is (name == "media.example")
    assert [line.rpartition(" ")[0] for line in proxy.lines].count("CONNECT media.example:443") == 2


@pytest.mark.parametrize("url", ["http://10.0.0.1/a", "http://localhost./a", "https://[fec0::1]/a"])
def test_an_address_that_is_written_out_is_refused_with_a_callback_proxy_too(url: str) -> None:
    told = _posted("http://127.0.0.1:1", url)
    assert "not a public address" in str(told.error)
    client = MediaClient(Guard(), "http://127.0.0.1:1")
    with pytest.raises(AddressRefused, match="not a public address"):
        client.fetch_media(url, limit_bytes=10_000, deadline_s=20, destination=Path("/nowhere"))


def test_one_trust_store_holds_for_providers_references_and_callbacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = certificate(tmp_path, "127.0.0.1")
    with serving(tls=tls) as served:
        served.answers["/picture"] = answer()
        url = served.url("/picture", scheme="https")
        guard = Guard(["127.0.0.1"])

        def outcomes() -> list[bool]:
            got = [with_sender(lambda sender: sender.post(url, {}, BODY), guard).status == 200]
            for call in (
                lambda: exchange("GET", url, within_s=20, timeout=(5, 5)),
                lambda: MediaClient(guard).fetch_media(
                    url, limit_bytes=10_000, deadline_s=20, destination=tmp_path / "got"
                ),
            ):
                try:
                    call()
                    got.append(True)
                except (OSError, ReferenceUnreachable):
                    got.append(False)
            return got

        assert outcomes() == [False, False, False]
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert outcomes() == [True, True, True]


def _posted(proxy: str, url: str) -> Receipt:
    import asyncio

    async def whole() -> Receipt:
        sender = Sender(Guard(), 0.0, proxy)
        try:
            return await sender.post(url, {}, BODY)
        finally:
            await sender.close()

    return asyncio.run(whole())


@pytest.mark.parametrize("no_proxy", ["", "internal.example"])
def test_threads_that_ask_at_once_leave_the_environment_alone(monkeypatch: pytest.MonkeyPatch, no_proxy: str) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    before, usual = dict(os.environ), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(proxies_for, ["https://api.example.com/v1"] * 2000))
    finally:
        sys.setswitchinterval(usual)
    assert dict(os.environ) == before
