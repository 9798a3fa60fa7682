"""Chats answered a second by `/openai/v1/chat/completions`, each a durable run, against a bare Flask route.

The service answers from its embedded engine and LiteLLM's proxy, the peer, from a mock model: no provider is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle

import orjson

from benchmarks import peers
from benchmarks.accept import served
from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from benchmarks.load import rate, request
from benchmarks.stage import Stage, stage

WHAT = "chats answered a second, each a durable run, against a bare Flask JSON route (LiteLLM's proxy, a mock model)"
ROUNDS = 3
CHATS = 300
CONNECTIONS = 16
PATH = "/openai/v1/chat/completions"


@contextmanager
def bench(fresh: Fresh) -> Iterator[list[Figure]]:
    """Compare the rates of answers."""
    with (
        stage(fresh(), "web", "worker") as made,
        served("benchmarks.bare_flask:app") as port,
        peers.proxy() as proxy,
    ):
        _service(made)
        bare = [request("/", _chat("any"))] * CHATS
        beside = None
        if proxy is not None:
            asked = [request(PATH.removeprefix("/openai"), _chat("clerk"), Authorization=f"Bearer {proxy.key}")] * CHATS
            beside = partial(rate, proxy.port, asked, CONNECTIONS)
        limit = partial(rate, port, bare, CONNECTIONS)
        yield [Figure("chats a second", lambda: _service(made), limit, peers={"litellm": beside})]


def _service(made: Stage) -> float:
    keys = cycle(made.keys(CHATS, api="generor"))
    chat = _chat("gpt-5-4")
    asked = [request(PATH, chat, Authorization=f"Bearer {next(keys)}") for _ in range(CHATS)]
    return rate(made.port, asked, CONNECTIONS)


def _chat(model: str) -> bytes:
    return orjson.dumps({"model": model, "messages": [{"role": "user", "content": "Tell me a joke about limits"}]})
