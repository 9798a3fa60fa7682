"""Settings come from the environment, each with a default that works, and a wrong one is named at the start."""

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.engine import make_url

from service import config
from service.config import PROVIDERS, load, secret, short_secret_keys

KEY = "a-secret-of-32-characters-or-more"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which `./var` would come to lie."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_set_is_a_service_that_works(folder: Path) -> None:
    settings = load({})
    assert (settings.host, settings.port, settings.url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.database == f"sqlite:///{folder / 'var/genhook.db'}"
    assert settings.storage == f"file://{folder / 'var/storage'}"
    assert settings.redis == f"unix://{folder / 'var/redis.sock'}"
    assert (settings.callback_allow, settings.callback_retry_schedule, settings.callback_rate_per_host) == (
        (),
        None,
        20,
    )
    assert all(settings.providers[name].key is None for name in PROVIDERS)


def test_what_is_set_is_used() -> None:
    settings = load(
        {
            "PORT": " 9000 ",
            "HOST": "0.0.0.0",
            "REDIS_URL": "redis://cache:6379/1",
            "STORAGE_URL": "s3://bucket/prefix",
            "PUBLIC_URL": "https://genhook.example/",
            "GENHOOK_SECRET_KEY": f"{KEY}, old,",
            "CALLBACK_ALLOW": "10.0.0.0/8, hooks.internal,",
            "CALLBACK_RETRY_SCHEDULE": "1, 2.5,3",
            "CALLBACK_RATE_PER_HOST": "0",
            "FAL_API_KEY": "k",
            "FAL_BASE_URL": "http://fal.internal",
            "KIE_WEBHOOK_KEY": "w",
        }
    )
    assert (settings.port, settings.host, settings.url) == (9000, "0.0.0.0", "https://genhook.example")
    assert (settings.redis, settings.storage) == ("redis://cache:6379/1", "s3://bucket/prefix")
    assert settings.secret_keys == (KEY, "old")
    assert settings.callback_allow == ("10.0.0.0/8", "hooks.internal")
    assert settings.callback_retry_schedule == (1.0, 2.5, 3.0)
    assert settings.callback_rate_per_host == 0
    assert (settings.providers["fal"].key, settings.providers["fal"].base_url) == ("k", "http://fal.internal")
    assert settings.providers["kie"].webhook_key == "w"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgres_url_as_hosts_hand_it_out_gets_the_driver(scheme: str) -> None:
    settings = load({"DATABASE_URL": f"{scheme}://u:p@db:5432/genhook?sslmode=require", "GENHOOK_SECRET_KEY": KEY})
    assert settings.database == "postgresql+psycopg://u:p@db:5432/genhook?sslmode=require"


def test_a_variable_that_is_empty_is_not_set() -> None:
    assert load({"PORT": "", "DATABASE_URL": " ", "FAL_API_KEY": ""}) == load({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "80.5"),
        ("PORT", "nan"),
        ("WEB_THREADS", "inf"),
        ("WEB_PROCESSES", "0"),
        ("CALLBACK_RATE_PER_HOST", "fast"),
        ("CALLBACK_RATE_PER_HOST", "nan"),
        ("CALLBACK_RATE_PER_HOST", "-1"),
        ("CALLBACK_RETRY_SCHEDULE", "1,soon"),
        ("CALLBACK_RETRY_SCHEDULE", "1,nan"),
        ("CALLBACK_RETRY_SCHEDULE", "1,inf"),
        ("CALLBACK_RETRY_SCHEDULE", "1,-2"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        load({name: value})


def test_a_deep_data_dir_still_has_a_socket_that_fits(folder: Path) -> None:
    deep = folder / ("d" * 100)
    assert len(str(load({"GENHOOK_DATA_DIR": str(deep)}).socket_path)) < 100
    assert load({"GENHOOK_DATA_DIR": str(deep)}).redis != load({"GENHOOK_DATA_DIR": f"{deep}e"}).redis


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%b", "a%20b", "a b", "ä写", "a'\"b"])
def test_a_data_dir_may_have_any_name(folder: Path, name: str) -> None:
    settings = load({"GENHOOK_DATA_DIR": str(folder / name)})
    assert make_url(settings.database).database == str(folder / name / "genhook.db")
    socket = Redis.from_url(settings.redis).connection_pool.connection_kwargs["path"]
    assert socket == str(folder / name / "redis.sock")
    assert settings.storage == f"file://{folder / name / 'storage'}"


# The secret that a first start makes


@pytest.mark.parametrize("keys", ["short", f"short,{KEY}", KEY[:31], f" {KEY[:31]} ,{KEY}"])
def test_a_first_secret_that_is_short_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="GENHOOK_SECRET_KEY must have 32 characters") as refused:
        load({"GENHOOK_SECRET_KEY": keys})
    assert KEY[:31] not in str(refused.value)


def test_a_later_secret_may_be_short_and_is_counted() -> None:
    assert short_secret_keys(load({"GENHOOK_SECRET_KEY": f"{KEY},short,{KEY}"})) == 1


@pytest.mark.parametrize("url", ["postgres://db/genhook", "postgresql+psycopg://u:p@127.0.0.1:1/genhook"])
def test_a_shared_database_without_a_secret_is_refused(folder: Path, url: str) -> None:
    with pytest.raises(ValueError, match="GENHOOK_SECRET_KEY must be set where DATABASE_URL is not SQLite"):
        load({"DATABASE_URL": url})
    assert not (folder / "var").exists()
    assert load({"DATABASE_URL": "sqlite:////tmp/x.db"}).secret_keys


def test_a_first_start_makes_a_secret_that_stays_and_is_its_owners_alone(folder: Path) -> None:
    (first,) = load({}).secret_keys
    assert len(first) >= 32
    assert load({}).secret_keys == (first,)
    assert stat.S_IMODE((folder / "var/secret.key").stat().st_mode) == 0o600
    assert [path.name for path in (folder / "var").iterdir()] == ["secret.key"]


def test_processes_that_start_together_have_one_secret(folder: Path) -> None:
    code = "from service.config import load; print(load({}).secret_keys[0])"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(config.ROOT)!r}); {code}"]
    crowd = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder) for _ in range(6)]
    told = {process.communicate(timeout=30)[0] for process in crowd}
    assert len(told) == 1
    assert len(told.pop().strip()) >= 32


