"""What a lane has finished is committed beside its work: together, once each, and no failure is passed over."""

import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from service.processes.commits import Commits
from service.runs.finish import Outcome

WAIT_S = 30.0


def outcomes(number: int) -> list[Outcome]:
    return [cast(Outcome, name) for name in range(number)]


def test_what_ends_while_a_commit_is_flushed_is_committed_together_and_once() -> None:
    begun, flushed = threading.Event(), threading.Event()
    groups: list[list[Any]] = []

    def commit(group: Sequence[Outcome]) -> None:
        groups.append(list(group))
        begun.set()
        assert flushed.wait(WAIT_S)

    commits, made = Commits("quick", commit), outcomes(5)
    commits.add(made[0])
    assert begun.wait(WAIT_S)
    for one in made[1:]:
        commits.add(one)
    flushed.set()
    commits.flush()
    assert groups == [made[:1], made[1:]]
    commits.close()


def test_a_flush_tells_of_a_commit_that_failed_once_and_the_next_go_on() -> None:
    done: list[Any] = []

    def commit(group: Sequence[Outcome]) -> None:
        if not done:
            done.append("failed")
            raise OSError("broken")
        done.extend(group)

    commits, (first, second) = Commits("quick", commit), outcomes(2)
    commits.add(first)
    with pytest.raises(OSError, match="broken"):
        commits.flush()
    commits.add(second)
    commits.flush()
    assert done == ["failed", second]
    commits.flush()
    commits.close()
