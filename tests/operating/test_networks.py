"""Networks as people have them: a path behind a proxy, an egress proxy with a CA of its own, any HOST, idle clients."""

import http.client
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from tests.net.media import certificate
from tests.net.proxy import Proxy, proxying
from tests.support.installation import PROGRAM, ROOT, Client, Installation

PUBLIC_URL = "https://apps.example/genhook"
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1741569952,
    "model": "gpt-5.4",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Written."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29},
}
# The anonymous requests a minute that one address has.
ANONYMOUS = 15
# What many load balancers keep idle connections for is longer than the 30 s that were once the most.
IDLE_S = 31


class Provider(BaseHTTPRequestHandler):
    """A chat completion for whoever asks."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(COMPLETION).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def tls_server(context: ssl.SSLContext) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@dataclass
class Company:
    """A Genhook below a path of a company's proxy, whose way out is another proxy and whose CA is its own."""

    genhook: Installation
    proxy: Proxy
    client: Client
    # A connection that rests since then.
    idle: http.client.HTTPConnection
    since: float

    def local(self, url: str) -> str:
        """Return the address to which the proxy passes on: it strips the path."""
        assert url.startswith(PUBLIC_URL), url
        return self.genhook.url + url.removeprefix(PUBLIC_URL)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    context, trusted = certificate(folder, "provider.example")
    provider = tls_server(context)
    with proxying(provider.server_port) as proxy:
        genhook = Installation(
            folder / "data",
            workers=1,
            PUBLIC_URL=PUBLIC_URL,
            TRUSTED_PROXIES="1",
            OUTBOUND_PROXY=proxy.url,
            SSL_CERT_FILE=str(trusted),
            OPENAI_API_KEY="sk-company",
            OPENAI_BASE_URL="https://provider.example/v1",
        )
        try:
            genhook.start()
            idle = http.client.HTTPConnection("127.0.0.1", genhook.port, timeout=30)
            idle.request("GET", "/healthz")
            assert idle.getresponse().read()
            yield Company(genhook, proxy, genhook.account("ada"), idle, time.monotonic())
        finally:
            genhook.close()
            provider.shutdown()


def test_all_is_found_below_a_path_that_a_proxy_strips(company: Company) -> None:
    values = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
    answer = company.client.call("POST", "/v1/actions/generor.generators.generate?wait=60", json={"input": values})
    assert answer.headers["Location"] == f"/genhook/v1/runs/{answer.json()['id']}"
    url = answer.json()["output"]["creations"][0]["image_url"]
    picture = requests.get(company.local(url), timeout=30)
    assert picture.headers["Content-Type"].startswith("image/")
    page = requests.get(f"{company.genhook.url}/console", timeout=30).text
    (style,) = [part.split('"')[0] for part in page.split('href="') if part.split('"')[0].endswith(".css")]
    assert style.startswith("/genhook/static/")
    assert requests.get(company.genhook.url + style.removeprefix("/genhook"), timeout=30).ok


def test_a_provider_is_reached_through_the_companys_proxy_and_trusted_by_its_ca(company: Company) -> None:
    body = {"model": "gpt-5-4", "messages": [{"role": "user", "content": "Hello"}]}
    answer = company.client.call("POST", "/openai/v1/chat/completions", json=body)
    assert answer.json()["choices"][0]["message"]["content"] == "Written.", answer.text
    assert company.proxy.lines[-1].startswith("CONNECT provider.example:443 ")


def test_visitors_behind_one_proxy_have_a_limit_each(company: Company) -> None:
    def asked(visitor: str) -> int:
        told = {"X-Forwarded-For": f"198.51.100.9, {visitor}"}
        return requests.get(f"{company.genhook.url}/openai/v1/models", headers=told, timeout=30).status_code

    with ThreadPoolExecutor(6) as pool:
        visitors = list(pool.map(asked, [f"203.0.113.{n}" for n in range(ANONYMOUS + 3)]))
        one = list(pool.map(asked, ["203.0.113.200"] * (ANONYMOUS + 3)))
    assert visitors == [401] * (ANONYMOUS + 3)
    assert sorted(one)[-1] == 429


def test_an_idle_connection_outlives_a_load_balancers_patience(company: Company) -> None:
    time.sleep(max(0.0, company.since + IDLE_S - time.monotonic()))
    company.idle.request("GET", "/healthz")
    assert company.idle.getresponse().status == 200


@pytest.mark.parametrize(
    ("host", "reached"), [("::1", "[::1]"), ("::", "[::1]"), ("localhost", "localhost"), ("0.0.0.0", "127.0.0.1")]
)
def test_a_host_may_be_an_address_of_either_kind_or_a_name(tmp_path: Path, host: str, reached: str) -> None:
    genhook = Installation(tmp_path / "data", HOST=host, REDIS_URL="redis://127.0.0.1:9")
    genhook.folder.mkdir()
    genhook.cli("migrate")
    log = (tmp_path / "web.log").open("wb")
    web = subprocess.Popen([*PROGRAM, "web"], env=genhook.environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        genhook.url = f"http://{reached}:{genhook.port}"
        genhook.until(lambda: genhook.answers("/healthz"), 60)
        document = requests.get(f"{genhook.url}/openapi.json", timeout=30).json()
        assert document["servers"][0]["url"] == genhook.url
    finally:
        web.terminate()
        web.wait(30)
        log.close()
