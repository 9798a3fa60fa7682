"""The harness: a real installation, a victim who asks every second, and a table of the slowest answers at the end.

An attack is one file here, `test_<kind>.py`, whose tests run it inside `with attack(…)`:

    def test_half_sent_bodies_keep_nobody_waiting(attack: Attack, installation: Installation) -> None:
        with attack("half-sent bodies") as seen:
            …what the attacker does, for ten seconds or so, on loopback alone…

When the block ends, the slowest answer that the victim got is held against its usual turn plus `within` seconds
(5; 20 where an engine process has to be killed). Run: `make test-hostile`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count

import pytest

from tests.hostile.victim import Seen, Victim
from tests.support.installation import Client, Installation

WITHIN_S = 5.0
Attack = Callable[..., AbstractContextManager[Seen]]
_numbers = count(1)
_slowest: list[tuple[str, float, float, int]] = []


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Genhook, up, with two workers, for every attack."""
    with Installation(tmp_path_factory.mktemp("hostile") / "data") as made:
        yield made


@pytest.fixture(scope="session")
def victim(installation: Installation) -> Victim:
    """Asks for nothing unusual."""
    return Victim(installation, installation.account("victim", plan="enterprise", credits=1_000_000))


@pytest.fixture
def attacker(installation: Installation) -> Client:
    """An account of its own for each attack, on the largest plan."""
    return installation.account(f"attacker-{next(_numbers)}", plan="enterprise", credits=1_000)


@pytest.fixture
def attack(victim: Victim) -> Attack:
    """Runs an attack: `with attack("its name"): …`."""

    @contextmanager
    def run(name: str, within: float = WITHIN_S) -> Iterator[Seen]:
        with victim.asking() as seen:
            yield seen
        _slowest.append((name, seen.slowest, victim.usual, seen.answers))
        assert not seen.faults, f"{name}: {seen.faults[:3]}"
        assert seen.slowest <= victim.usual + within, f"{name}: the slowest answer took {seen.slowest:.1f} s"

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the slowest answer during each attack."""
    if _slowest:
        terminalreporter.section("slowest answer to the victim, seconds")
        for name, slowest, usual, answers in _slowest:
            terminalreporter.line(f"{name:56}{slowest:7.2f}   of {answers} (usual turn {usual:.2f})")
