"""Names that nobody answers for cost their own account, and nobody else."""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from service.net.guard import Guard
from service.net.resolver import Resolver, Unresolvable

PUBLIC = "93.184.215.14"


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> "Callable[[], list[str]]":
    """A resolver that never answers for names below silent.example, and at once for every other; what was asked."""
    asked: list[str] = []
    over = threading.Event()

    def look(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        if host.endswith("silent.example"):
            over.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if host.endswith("nowhere.example"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    yield lambda: asked  # type: ignore[misc]
    over.set()


def test_a_look_up_has_a_deadline(silent: object) -> None:
    began = time.monotonic()
    with pytest.raises(Unresolvable, match="within"):
        Resolver().addresses("a.silent.example", "one", 0.1)
    assert time.monotonic() - began < 5


def test_one_accounts_silent_names_leave_another_its_places(silent: Callable[[], list[str]]) -> None:
    resolver = Resolver(threads=4, share=2, waiting=100)
    for number in range(50):
        resolver.ask(f"{number}.silent.example", "flooding")
    assert resolver.addresses("quick.example", "other", 5) == [PUBLIC]
    assert sum(name.endswith("silent.example") for name in silent()) == 2


def test_an_account_that_floods_is_answered_at_once_that_its_names_were_not_looked_up(silent: object) -> None:
    resolver = Resolver(threads=2, share=1, waiting=3)
    for number in range(4):
        resolver.ask(f"{number}.silent.example", "flooding")
    House = Guard(resolver=resolver)  # noqa: N806
    began = time.monotonic()
    for number in range(100):
        House.check_url(f"https://more{number}.silent.example/", account="flooding")
    assert time.monotonic() - began < 3, "none of them waited"


def test_many_who_ask_for_one_name_ask_once(silent: Callable[[], list[str]]) -> None:
    resolver = Resolver(threads=8, share=8, waiting=100)
    for account in range(20):
        resolver.ask("same.silent.example", str(account))
    time.sleep(0.2)
    assert silent().count("same.silent.example") == 1


def test_a_failure_is_kept_for_a_moment_and_a_success_is_not(
    silent: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = Resolver()
    for _ in range(3):
        with pytest.raises(Unresolvable):
            resolver.addresses("nowhere.example", "", 5)
        assert resolver.addresses("quick.example", "", 5) == [PUBLIC]
    assert silent().count("nowhere.example") == 1
    assert silent().count("quick.example") == 3


def test_who_asks_for_a_name_that_has_been_silent_does_not_wait(
    silent: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.net.resolver.SILENT_S", 0.1)
    resolver = Resolver()
    resolver.ask("a.silent.example", "one")
    time.sleep(0.3)
    began = time.monotonic()
    with pytest.raises(Unresolvable, match="not being answered"):
        resolver.addresses("a.silent.example", "two", 10)
    assert time.monotonic() - began < 5


def test_a_question_that_was_given_up_while_it_waited_is_never_asked(silent: Callable[[], list[str]]) -> None:
    resolver = Resolver(threads=1, share=1, waiting=10)
    resolver.ask("a.silent.example", "one")
    with pytest.raises(Unresolvable):
        resolver.addresses("given-up.example", "one", 0.05)
    assert "given-up.example" not in silent()
