"""One attempt: to an address that was checked for it, followed nowhere, bounded, and no host faster than its rate."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import uvloop

from service.delivery import connections, hosts
from service.delivery import sender as sending
from service.delivery.schedule import Receipt
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

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(whole())


def post(url: str, guard: Guard = LOOPBACK) -> Receipt:
    answer = with_sender(lambda sender: sender.post(url, {"webhook-id": "evt_1"}, BODY), guard)
    assert isinstance(answer, Receipt)
    return answer


def test_the_bytes_arrive_as_they_are_signed(receivers: Callable[..., Receiver]) -> None:
    receiver = receivers(Reply(202, b"thanks"))
    assert post(receiver.url) == Receipt(202, b"thanks")
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

    async def twice(sender: Sender) -> list[Receipt]:
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

    async def attempt(sender: Sender) -> Receipt:
        server = await asyncio.start_server(endless, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        told = await sender.post(f"http://127.0.0.1:{port}/", {}, BODY)
        server.close()
        return told

    told = with_sender(attempt)
    assert (told.status, told.body, told.timed_out) == (200, b"begun", False)


def test_four_kilobytes_of_the_answer_are_read(receivers: Callable[..., Receiver]) -> None:
    assert post(receivers(Reply(500, b"x" * 100_000)).url).body == b"x" * 4096


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 9000 + b"\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(150)) + b"Content-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 204 No Content\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense",
        b"HTTP/1.1 200\r\nNo colon here\r\nContent-Length: many\r\n\r\nok",
        b"HTTP/1.0 202 Accepted\n\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbroken off",
        b"HTTP/1.1 200 OK\r\nX-Head: broken off",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 201 Cr\xe9\xe9\r\nX-\xff: \xfe\r\n folded\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n\x00\x00",
    ],
    ids=range(15),
)
def test_the_status_line_decides_whatever_follows_it(answer: bytes) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(BODY)
        writer.write(answer)
        writer.close()

    async def attempt(sender: Sender) -> Receipt:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        told = await sender.post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {}, BODY)
        server.close()
        return told

    told = with_sender(attempt)
    assert told.error is None
    assert told.status is not None
    assert 200 <= told.status < 300


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b""])
def test_what_is_no_http_is_a_failed_attempt(answer: bytes) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(BODY)
        writer.write(answer)
        writer.close()

    async def attempt(sender: Sender) -> Receipt:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        told = await sender.post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {}, BODY)
        server.close()
        return told

    told = with_sender(attempt)
    assert (told.status, told.refused, told.timed_out) == (None, False, False)
    assert told.error


def test_a_connection_is_used_again_and_one_that_was_closed_meanwhile_costs_no_attempt() -> None:
    opened: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        for _ in range(2):
            await reader.readuntil(BODY)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await asyncio.sleep(0.2)
        writer.close()

    async def attempts(sender: Sender) -> list[int | None]:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        told = [(await sender.post(url, {}, BODY)).status for _ in range(2)]
        told.append((await sender.post(url, {}, BODY)).status)
        server.close()
        return told

    assert with_sender(attempts) == [200, 200, 200]
    assert len(opened) == 2


def test_what_went_wrong_tells_no_address(names: Names) -> None:
    names.tell("inside.example", ["127.0.0.1"])
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    told = post(f"http://inside.example:{port}/")
    assert told.refused
    assert "127.0.0" not in str(told.error)


def timed(work: Callable[[Sender], Awaitable[Any]], rate: float) -> float:
    async def whole(sender: Sender) -> float:
        began = time.monotonic()
        await work(sender)
        return time.monotonic() - began

    return float(with_sender(whole, rate=rate))


@pytest.mark.parametrize(("rate", "least"), [(20.0, 0.14), (0.0, 0.0)])
def test_a_host_gets_no_more_than_its_rate_whatever_the_port_and_the_spelling(rate: float, least: float) -> None:
    async def turns(sender: Sender) -> None:
        for url in (
            "https://one.example/a",
            "https://ONE.example/b",
            "http://one.example:8080/",
            "https://one.example./",
        ):
            async with sender.connection(url):
                pass

    assert timed(turns, rate) >= least


def test_an_address_gets_no_more_than_the_rate_however_many_names_it_has() -> None:
    async def turns(sender: Sender) -> None:
        for number in range(4):
            async with sender.connection(f"https://{number}.example/"):
                await sender.turn(["203.0.113.1", f"203.0.113.{number + 2}"], str(number))

    assert timed(turns, 20.0) >= 0.14


def test_an_account_gets_no_more_than_ten_times_the_rate() -> None:
    async def turns(sender: Sender) -> None:
        for number in range(41):
            await sender.turn([f"203.0.113.{number}"], "one")

    assert timed(turns, 20.0) >= 0.19


def test_a_flood_of_one_account_leaves_the_others_their_turns_at_a_shared_receiver() -> None:
    order: list[str] = []

    async def one(sender: Sender, account: str) -> None:
        async with sender.connection("https://shared.example/", account):
            await sender.turn(["203.0.113.1"], account)
            order.append(account)

    async def all_at_once(sender: Sender) -> None:
        await asyncio.gather(*(one(sender, "flooding") for _ in range(60)), one(sender, "other"))

    with_sender(all_at_once, rate=200.0)
    assert order.index("other") < 40, "it was taken in rotation, not behind the whole queue"


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

    async def one(sender: Sender) -> Receipt:
        async with sender.connection(receiver.url):
            return await sender.post(receiver.url, {}, BODY)

    async def together(sender: Sender) -> list[Receipt]:
        return await asyncio.gather(*(one(sender) for _ in range(4)))

    assert [told.status for told in with_sender(together)] == [204] * 4


def test_a_host_is_forgotten_once_nobody_posts_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def visit(known: hosts.Hosts) -> int:
        for number in range(50):
            async with known.connection(f"https://{number}.example/"):
                assert len(known) >= 1
        return len(known)

    assert asyncio.run(visit(hosts.Hosts(0))) == 0


def test_a_host_with_a_rate_is_forgotten_no_sooner_than_its_next_turn_has_come() -> None:
    async def visits() -> tuple[int, int]:
        known = hosts.Hosts(5)
        for _ in range(2):
            async with known.connection("https://one.example/"):
                pass
        at_once = len(known)
        for _ in range(100):
            if len(known):
                await asyncio.sleep(0.1)
        return at_once, len(known)

    assert asyncio.run(visits()) == (1, 0)


@pytest.mark.parametrize(("answer_s", "most"), [(0.0, 4), (0.3, 32)])
def test_a_host_that_answers_at_once_is_posted_to_over_few_connections_and_a_slow_one_over_all(
    answer_s: float, most: int
) -> None:
    opened: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        while True:
            try:
                await reader.readuntil(BODY)
            except asyncio.IncompleteReadError:
                return
            await asyncio.sleep(answer_s)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def together(sender: Sender) -> list[int | None]:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

        async def one() -> int | None:
            async with sender.connection(url):
                return (await sender.post(url, {}, BODY)).status

        told = await asyncio.gather(*(one() for _ in range(64)))
        server.close()
        return told

    assert with_sender(together) == [204] * 64
    # A busy machine may be slow to answer at once.
    assert len(opened) <= 8 if most == 4 else len(opened) == most


def test_a_deliverer_that_is_busy_itself_takes_no_host_for_slow() -> None:
    hold: dict[int, int] = dict.fromkeys(range(10), 0)
    most: dict[int, int] = dict(hold)

    async def one(known: hosts.Hosts, number: int) -> None:
        async with known.connection(f"https://{number}.example/"):
            hold[number] += 1
            most[number] = max(most[number], hold[number])
            # What a post costs this process: to send it, to read the answer, which is there at once, and what follows.
            # All hosts together keep it busy for 40 ms each time.
            for _ in range(3):
                await asyncio.sleep(0)
                time.sleep(0.001)
            hold[number] -= 1

    async def all_at_once() -> None:
        known = hosts.Hosts(0)
        await asyncio.gather(*(one(known, number) for _ in range(24) for number in hold))

    asyncio.run(all_at_once())
    assert sum(most.values()) <= 60, most


def test_what_a_receiver_says_unasked_is_no_answer_to_the_next_post() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(BODY)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await asyncio.sleep(0.05)
        writer.write(b"HTTP/1.1 500 Never asked\r\nContent-Length: 0\r\n\r\n")

    async def attempts(sender: Sender) -> list[int | None]:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        first = (await sender.post(url, {}, BODY)).status
        await asyncio.sleep(0.2)
        told = [first, (await sender.post(url, {}, BODY)).status]
        server.close()
        return told

    assert with_sender(attempts) == [204, 204]


def test_connections_that_rest_are_bounded_in_number_and_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "KEPT", 3)
    known = connections.Connections()
    closed: list[str] = []

    class Resting(connections.PinnedConnection):
        def close(self) -> None:
            closed.append(self.key[0])

    async def rest() -> None:
        for name in "abcde":
            known.keep(Resting((name,)))
        monkeypatch.setattr(connections, "IDLE_S", 0.05)
        await asyncio.sleep(0.1)
        known.keep(Resting(("f",)))

    asyncio.run(rest())
    assert closed == ["a", "b", "c", "d", "e"]
