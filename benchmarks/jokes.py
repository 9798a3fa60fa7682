"""Submissions of one short text, each under a key of its own, which every benchmark of the whole way sends."""

from collections.abc import Sequence
from itertools import count, cycle

import orjson

from benchmarks.load import request
from benchmarks.stage import Stage

PATH = "/v1/actions/generor.generators.generate"
JOKE = {"input": {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about limits"}}
_numbers = count()


def submissions(made: Stage, number: int, urls: Sequence[str] = ()) -> list[bytes]:
    """Make so many requests, with callbacks to `urls` in turn where there are any."""
    bodies = [orjson.dumps(JOKE if not urls else {**JOKE, "callback_url": url}) for url in urls or [""]]
    chosen = zip(cycle(made.keys(number)), cycle(bodies), range(number), strict=False)
    return [
        request(PATH, body, Authorization=f"Bearer {key}", Idempotency_Key=f"bench-{next(_numbers)}")
        for key, body, _ in chosen
    ]
