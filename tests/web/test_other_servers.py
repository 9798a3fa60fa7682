"""Requests that ask other servers wait in the places for waiting, of which each account has its share."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from service.config import ProviderSettings
from service.errors import Busy
from service.runs.wait import Waiter
from service.store.database import READERS
from tests.fakes.youtube import KEY
from tests.hosted.conftest import connect
from tests.support.house import Account, House

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about queues"}
SEARCH = {"query": "cats"}


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and says nothing, until it is closed."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server


@pytest.fixture
def searching(houses: Callable[..., House], silent: socket.socket) -> Account:
    """An account whose searches ask that server, and whose connections lead there."""
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    account = houses(youtube=ProviderSettings(KEY, url)).account()
    connect(account, "generor", "a key", url)
    return account


ASKING: dict[str, Callable[[Account], Any]] = {
    "a connection's test": lambda account: account.post("/v1/connections/generor/test"),
    "an estimate": lambda account: account.post(
        "/v1/actions/generor.generators.generate/estimate", {"input": JOKE, "connection": "generor"}
    ),
    "a submission": lambda account: account.submit("generor.generators.generate", JOKE, connection="generor"),
    "a search": lambda account: account.submit("flokan.youtube.search", SEARCH),
    "a search by REST": lambda account: account.post(
        "/api/v1/thumbnail-generator/youtube-search", SEARCH, api="flokan"
    ),
}


@pytest.mark.parametrize("asking", ASKING)
def test_who_asks_other_servers_takes_a_place_to_wait_in(asking: str, searching: Account) -> None:
    waiter = searching.house.app.extensions["genhook"].waiter
    with ExitStack() as flood:
        held(flood, waiter, searching)
        answer = ASKING[asking](searching)
    assert answer.status_code == 503, answer.get_json()
    assert "waiting here already" in answer.text
    assert int(answer.headers["Retry-After"]) > 0


def held(flood: ExitStack, waiter: Waiter, account: Account) -> None:
    """Take every place that the account may have."""
    with suppress(Busy):
        while True:
            flood.enter_context(waiter.place(account.id))


def test_searches_that_wait_for_the_network_hold_no_reader_of_the_database(
    searching: Account, silent: socket.socket
) -> None:
    house, began = searching.house, threading.Barrier(READERS + 1)

    def search(number: int) -> int:
        began.wait(10)
        return searching.submit("flokan.youtube.search", {"query": f"cats {number}"}).status_code

    with ThreadPoolExecutor(READERS) as pool:
        sent = [pool.submit(search, number) for number in range(READERS)]
        began.wait(10)
        time.sleep(1)
        before = time.monotonic()
        with house.context.database.read():
            took = time.monotonic() - before
        silent.close()
        assert [one.result(60) for one in sent] == [503] * READERS
    assert took < 0.5
