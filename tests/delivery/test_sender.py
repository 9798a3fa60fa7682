"""One attempt: to an address that was checked for it, followed nowhere, bounded, and no host faster than its rate."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from service.delivery import hosts
from service.delivery import sender as sending
from service.delivery.schedule import Answer
from service.delivery.sender import Sender
from service.net.guard import Guard
from tests.fakes.receiver import Receiver, Reply
from tests.net.resolver import Names

LOOPBACK = Guard(["127.0.0.1"])
BODY = b'{"type": "run.completed"}'


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receiver]]:
    made: list[Receiver] = []

    def make(*replies: Reply | int) -> Receiver:
        made.append(Receiver(*replies))
        return made[-1]

    yield make
    for one in made:
        one.close()


def with_sender(work: Callable[[Sender], Awaitable[Any]], guard: Guard = LOOPBACK, rate: float = 0.0) -> Any:
    async def whole() -> Any:
        sender = Sender(guard, rate)
        try:
            return await work(sender)
        finally:
            await sender.close()

    return asyncio.run(whole())


def post(url: str, guard: Guard = LOOPBACK) -> Answer:
    answer = with_sender(lambda sender: sender.post(url, {"webhook-id": "evt_1"}, BODY), guard)
    assert isinstance(answer, Answer)
    return answer


def test_the_bytes_arrive_as_they_are_signed(receivers: Callable[..., Receiver]) -> None:
    receiver = receivers(Reply(202, b"thanks"))
    assert post(receiver.url) == Answer(202, b"thanks")
    (got,) = receiver.posts
    assert (got.body, got.headers["webhook-id"], got.headers["content-type"]) == (BODY, "evt_1", "application/json")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(receivers: Callable[..., Receiver], status: int) -> None:
    other = receivers()
    receiver = receivers(Reply(status, headers=(("Location", other.url),)))
    assert post(receiver.url).status == status
    assert other.posts == []


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.2:{port}/", "http://127.2:{port}/", "http://[::ffff:127.0.0.2]:{port}/", "http://localhost:1/"],
)
def test_an_address_that_is_refused_is_not_posted_to(receivers: Callable[..., Receiver], url: str) -> None:
    told = post(url.format(port=receivers().port), Guard())
    assert told.status is None
    assert "not a public address" in str(told.error)
    assert not told.refused, "it is no receiver that is not there yet"


def test_a_name_that_turned_private_since_the_last_attempt_is_refused(
    receivers: Callable[..., Receiver], names: Names
) -> None:
    receiver = receivers()
    names.tell("hooks.example", ["127.0.0.1"], ["127.0.0.2"])
    url = f"http://hooks.example:{receiver.port}/hook"

    async def twice(sender: Sender) -> list[Answer]:
        return [await sender.post(url, {}, BODY), await sender.post(url, {}, BODY)]

    first, second = with_sender(twice)
    assert (first.status, second.status) == (204, None)
    assert "not a public address" in second.error
    assert len(receiver.posts) == 1


def test_the_name_is_looked_up_once_an_attempt_and_the_post_goes_there(
    receivers: Callable[..., Receiver], names: Names
) -> None:
    receiver = receivers()
    names.tell("hooks.example", ["127.0.0.1"], ["127.0.0.2"])
    assert post(f"http://HOOKS.example:{receiver.port}/hook").status == 204
    assert names.asked == ["hooks.example"]


def test_an_international_name_is_posted_to(receivers: Callable[..., Receiver], names: Names) -> None:
    names.tell("xn--bcher-kva.example", ["127.0.0.1"])
    assert post(f"http://bücher.example:{receivers().port}/hook").status == 204


def test_a_name_without_an_address_is_a_failed_attempt(names: Names) -> None:
    names.tell("nowhere.example", [])
    told = post("https://nowhere.example/hook")
    assert (told.status, told.refused, told.timed_out) == (None, False, False)
    assert "resolved" in str(told.error)


def test_a_refused_connection_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    told = post(f"http://127.0.0.1:{port}/")
    assert (told.status, told.refused) == (None, True)


@pytest.mark.parametrize("reply", [Reply(hold_s=5), Reply(drip_s=0.05)], ids=["silent", "dripping headers"])
def test_no_answer_in_time_is_a_time_out(
    receivers: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr(sending, "DEADLINE_S", 0.3)
    told = post(receivers(reply).url)
    assert (told.status, told.timed_out) == (None, True)


def test_a_resolver_that_hangs_is_a_time_out(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "DEADLINE_S", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    assert post("http://slow.example/hook").timed_out


@pytest.mark.parametrize("body_s", [0.2, 60.0], ids=["body's own time", "deadline"])
def test_a_status_counts_though_its_body_never_ends(monkeypatch: pytest.MonkeyPatch, body_s: float) -> None:
    monkeypatch.setattr(sending, "BODY_S", body_s)
    monkeypatch.setattr(sending, "DEADLINE_S", 1.0)

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun")
        await writer.drain()

    async def attempt(sender: Sender) -> Answer:
        server = await asyncio.start_server(endless, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        told = await sender.post(f"http://127.0.0.1:{port}/", {}, BODY)
        server.close()
        return told

    told = with_sender(attempt)
    assert (told.status, told.body, told.timed_out) == (200, b"begun", False)


def test_four_kilobytes_of_the_answer_are_read(receivers: Callable[..., Receiver]) -> None:
    assert post(receivers(Reply(500, b"x" * 100_000)).url).body == b"x" * 4096


def test_a_host_gets_no_more_than_its_rate_and_others_do_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def asleep(seconds: float) -> None:
        waits.append(round(seconds, 1))

    monkeypatch.setattr(asyncio, "sleep", asleep)

    async def turns(sender: Sender) -> None:
        for url in (
            "https://one.example/a",
            "https://ONE.example/b",
            "http://one.example:8080/",
            "https://one.example./",
        ):
            async with sender.place(url):
                pass
        async with sender.place("https://other.example/a"):
            pass

    with_sender(turns, rate=2)
    assert waits == [0.5, 1.0, 1.5]
    waits.clear()
    with_sender(turns, rate=0)
    assert waits == []


def test_an_answer_is_asked_for_as_it_is_since_a_packed_page_is_not_known_as_one(
    receivers: Callable[..., Receiver],
) -> None:
    receiver = receivers()
    post(receiver.url)
    assert receiver.posts[0].headers["accept-encoding"] == "identity"


def test_waiting_for_one_of_a_hosts_connections_spends_none_of_the_attempts_time(
    receivers: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "CONNECTIONS_PER_HOST", 1)
    monkeypatch.setattr(sending, "DEADLINE_S", 2.0)
    receiver = receivers(*[Reply(hold_s=0.75)] * 4)

    async def one(sender: Sender) -> Answer:
        async with sender.place(receiver.url):
            return await sender.post(receiver.url, {}, BODY)

    async def together(sender: Sender) -> list[Answer]:
        return await asyncio.gather(*(one(sender) for _ in range(4)))

    assert [told.status for told in with_sender(together)] == [204] * 4


def test_a_host_is_forgotten_once_nobody_posts_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def visit(known: hosts.Hosts) -> int:
        for number in range(50):
            async with known.place(f"https://{number}.example/"):
                assert len(known) >= 1
        return len(known)

    assert asyncio.run(visit(hosts.Hosts(0))) == 0


def test_a_host_with_a_rate_is_forgotten_no_sooner_than_its_next_turn_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def visits() -> int:
        known, nap = hosts.Hosts(5), asyncio.sleep

        async def asleep(seconds: float) -> None:
            waits.append(round(seconds, 1))

        monkeypatch.setattr(asyncio, "sleep", asleep)
        for _ in range(2):
            async with known.place("https://one.example/"):
                pass
        assert len(known) == 1
        for _ in range(100):
            if len(known):
                await nap(0.1)
        return len(known)

    assert asyncio.run(visits()) == 0
    assert waits == [0.2]
