"""`python -m service up`, as an operator sees it."""

import json
import os
import stat

import pytest
import requests

from tests.support.installation import Client, Installation

POSTGRES = bool(os.environ.get("TEST_DATABASE_URL"))
pytestmark = pytest.mark.xdist_group("installation")


def test_every_process_that_dies_is_started_again(installation: Installation) -> None:
    for kind in ("web", "worker", "callbacks", "sweeper", "redis"):
        killed = set(installation.kill(kind))
        assert killed, kind
        installation.until(lambda kind=kind, killed=killed: set(installation.pids(kind)) - killed, 10)
    installation.until(installation.ready)


def test_every_line_of_the_log_is_one_json_object(installation: Installation) -> None:
    # Each web process is one that others spawned, and notices a Redis that hangs.
    (redis,) = installation.until(lambda: installation.pids("redis"))
    installation.until(installation.ready)
    before = len(installation.log.read_text())
    installation.pause(redis)
    try:
        for _ in range(20):
            installation.answers("/v1/actions")
        installation.until(lambda: "counters kept in memory" in installation.log.read_text()[before:])
    finally:
        installation.resume(redis)
    installation.until(lambda: "redis is back, counters are added up" in installation.log.read_text()[before:])
    ours = ("Genhook is ready at", "Waiting for ", "Not ready yet: ")
    lines = [line for line in installation.log.read_text()[before:].splitlines() if not line.startswith(ours)]
    assert all({"event", "level", "timestamp"} <= json.loads(line).keys() for line in lines)


def test_a_command_s_standard_output_is_its_answer_alone(installation: Installation) -> None:
    installation.account("talkative")
    done = installation.run("accounts", "suspend", "talkative", "--json")
    assert json.loads(done.stdout) == {"name": "talkative", "suspended": True, "canceled_runs": 0}
    assert json.loads(done.stderr)["event"] == "account suspended"


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
    assert {path.name for path in paths} >= ({"storage"} if POSTGRES else {"genhook.db", "secret.key"})


def test_files_of_a_version_before_are_tightened_at_the_start(installation: Installation) -> None:
    made = [*installation.folder.glob("genhook.db"), *(installation.folder / "storage").rglob("*")]
    assert made
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


def test_a_first_start_makes_an_owner_whose_key_is_in_a_file(installation: Installation) -> None:
    if POSTGRES:
        assert not (installation.folder / "owner.json").exists()
        return
    path = installation.folder / "owner.json"
    owner = json.loads(path.read_text())
    assert (stat.S_IMODE(path.stat().st_mode), owner["account"], set(owner)) == (
        0o600,
        "owner",
        {"account", "api_key", "console"},
    )
    assert owner["api_key"] not in installation.log.read_text()
    assert owner["console"].partition("#code=")[2] not in installation.log.read_text()
    assert str(path) in installation.log.read_text()
    headers = {"Authorization": f"Bearer {owner['api_key']}"}
    run = {"input": {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about owners"}}
    action = f"{installation.url}/v1/actions/generor.generators.generate"
    assert requests.post(action, json=run, headers=headers, timeout=20).status_code == 202
    (row,) = installation.rows("SELECT plan, operator FROM accounts WHERE name = 'owner'")
    assert (row.plan, bool(row.operator)) == ("enterprise", True)


def test_the_link_opens_the_console_once_and_a_command_makes_another(installation: Installation) -> None:
    if os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("with an external database there is no owner")
    owner = json.loads((installation.folder / "owner.json").read_text())
    exchange = f"{installation.url}/console/exchange"
    for link in (owner["console"], installation.cli("console")["console"]):
        assert link.startswith(f"{installation.url}/console#code=")
        code = {"code": link.partition("#code=")[2]}
        assert requests.post(exchange, json=code, timeout=20).json() == {"api_key": owner["api_key"]}
        assert requests.post(exchange, json=code, timeout=20).status_code == 404
