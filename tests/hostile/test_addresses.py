"""No way of writing an inside address, and no redirect, makes the service reach it, by any door."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.hostile.conftest import Attack
from tests.support.installation import Client

# None is in CALLBACK_ALLOW, which names 127.0.0.0/8 in these tests.
INSIDE = (
    *("10.0.0.1", "10.1", "012.0.0.1", "0x0a000001", "167772161", "①⓪.0.0.1", "%31%30.0.0.1", "10.0.0.1."),
    *("[::ffff:10.0.0.1]", "[0:0:0:0:0:ffff:a00:1]", "[64:ff9b::a00:1]", "[64:ff9b:1::a00:1]", "[2002:a00:1::]"),
    *("[2001:0:a00:1::]", "[::10.0.0.1]", "[fe80::1]", "[fec0::1]", "[fd00:ec2::254]", "[3fff::1]", "[ff02::1]"),
    *("169.254.169.254", "0xa9fea9fe", "2852039166", "192.0.0.192", "168.63.129.16", "100.100.100.200", "[::]"),
    *("0", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "100.64.0.1", "192.88.99.1", "192.168.1.1"),
    *("user@10.0.0.1", "10.0.0.1:80#@x.test"),
)
REDIRECTED = ("10.0.0.1", "0x0a000001", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "169.254.169.254", "192.0.0.192")
GENERATE = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about doors"}


def asked(client: Client, url: str) -> list[Any]:
    """What each door says of the address."""
    film = {"model": "flux-dev", "type": "IMAGE_TO_IMAGE", "prompt": "x", "image_url": url}
    doors = (
        (f"/v1/actions/{GENERATE}", {"input": JOKE, "callback_url": url}),
        (f"/v1/actions/{GENERATE}", {"input": {**JOKE, "slug": "image", "model_id": 10003, "image_url": url}}),
        ("/v1/actions/flixly.media.generate", {"input": film}),
        ("/v1/subscriptions", {"target_url": url}),
    )
    return [client.call("POST", path, json=body) for path, body in doors]


def test_an_inside_address_is_refused_however_it_is_written(attack: Attack, attacker: Client) -> None:
    with attack("inside addresses in every spelling"):
        answers = {host: asked(attacker, f"http://{host}/x.png") for host in INSIDE}
    taken = {host: [answer.status_code for answer in told] for host, told in answers.items()}
    assert {host: statuses for host, statuses in taken.items() if set(statuses) != {422}} == {}
    assert attacker.call("GET", "/v1/subscriptions").json()["data"] == []


class Redirecting(BaseHTTPRequestHandler):
    """Sends whoever asks for /<n> to the n-th of the addresses."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"http://{REDIRECTED[int(self.path[1:])]}/latest/meta-data")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_redirect_leads_to_no_inside_address(attack: Attack, attacker: Client) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirecting)
    Thread(target=server.serve_forever, daemon=True).start()
    urls = [f"http://127.0.0.1:{server.server_port}/{number}" for number in range(len(REDIRECTED))]
    values = [{"model": "flux-dev", "type": "IMAGE_TO_IMAGE", "prompt": "x", "image_url": url} for url in urls]
    with attack("redirects to inside addresses"):
        runs = [attacker.ended(attacker.submit("flixly.media.generate", one)["id"], 60) for one in values]
    server.shutdown()
    assert {run["status"] for run in runs} == {"failed"}
    assert {run["credits_charged"] for run in runs} == {0}
    assert all("is not a public address" in run["error"]["message"] for run in runs), runs[0]["error"]
