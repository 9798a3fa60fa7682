"""Connections at the edge: HTTP/1.1 as clients rely on it, and an end for who stalls."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from service.web.edge.connection import HEAD_BYTES, URL_BYTES
from tests.web.edge.conftest import Served, echo, everything

Serve = Callable[..., Served]
HEAD = b"POST /x HTTP/1.1\r\nHost: genhook.test\r\n"
CLOSE = b"Connection: close\r\n"


def test_a_whole_request_is_answered_and_the_connection_kept(serve: Serve) -> None:
    with serve().connect(b"GET /a%20b?q=1 HTTP/1.1\r\nHost: x\r\n\r\n") as made:
        assert made.recv(4096).endswith(b"GET /a b?q=1 ")
        made.sendall(HEAD + CLOSE + b"Content-Length: 2\r\n\r\nhi")
        assert everything(made).endswith(b"POST /x? hi")


def test_pipelined_requests_are_answered_in_their_order(serve: Serve) -> None:
    asked = [b"GET /%d HTTP/1.1\r\nHost: x\r\n" % number for number in (1, 2, 3)]
    answer = serve().ask(b"\r\n".join(asked) + CLOSE + b"\r\n")
    found = [answer.index(b"GET /%d?" % number) for number in (1, 2, 3)]
    assert found == sorted(found)


def test_a_chunked_body_arrives_whole(serve: Serve) -> None:
    body = b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"
    assert serve().ask(HEAD + CLOSE + body).endswith(b"POST /x? abcde")


def test_a_caller_who_asks_whether_to_send_is_told_to(serve: Serve) -> None:
    with serve().connect(HEAD + CLOSE + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n") as made:
        assert made.recv(4096).startswith(b"HTTP/1.1 100 ")
        made.sendall(b"hi")
        assert everything(made).endswith(b" hi")


def test_a_caller_who_asks_whether_to_send_too_much_is_told_not_to(serve: Serve) -> None:
    asked = HEAD + b"Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n"
    assert serve().ask(asked).startswith(b"HTTP/1.1 413 ")


def test_a_head_request_gets_the_length_and_no_body(serve: Serve) -> None:
    answer = serve().ask(b"HEAD /x HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    assert (b"content-length: 9\r\n" in answer.lower(), answer.endswith(b"\r\n\r\n")) == (True, True)


def test_a_body_over_the_limit_is_refused_and_its_sender_hears_why(serve: Serve) -> None:
    with serve().connect(HEAD + b"Content-Length: 8000000\r\n\r\n") as made:
        made.sendall(b"x" * 8_000_000)
        assert everything(made).startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_over_the_limit_is_refused(serve: Serve) -> None:
    chunk = b"40000\r\n" + b"x" * 0x40000 + b"\r\n"
    with serve(limit=1 << 20).connect(HEAD + b"Transfer-Encoding: chunked\r\n\r\n") as made:
        for _ in range(6):
            made.sendall(chunk)
        assert made.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"x" * URL_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET /x HTTP/1.1\r\nX: " + b"y" * HEAD_BYTES + b"\r\n\r\n", b"431"),
        (b"GET /x HTTP/1.1\r\n" + b"X: y\r\n" * 10_000, b"431"),
        (b"what is this\r\n\r\n", b"400"),
        (b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"400"),
    ],
)
def test_what_cannot_be_a_request_is_refused(serve: Serve, sent: bytes, status: bytes) -> None:
    assert serve().ask(sent).split(b" ")[1] == status


def test_headers_that_do_not_come_end_with_408(serve: Serve) -> None:
    assert serve().ask(b"GET /x HTTP/1.1\r\nHost: ").startswith(b"HTTP/1.1 408 ")


def test_a_body_that_stops_ends_with_408_and_takes_no_thread_meanwhile(serve: Serve) -> None:
    served = serve(threads=1)
    with served.connect(HEAD + b"Content-Length: 10\r\n\r\nhalf") as stalled:
        assert served.ask(b"GET /y HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n").endswith(b"GET /y? ")
        assert everything(stalled).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_drips_ends_with_408(serve: Serve) -> None:
    with serve().connect(HEAD + b"Content-Length: 60000\r\n\r\n") as made:
        made.settimeout(0.3)
        deadline, received = time.monotonic() + 15, b""
        while not received and time.monotonic() < deadline:
            made.sendall(b"x" * 100)
            try:
                received = made.recv(4096)
            except TimeoutError:
                continue
        assert received.startswith(b"HTTP/1.1 408 ")


def test_a_reader_that_takes_nothing_is_left(serve: Serve) -> None:
    def much(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [("Content-Length", "50000000")])
        return [bytes(50_000_000)]

    with serve(much).connect(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n") as made:
        time.sleep(6)
        received = 0
        with contextlib.suppress(ConnectionError):
            while piece := made.recv(1 << 20):
                received += len(piece)
        assert received < 50_000_000


def test_a_stream_that_has_nothing_to_say_for_long_is_kept(serve: Serve) -> None:
    def seldom(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        start("200 OK", [("Content-Type", "text/event-stream")])

        def pieces() -> Any:
            yield b"first"
            time.sleep(4)
            yield b"last"

        return pieces()

    answer = serve(seldom).ask(b"GET /x HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    assert b"first" in answer
    assert b"last" in answer


def test_a_stream_whose_reader_left_is_closed(serve: Serve) -> None:
    closed: list[bool] = []

    def endless(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        start("200 OK", [("Content-Type", "text/event-stream")])

        def pieces() -> Any:
            try:
                while True:
                    time.sleep(0.05)
                    yield b": working\n\n"
            finally:
                closed.append(True)

        return pieces()

    with serve(endless).connect(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n") as made:
        made.recv(10)
    deadline = time.monotonic() + 10
    while not closed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert closed == [True]


def test_a_full_house_closes_an_idle_connection_of_who_has_most(serve: Serve) -> None:
    served = serve(most=10)
    idle = [served.connect() for _ in range(10)]
    made = socket.socket()
    made.settimeout(20)
    made.bind(("127.0.7.7", 0))
    made.connect(("127.0.0.1", served.port))
    made.sendall(b"GET /y HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    assert everything(made).endswith(b"GET /y? ")
    for each in [made, *idle]:
        each.close()


def test_connections_beyond_the_threads_wait_their_turn_and_are_all_answered(serve: Serve) -> None:
    def slow(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        time.sleep(0.01)
        return echo(environ, start)

    served = serve(slow, threads=2)
    made = [served.connect(b"GET /%d HTTP/1.1\r\nHost: x\r\n" % n + CLOSE + b"\r\n") for n in range(60)]
    assert [everything(one).rpartition(b"\r\n\r\n")[2] for one in made] == [b"GET /%d? " % n for n in range(60)]
    for one in made:
        one.close()


def test_a_connection_beyond_the_limit_is_ended_at_once_where_all_are_at_work(serve: Serve) -> None:
    may = threading.Event()

    def waits(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        assert may.wait(20)
        return echo(environ, start)

    served = serve(waits, most=4)
    asked = b"GET /x HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n"
    working = [served.connect(asked) for _ in range(4)]
    time.sleep(0.3)
    with contextlib.suppress(ConnectionError), served.connect(asked) as beyond:
        assert everything(beyond) == b""
    may.set()
    assert all(everything(one).endswith(b"GET /x? ") for one in working)
    for one in working:
        one.close()
