"""Texts of a provider that answers after a second, with two and with four workers against one: they wait, side by side.

A worker waits for 20 such calls at once, for 16 of them of one account. The provider is a fake within the benchmark.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle

import orjson

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.jokes import PATH
from benchmarks.load import request, send
from benchmarks.stage import Stage
from benchmarks.text import completed
from benchmarks.workers import compared
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY, Reply, Request

WHAT = "texts a second of a provider that answers in 1 s, of 1, 2 and 4 workers, against 1, and ms of computing for one"
ROUNDS = 3
ANSWER_S = 1.0
ACCOUNTS = 4
# What a worker does in four seconds at best.
RUNS_A_WORKER = 80
SLOWEST_S = 120.0
GPT = {"input": {"slug": "joke", "model_id": 12, "prompt": "Tell me a joke about patience"}}
_numbers = count()


class SlowOpenAI(FakeOpenAI):
    """An OpenAI that thinks before each answer."""

    def answer(self, request: Request) -> Reply:
        time.sleep(ANSWER_S)
        return super().answer(request)


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Measure each number in turn."""
    provider = SlowOpenAI()
    try:
        with compared(fresh, _texts, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=provider.base_url) as figures:
            yield figures
    finally:
        provider.close()


def _texts(made: Stage) -> tuple[int, float]:
    """Return how many were done, and how many a second, from the first submit to the last end."""
    number, body = RUNS_A_WORKER * len(made.ids["worker"]), orjson.dumps(GPT)
    keys = [made.keys(number // ACCOUNTS, "generor") for _ in range(ACCOUNTS)]
    turns = cycle([key for together in zip(*keys, strict=True) for key in together])
    submits = [
        request(PATH, body, Authorization=f"Bearer {next(turns)}", Idempotency_Key=f"call-{next(_numbers)}")
        for _ in range(number)
    ]
    before, began = completed(made), time.perf_counter()
    sent, _ = send(made.port, submits, connections=16, most_s=SLOWEST_S)
    while completed(made) - before < sent:
        assert time.perf_counter() - began < SLOWEST_S, "not completed"
        time.sleep(0.05)
    return sent, sent / (time.perf_counter() - began)
