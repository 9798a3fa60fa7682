"""When a delivery is tried again, to the letter."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from service.delivery.schedule import Decision, Receipt, decide

URL = "https://hooks.example/run"
RESUME = "https://n8n.example/webhook-waiting/17"
FORM = "https://n8n.example/form-waiting/17"
MINUTE, HOUR = 60.0, 3600.0
SCHEDULE = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
REFUSED = Receipt(error="connection refused", refused=True)
SLOW = Receipt(error="no answer within 15 s", timed_out=True)


def after(answer: Receipt, url: str = URL, tries: int = 0, early: int = 0, age_s: float = 0.0, **more: Any) -> Decision:
    """The decision, without jitter unless told."""
    options = {"spread": lambda least, _most: least, **more}
    return decide(url, answer, tries=tries, early=early, age_s=age_s, **options)


def delays(answers: Sequence[Receipt], override: Sequence[float] | None = None) -> list[float]:
    """The waits between the attempts of one delivery whose attempts take no time, until it is over."""
    waits: list[float] = []
    tries = early = 0
    for answer in answers:
        decision = after(answer, tries=tries, early=early, age_s=sum(waits), override=override)
        if decision.status != "pending":
            return [*waits, -1.0] if decision.status == "failed" else waits
        waits.append(decision.delay_s)
        tries, early = decision.tries, decision.early
    return waits


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert after(Receipt(status)).status == "delivered"


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 307, 400, 401, 403, 422, 429, 500, 502, 503])
def test_anything_else_is_tried_again(status: int) -> None:
    assert after(Receipt(status)).status == "pending"


def test_the_schedule_is_the_contracts_and_then_it_is_over() -> None:
    assert delays([Receipt(500)] * 20) == [*SCHEDULE, -1]


def test_a_wait_is_spread_by_a_tenth_and_is_never_shorter() -> None:
    waits = [after(Receipt(500), tries=1, spread=random.uniform).delay_s for _ in range(200)]
    assert min(waits) >= 300
    assert max(waits) <= 330
    assert len(set(waits)) > 100


@pytest.mark.parametrize("answer", [Receipt(404), Receipt(409), REFUSED], ids=["404", "409", "refused"])
def test_a_receiver_that_may_not_be_waiting_yet_is_tried_sooner_and_it_does_not_count(answer: Receipt) -> None:
    assert delays([answer] * 30) == [1, 2, 5, 10, 20, *SCHEDULE, -1]


def test_sooner_ends_with_the_first_minute() -> None:
    assert after(Receipt(404), age_s=59.9) == Decision("pending", 1.0, tries=0, early=1)
    assert after(Receipt(404), age_s=60.0) == Decision("pending", 5.0, tries=1, early=0)


def test_sooner_and_the_schedule_are_counted_apart() -> None:
    assert delays([Receipt(500), Receipt(404), Receipt(404), Receipt(500)]) == [
        5,
        1,
        2,
        300,
    ]


@pytest.mark.parametrize("answer", [Receipt(500), Receipt(403), SLOW, Receipt(error="reset")])
def test_other_failures_are_not_tried_sooner(answer: Receipt) -> None:
    assert (after(answer).early, after(answer).tries) == (0, 1)


@pytest.mark.parametrize(
    ("asked", "waited"), [(1.0, 5.0), (120.0, 120.0), (3600.0, 3600.0), (86400.0, 3600.0), (0.0, 5.0)]
)
def test_retry_after_is_kept_to_up_to_an_hour(asked: float, waited: float) -> None:
    for status in (429, 503):
        least = 30.0 if status == 429 else 0.0
        assert after(Receipt(status, retry_after_s=asked)).delay_s == max(waited, least)


def test_retry_after_holds_for_the_sooner_retries_too() -> None:
    assert after(Receipt(404, retry_after_s=40)) == Decision("pending", 40.0, tries=0, early=1)


def test_retry_after_never_shortens_the_schedule() -> None:
    assert after(Receipt(503, retry_after_s=10), tries=2).delay_s == 30 * MINUTE


@pytest.mark.parametrize("answer", [SLOW, Receipt(429)], ids=["time-out", "429"])
def test_a_slow_or_busy_receiver_gets_thirty_seconds_at_least(answer: Receipt) -> None:
    assert after(answer).delay_s == 30
    assert after(answer, override=[1.0]).delay_s == 30
    assert after(answer, tries=1).delay_s == 300


def test_410_ends_it_and_wants_no_more() -> None:
    assert after(Receipt(410), age_s=1) == Decision("failed", gone=True)
    assert after(Receipt(410), url=RESUME).gone


# CALLBACK_RETRY_SCHEDULE


def test_five_entries_are_six_attempts() -> None:
    assert delays([Receipt(500)] * 20, override=[1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5, -1]


@pytest.mark.parametrize("answer", [Receipt(404), Receipt(409), REFUSED], ids=["404", "409", "refused"])
def test_an_own_schedule_has_no_sooner_retries(answer: Receipt) -> None:
    assert delays([answer] * 9, override=[7, 8]) == [7, 8, -1]


def test_an_own_schedule_keeps_to_retry_after() -> None:
    assert after(Receipt(503, retry_after_s=90), override=[1.0]).delay_s == 90


# n8n's resume URLs


@pytest.mark.parametrize("url", [RESUME, FORM, RESUME + "?signature=x"])
@pytest.mark.parametrize("page", [b"<!DOCTYPE html><p>", b"<html lang=en>", b"<HTML>", b"\n <!doctype HTML>"])
def test_a_page_is_no_resumption(url: str, page: bytes) -> None:
    assert after(Receipt(200, page), url=url).status == "pending"
    assert after(Receipt(200, page), url="https://hooks.example/run").status == "delivered"


@pytest.mark.parametrize("body", [b"", b'{"message": "Workflow was started"}', b"<p>ok</p>", b"see <html>"])
def test_what_is_not_a_whole_page_resumes(body: bytes) -> None:
    assert after(Receipt(200, body), url=RESUME).status == "delivered"


def test_only_a_path_makes_a_resume_url() -> None:
    url = "https://hooks.example/run?back=/webhook-waiting/17#/form-waiting/"
    assert after(Receipt(200, b"<html>"), url=url).status == "delivered"
    assert after(Receipt(409, b"has finished already"), url=url).status == "pending"


def test_an_execution_that_has_finished_already_ends_it_and_one_that_runs_already_does_not() -> None:
    assert after(Receipt(409, b'{"message": "The execution \\"4\\" has finished already."}'), url=RESUME) == Decision(
        "failed"
    )
    assert after(Receipt(409, b'The execution "4" is running already.'), url=RESUME) == Decision("pending", 1.0, 0, 1)


@pytest.mark.parametrize("said", [b"has finished already.", b'\\" has finished with error."}'])
def test_an_execution_that_is_over_is_posted_to_no_more_and_one_that_runs_is(said: bytes) -> None:
    told = b'{"code": 409, "message": "The execution \\"4'
    assert after(Receipt(409, told + said), url=RESUME) == Decision("failed")
    assert after(Receipt(409, told + said)).status == "pending", "anybody else's 409 is tried again"
    assert after(Receipt(500, told + said), url=RESUME).status == "pending"
    assert after(Receipt(409, told + b'\\" is running already."}'), url=RESUME).status == "pending"


@pytest.mark.parametrize("answer", [Receipt(500), Receipt(404), REFUSED, SLOW, Receipt(429, retry_after_s=1)])
def test_what_is_posted_once_is_not_tried_again(answer: Receipt) -> None:
    assert after(answer, once=True, override=[1.0, 2.0]) == Decision("failed")
    assert after(Receipt(204), once=True).status == "delivered"
