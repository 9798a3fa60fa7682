"""The request bin: an account's own callbacks land in it without any private address being opened."""

import asyncio

import pytest

from service.delivery import bins
from service.delivery.bins import BODY_BYTES, KEPT
from service.delivery.sender import Sender
from service.net.guard import Guard
from tests.support.house import Account, House


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


def address(account: Account) -> str:
    return str(account.get("/v1/bin").get_json()["url"])


def posted(account: Account, url: str, body: bytes = b"{}") -> int:
    return account.house.client.post(url.removeprefix(account.house.settings.url), data=body).status_code


def test_what_anybody_posts_is_shown_newest_first_and_cut_short(account: Account) -> None:
    url = address(account)
    assert [posted(account, url, b"%d" % number) for number in range(KEPT + 3)] == [204] * (KEPT + 3)
    held = account.get("/v1/bin").get_json()["data"]
    assert [one["body"] for one in held] == [str(number) for number in reversed(range(3, KEPT + 3))]
    assert account.call("DELETE", "/v1/bin").get_json() == {"deleted": True}
    assert account.get("/v1/bin").get_json()["data"] == []


def test_a_bin_nobody_opened_too_large_a_body_and_a_flood_are_refused(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bins, "PER_MINUTE", 3)
    assert posted(account, "/bin/" + "0" * 32) == 404
    url = address(account)
    assert posted(account, url, b"x" * (BODY_BYTES + 1)) == 413
    answers = [posted(account, url) for _ in range(3 + 3 + 1)]
    assert 429 in answers


def test_an_account_sees_its_own_bin_alone(account: Account) -> None:
    other = account.house.account()
    posted(account, address(account), b"mine")
    assert other.get("/v1/bin").get_json()["data"] == []
    assert address(other) != address(account)


def test_a_callback_may_name_the_own_bin_and_no_other_private_address(houses: object) -> None:
    house: House = houses(public_url="http://127.0.0.1:1", callback_allow=())  # type: ignore[operator]
    account, other = house.account(), house.account()

    def accepted(url: str) -> int:
        joke = {"slug": "joke", "model_id": 37, "prompt": "bins"}
        return account.submit("generor.generators.generate", joke, callback_url=url).status_code

    assert accepted(address(account)) == 202
    assert [accepted(url) for url in (address(other), address(account) + "0", address(account) + "?x=1")] == [422] * 3
    assert account.post("/v1/subscriptions", {"target_url": address(account)}).status_code == 201


def test_a_delivery_to_the_own_bin_is_put_in_with_its_signature_and_connects_nowhere(account: Account) -> None:
    sender = Sender(Guard(), 0.0, bins=account.house.context.bins)
    headers = {"webhook-id": "msg_1", "webhook-signature": "v1,abc"}
    receipt = asyncio.run(sender.post(address(account), headers, b'{"type":"run.completed"}', account.id))
    assert receipt.status == 204
    (held,) = account.get("/v1/bin").get_json()["data"]
    assert held["headers"]["webhook-id"] == "msg_1"
    assert held["body"] == '{"type":"run.completed"}'
    assert asyncio.run(sender.post(address(account), {}, b"", "another")).status is None
