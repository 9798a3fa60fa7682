"""Callbacks between real processes: signed so that public libraries verify them, tried again, kept."""

import base64
import time
from collections.abc import Callable

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

from tests.fakes.receiver import Post, Receiver, Reply
from tests.support.installation import Client, Installation

pytestmark = pytest.mark.xdist_group("installation")

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about servers"}


def _verify_ed25519(installation: Installation, post: Post) -> None:
    """As a receiver would that has nothing but the published keys."""
    (key,) = requests.get(f"{installation.url}/.well-known/webhook-keys.json", timeout=10).json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
    signatures = [one.removeprefix("v1a,") for one in post.headers["webhook-signature"].split() if one[:4] == "v1a,"]
    signed = f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode() + post.body
    (signature,) = signatures
    public.verify(base64.b64decode(signature), signed)


def test_a_receiver_that_answers_500_twice_gets_it_the_third_time_under_the_same_id(
    installation: Installation, client: Client, receivers: Callable[..., Receiver]
) -> None:
    receiver = receivers(500, 500)
    run_id = client.submit("generor.generators.generate", JOKE, callback_url=receiver.url)["id"]
    posts = receiver.of(run_id, count=3)
    assert len({post.headers["webhook-id"] for post in posts}) == 1
    for post in posts:
        assert Webhook(client.secret).verify(post.body, post.headers)["type"] == "run.completed"
        _verify_ed25519(installation, post)
    delivered = "SELECT id FROM deliveries WHERE run_id = :run AND status = 'delivered'"
    installation.until(lambda: installation.rows(delivered, run=run_id))
    (delivery,) = client.call("GET", f"/v1/runs/{run_id}/deliveries").json()["data"]
    assert [attempt["status_code"] for attempt in delivery["attempts"]] == [500, 500, 204]
    assert client.run(run_id)["callback"] == {"url": receiver.url, "status": "delivered", "attempts": 3}


def test_a_receiver_that_drips_is_given_up_after_15_s_and_holds_nobody_else_up(
    installation: Installation, client: Client, receivers: Callable[..., Receiver]
) -> None:
    dripping, quick = receivers(Reply(drip_s=1.0)), receivers()
    slow_id = client.submit("generor.generators.generate", JOKE, callback_url=dripping.url)["id"]
    dripping.of(slow_id)
    quick_id = client.submit("generor.generators.generate", JOKE, callback_url=quick.url)["id"]
    quick.of(quick_id, 10)
    tried = "SELECT error FROM attempts JOIN deliveries ON deliveries.id = delivery_id WHERE run_id = :run"
    ((error,),) = installation.until(lambda: installation.rows(tried, run=slow_id), 40)
    assert "15 s" in error
    assert client.run(slow_id)["callback"]["status"] == "pending"


def test_a_delivery_is_posted_again_on_request_under_the_same_id(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    run_id = client.submit("generor.generators.generate", JOKE, callback_url=receiver.url)["id"]
    receiver.of(run_id)
    (delivery,) = client.call("GET", f"/v1/runs/{run_id}/deliveries").json()["data"]
    assert client.call("POST", f"/v1/deliveries/{delivery['id']}/replay").status_code == 202
    first, second = receiver.of(run_id, count=2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_a_rotated_secret_signs_beside_the_old_one(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    fresh = installation.cli("accounts", "secret", client.name, "--rotate")["callback_secret"]
    assert fresh != client.secret
    run_id = client.submit("generor.generators.generate", JOKE, callback_url=receiver.url)["id"]
    (post,) = receiver.of(run_id)
    for secret in (fresh, client.secret):
        assert Webhook(secret).verify(post.body, post.headers)["data"]["id"] == run_id


def test_a_subscription_hears_generates_from_every_door(
    installation: Installation, client: Client, receiver: Receiver
) -> None:
    subscribed = client.call(
        "POST", "/v1/subscriptions", json={"target_url": receiver.url, "events": ["run.completed"], "actions": []}
    )
    assert subscribed.status_code == 201, subscribed.text
    answer = client.call("POST", "/api/v1/generators/joke/generate", json={"model_id": 37, "prompt": "cats"})
    assert answer.status_code == 201, answer.text
    (post,) = receiver.wait(lambda post: post.run["action"] == "generor.generators.generate")
    assert post.run["account"] == client.id
    assert client.call("DELETE", f"/v1/subscriptions/{subscribed.json()['id']}").json() == {"deleted": True}


def test_a_receiver_that_is_not_there_yet_is_tried_again_within_seconds(
    installation: Installation, client: Client, receivers: Callable[..., Receiver]
) -> None:
    receiver = receivers(404, 409)
    began = time.monotonic()
    run_id = client.submit("generor.generators.generate", JOKE, callback_url=receiver.url)["id"]
    posts = receiver.of(run_id, count=3)
    assert posts[-1].at > began
    assert len({post.headers["webhook-timestamp"] for post in posts}) > 1, "each attempt is signed anew"
