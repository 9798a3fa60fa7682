"""Headers of callbacks are what a caller set, sent at every attempt, and seen by nobody else."""

from typing import Any

import pytest
from sqlalchemy import select

from service.store.tables import attempts, callbacks, subscriptions
from tests.delivery.posts import ACTION, JOKE
from tests.fakes.receiver import Receiver, Reply
from tests.processes.test_deliverer import deliver
from tests.support.house import Account, House

URL = "http://127.0.0.1:9/hook"
SECRET = "Basic dXNlcjpwYXNzd29yZA=="


@pytest.mark.parametrize(
    ("headers", "at"),
    [
        ({"Host": "a"}, "Host"),
        ({"content-type": "a"}, "content-type"),
        ({"Content-Anything": "a"}, "Content-Anything"),
        ({"Webhook-Signature": "a"}, "Webhook-Signature"),
        ({"webhook-x": "a"}, "webhook-x"),
        ({"CONNECTION": "close"}, "CONNECTION"),
        ({"keep-alive": "a"}, "keep-alive"),
        ({"proxy-authorization": "a"}, "proxy-authorization"),
        ({"TE": "a"}, "TE"),
        ({"Trailer": "a"}, "Trailer"),
        ({"Transfer-Encoding": "chunked"}, "Transfer-Encoding"),
        ({"Upgrade": "a"}, "Upgrade"),
        ({"Expect": "a"}, "Expect"),
        ({"Accept-Encoding": "gzip"}, "Accept-Encoding"),
        ({"Forwarded": "a"}, "Forwarded"),
        ({"X-Forwarded-For": "a"}, "X-Forwarded-For"),
        ({"X-Request-Id": "a"}, "X-Request-Id"),
        ({"traceparent": "a"}, "traceparent"),
        ({"Metadata-Flavor": "Google"}, "Metadata-Flavor"),
        ({"metadata": "true"}, "metadata"),
        ({"X-aws-ec2-metadata-token": "a"}, "X-aws-ec2-metadata-token"),
        ({"a b": "hidden-value"}, "a b"),
        ({"": "hidden-value"}, ""),
        ({"é": "hidden-value"}, "é"),
        ({"X:": "hidden-value"}, "X:"),
        ({"a/b": "hidden-value"}, "a~1b"),
        ({"X-A": "hidden-value\r\nX-B: 1"}, "X-A"),
        ({"X-A": " hidden-value"}, "X-A"),
        ({"X-A": "hidden-value "}, "X-A"),
        ({"X-A": "hidden\tvalue"}, "X-A"),
        ({"X-A": "hidden-välue"}, "X-A"),
        ({"X-A": 37}, "X-A"),
        ({"X-A": ["hidden-value"]}, "X-A"),
        ({"X-A": "1", "x-a": "hidden-value"}, "x-a"),
        ({f"X-{n}": "hidden-value" for n in range(11)}, None),
        ({"X-A": "h" * 4100}, None),
    ],
)
def test_a_header_that_may_not_be_set_is_refused_by_name_and_its_value_never_told(
    idle_house: House, headers: dict[str, Any], at: str | None
) -> None:
    account = idle_house.account()
    submitted = account.submit(ACTION, JOKE, callback_url=URL, callback_headers=headers)
    subscribed = account.post("/v1/subscriptions", {"target_url": URL, "headers": headers})
    for answer, member in ((submitted, "/callback_headers"), (subscribed, "/headers")):
        assert answer.status_code == 422, answer.text
        pointers = [error["pointer"] for error in answer.get_json()["errors"]]
        assert pointers == [member if at is None else f"{member}/{at}"]
        assert "hidden" not in answer.text
        assert "hhhh" not in answer.text


def test_headers_without_a_callback_url_are_refused(idle_house: House) -> None:
    answer = idle_house.account().submit(ACTION, JOKE, callback_headers={"X-A": "1"})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["/callback_headers"]


def test_they_are_sent_with_every_attempt_and_replay_and_never_shown(account: Account, house: House) -> None:
    receiver = Receiver(Reply(500, f"you sent {SECRET}".encode()))
    given = {"Authorization": SECRET, "X-Gateway-Key": "a b!~"}
    run = account.submit(ACTION, JOKE, wait=20, callback_url=receiver.url, callback_headers=given).get_json()
    deliver(house, lambda: len(receiver.posts) >= 1)
    (delivery,) = account.get(f"/v1/runs/{run['id']}/deliveries").get_json()["data"]
    assert account.post(f"/v1/deliveries/{delivery['id']}/replay").status_code == 202
    deliver(house, lambda: len(receiver.posts) >= 2)
    receiver.close()
    for post in receiver.posts[:2]:
        assert (post.headers["authorization"], post.headers["x-gateway-key"]) == (SECRET, "a b!~")
        assert "webhook-signature" in post.headers
        assert SECRET not in post.body.decode()
    seen = account.get(f"/v1/runs/{run['id']}").text + account.get(f"/v1/runs/{run['id']}/deliveries").text
    assert "you sent" in seen
    assert SECRET not in seen
    assert SECRET.split()[1] not in seen
    with house.context.database.read() as db:
        assert SECRET not in str(db.execute(select(callbacks.c.headers)).all() + db.execute(select(attempts)).all())


def test_a_subscriptions_headers_are_sent_and_their_names_shown(account: Account, house: House) -> None:
    receiver = Receiver()
    made = account.post("/v1/subscriptions", {"target_url": receiver.url, "headers": {"X-Api-Key": "s3cret-s3cret"}})
    assert (made.status_code, made.get_json()["headers"]) == (201, ["X-Api-Key"])
    account.submit(ACTION, JOKE, wait=20)
    deliver(house, lambda: bool(receiver.posts))
    receiver.close()
    assert receiver.posts[0].headers["x-api-key"] == "s3cret-s3cret"
    assert "s3cret" not in made.text + account.get("/v1/subscriptions").text
    with house.context.database.read() as db:
        assert "s3cret" not in str(db.execute(select(subscriptions)).all())


def test_headers_are_no_part_of_what_an_idempotency_key_compares(account: Account) -> None:
    key = {"Idempotency-Key": "same"}
    first = account.submit(ACTION, JOKE, headers=key, callback_url=URL, callback_headers={"X-A": "1"})
    second = account.submit(ACTION, JOKE, headers=key, callback_url=URL, callback_headers={"X-A": "2"})
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.get_json()["id"] == second.get_json()["id"]


def test_a_run_has_no_more_callback_urls_than_twenty(account: Account) -> None:
    key = {"Idempotency-Key": "many"}
    told = [account.submit(ACTION, JOKE, headers=key, callback_url=f"{URL}/{n}").status_code for n in range(21)]
    assert told == [202, *[200] * 19, 422]
