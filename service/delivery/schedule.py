"""Decides when a delivery is tried again, and when it is over: one pure function."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SCHEDULE = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
SOONER = (1.0, 2.0, 5.0, 10.0, 20.0)
SOONER_FOR_S = 60.0
LEAST_WHEN_SLOW_S = 30.0
LONGEST_RETRY_AFTER_S = 3600.0
JITTER = 0.1
RESUME_PATHS = ("/webhook-waiting/", "/form-waiting/")
PAGE = re.compile(rb"\s*(<!doctype html|<html)", re.I)
# n8n says either of an execution that no post will resume.
FINISHED = re.compile(rb"has finished (already|with error)")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one attempt: a status with the answer's first bytes, or an `error` (timeout, refused, other)."""

    status: int | None = None
    body: bytes = b""
    retry_after_s: float | None = None
    error: str | None = None
    refused: bool = False
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The next state of a delivery: delivered, failed, or pending for `delay_s`; `gone` where no more is wanted."""

    status: str
    delay_s: float = 0.0
    tries: int = 0
    early: int = 0
    gone: bool = False


def resumes_n8n(url: str) -> bool:
    """Return whether this URL resumes an n8n execution, once: by its path. Any text may be asked about."""
    path = re.split("[?#]", url, maxsplit=1)[0]
    return any(mark in path for mark in RESUME_PATHS)


def decide(
    url: str,
    answer: Receipt,
    *,
    tries: int,
    early: int,
    age_s: float,
    once: bool = False,
    override: Sequence[float] | None = None,
    spread: Callable[[float, float], float] = random.uniform,
) -> Decision:
    """The decision after an attempt at `url`, with `tries` places of the schedule and `early` sooner retries used.

    `age_s` is since the delivery was made; `once` is an event that is not tried again; `override` is
    CALLBACK_RETRY_SCHEDULE.
    """
    taken = answer.status is not None and 200 <= answer.status < 300
    # Of a page, it matters whether n8n sent it.
    if taken and not (PAGE.match(answer.body) and resumes_n8n(url)):
        return Decision("delivered", tries=tries, early=early)
    if answer.status == 410:
        return Decision("failed", tries=tries, early=early, gone=True)
    if answer.status == 409 and FINISHED.search(answer.body) and resumes_n8n(url):
        return Decision("failed", tries=tries, early=early)
    if once:
        return Decision("failed", tries=tries, early=early)
    waiting = answer.status in (404, 409) or answer.refused
    if waiting and override is None and age_s < SOONER_FOR_S and early < len(SOONER):
        return Decision("pending", _at_least(SOONER[early], answer, spread), tries, early + 1)
    schedule = SCHEDULE if override is None else override
    if tries >= len(schedule):
        return Decision("failed", tries=tries, early=early)
    return Decision("pending", _at_least(schedule[tries], answer, spread), tries + 1, early)


def _at_least(delay: float, answer: Receipt, spread: Callable[[float, float], float]) -> float:
    """The delay with jitter, but as long as the receiver asks for or a slow one needs."""
    delay = spread(delay, delay * (1 + JITTER))
    if answer.retry_after_s is not None:
        delay = max(delay, min(answer.retry_after_s, LONGEST_RETRY_AFTER_S))
    if answer.timed_out or answer.status == 429:
        delay = max(delay, LEAST_WHEN_SLOW_S)
    return delay
