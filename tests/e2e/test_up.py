"""`python -m service up`, as an operator sees it. Source: contract, section 2."""

import pytest

from tests.support.installation import Installation

pytestmark = pytest.mark.xdist_group("installation")


def test_every_process_that_dies_is_started_again(installation: Installation) -> None:
    for kind in ("web", "worker", "callbacks", "sweeper", "redis"):
        killed = set(installation.kill(kind))
        assert killed, kind
        installation.until(lambda kind=kind, killed=killed: set(installation.pids(kind)) - killed, 10)
    installation.until(installation.ready)


def test_every_worker_says_so_in_its_command_line(installation: Installation) -> None:
    installation.until(lambda: len(installation.pids("worker")) == 2)


def test_a_second_up_on_the_same_data_dir_is_refused_in_one_line(installation: Installation) -> None:
    done = installation.run("up", "--port", "1")
    assert done.returncode == 1
    assert "Another `up` is running" in done.stderr
    assert done.stderr.count("\n") == 1
    assert installation.ready()


def test_a_secret_key_that_does_not_fit_the_database_is_refused(installation: Installation) -> None:
    done = installation.run("accounts", "create", "stranger", environment={"GENHOOK_SECRET_KEY": "another"})
    assert done.returncode == 1
    assert "GENHOOK_SECRET_KEY" in done.stderr
