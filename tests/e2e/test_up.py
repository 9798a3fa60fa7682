"""`python -m service up`, as an operator sees it."""

import stat

import pytest

from tests.support.installation import Client, Installation

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
    done = installation.run(
        "accounts", "create", "stranger", environment={"GENHOOK_SECRET_KEY": "another-secret-of-32-characters-!"}
    )
    assert done.returncode == 1
    assert "GENHOOK_SECRET_KEY does not fit" in done.stderr


def test_nothing_in_the_data_dir_is_readable_by_others(installation: Installation, client: Client) -> None:
    picture = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
    client.ended(client.submit("generor.generators.generate", picture)["id"])
    paths = set(installation.folder.rglob("*"))
    open_paths = [path for path in paths if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_socket()]
    assert open_paths == []
    assert {path.name for path in paths} >= {"genhook.db", "secret.key"}


def test_files_of_a_version_before_are_tightened_at_the_start(installation: Installation) -> None:
    made = [installation.folder / "genhook.db", *(installation.folder / "storage").rglob("*")]
    for path in made:
        path.chmod(0o755 if path.is_dir() else 0o644)
    installation.folder.chmod(0o755)
    installation.kill("sweeper")
    installation.until(lambda: all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in made if path.exists()))
    assert stat.S_IMODE(installation.folder.stat().st_mode) == 0o700


def test_a_short_secret_key_ends_every_process_before_it_reaches_the_database(installation: Installation) -> None:
    for words in (["up"], ["web"], ["worker"], ["callbacks", "run"], ["sweeper"], ["migrate"]):
        done = installation.run(*words, environment={"GENHOOK_SECRET_KEY": "short", "DATABASE_URL": "postgres://u@h/d"})
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), words
        assert "32 characters" in done.stderr