def test_nobody_ever_sees_a_secret_that_is_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []
    made = secret.secrets.token_urlsafe

    def meanwhile(length: int) -> str:
        # Another process starts between this one's first look and what it writes.
        if threading.current_thread() is threading.main_thread():
            other = threading.Thread(target=lambda: seen.append(load({}).secret_keys))
            other.start()
            other.join(10)
        return made(length)

    monkeypatch.setattr(secret.secrets, "token_urlsafe", meanwhile)
    seen.append(load({}).secret_keys)
    assert seen[0] == seen[1] == load({}).secret_keys
    assert len(seen[0][0]) >= 32


def test_an_empty_secret_file_stops_the_start_instead_of_being_a_secret(folder: Path) -> None:
    (folder / "var").mkdir()
    (folder / "var/secret.key").write_text("\n")
    with pytest.raises(ValueError, match=r"secret\.key is empty"):
        load({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("CALLBACK_ALLOW", "10.0.0.0/99"),
        ("CALLBACK_ALLOW", "http://example.com/"),
        ("DATABASE_URL", "mysql://127.0.0.1/genhook"),
        ("REDIS_URL", "localhost:6379"),
        ("STORAGE_URL", "ftp://example.com"),
        ("STORAGE_URL", "s3://"),
        ("PUBLIC_URL", "genhook.example.com"),
        ("YOUTUBE_BASE_URL", "ftp://example.com"),
        ("OPENAI_BASE_URL", "example.com"),
    ],
)
def test_what_no_start_could_use_is_named_before_it(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} "):
        load({name: value})
