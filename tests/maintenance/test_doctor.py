"""`doctor` on installations that are sound, and on ones that aren't: what is wrong, and what mends it."""

import errno
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from service.config import ProviderSettings, Settings
from service.maintenance import doctor
from service.maintenance.doctor import Check, examine
from service.store.database import Database
from service.store.migrate import MADE_BY, migrate, recount_lists
from service.store.objects import ObjectStore
from service.store.tables import list_counts, meta
from tests.support.house import House

KEY = "a-secret-of-32-characters-or-more"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A default installation that was never started, on a port where nothing listens."""
    (tmp_path / "var").mkdir(mode=0o700)
    return Settings(data_dir=tmp_path / "var", secret_keys=(KEY,), port=9)


def wrong(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks if not check.ok}


def test_a_default_installation_is_sound_before_its_first_start(settings: Settings) -> None:
    checks = examine(settings)
    assert wrong(checks) == {}
    assert {check.name: check.detail for check in checks}["service"] == "not running"
    assert not (settings.data_dir / "genhook.db").exists()


def test_an_installation_in_use_is_sound(idle_house: House) -> None:
    idle_house.settings.data_dir.chmod(0o700)
    found = {check.name: check for check in examine(idle_house.settings)}
    assert wrong(list(found.values())) == {}
    assert "written, read and deleted" in found["storage"].detail
    assert not any((idle_house.settings.data_dir / "storage").rglob("doctor/*"))


def _other_secret(settings: Settings) -> Settings:
    migrate(settings.database)
    examine(settings)
    return replace(settings, secret_keys=("another-secret-of-32-characters!!",))


def _old_secret(settings: Settings) -> Settings:
    return replace(settings, secret_keys=(KEY, "short"))


def _at_revision(settings: Settings, revision: str) -> Settings:
    from service.store.database import Database

    migrate(settings.database)
    database = Database(settings.database)
    database.write(lambda db: db.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'"))
    database.close()
    return settings


def _old_database(settings: Settings) -> Settings:
    return _at_revision(settings, "0001")


def _newer_database(settings: Settings) -> Settings:
    return _at_revision(settings, "9999")


def _open_folder(settings: Settings) -> Settings:
    settings.data_dir.chmod(0o755)
    return settings


FAULTS: dict[str, tuple[str, Callable[[Settings], Settings]]] = {
    "a secret that does not fit": ("secret", _other_secret),
    "an old secret that is short": ("secret", _old_secret),
    "a database that is not migrated": ("database", _old_database),
    "a database of a newer version": ("database", _newer_database),
    "a data dir that others read": ("data dir", _open_folder),
    "a Redis that is away": ("redis", lambda settings: replace(settings, redis_url="redis://127.0.0.1:9/0")),
    "a provider's key that is refused": (
        "provider openai",
        lambda settings: replace(settings, providers={"openai": ProviderSettings("k", "http://127.0.0.1:9/v1")}),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_named_with_its_mend(settings: Settings, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A storage on this machine that answers nobody.
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    name, make = FAULTS[fault]
    found = wrong(examine(make(settings)))
    assert set(found) == {name}
    assert all(check.mend and check.detail for check in found.values())


def test_a_database_of_a_newer_version_wants_that_version_and_no_migration(settings: Settings) -> None:
    found = wrong(examine(_newer_database(settings)))["database"]
    assert "9999, of a newer version than this" in found.detail
    assert found.mend is not None
    assert "Install the newer version" in found.mend
    assert "migrate" not in found.mend


def test_a_storage_that_takes_no_file_is_wrong(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_given: Any) -> Any:
        raise OSError("Permission denied")

    monkeypatch.setattr(ObjectStore, "put", refused)
    (settings.data_dir / "storage").mkdir()
    assert set(wrong(examine(settings))) == {"storage"}
    assert not list(settings.data_dir.glob(".doctor*"))


def test_a_full_storage_wants_space_and_not_other_rights(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ObjectStore, "put", full)
    (settings.data_dir / "storage").mkdir()
    mend = wrong(examine(settings))["storage"].mend
    assert mend is not None
    assert "Free some space" in mend
    assert "STORAGE_URL" not in mend


def test_an_embedded_redis_that_hangs_is_wrong(settings: Settings) -> None:
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(str(settings.socket_path))
        hanging.listen()
        assert "hangs" in wrong(examine(settings))["redis"].detail
    # Nobody listens any more: what is left of a service that was killed.
    assert wrong(examine(settings)) == {}


def test_a_full_disk_is_wrong(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "writable", lambda folder: False)
    assert set(wrong(examine(settings))) == {"disk"}


def test_a_service_that_is_named_must_run(settings: Settings) -> None:
    found = wrong(examine(settings, "http://127.0.0.1:9"))
    assert set(found) == {"service"}
    assert "does not answer" in found["service"].detail


def test_a_check_that_fails_does_not_end_the_others(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> Any:
        raise RuntimeError("unforeseen")

    names = [check.name for check in examine(settings)]
    monkeypatch.setattr(os, "statvfs", broken)
    monkeypatch.setattr(doctor, "_redis", broken)
    checks = examine(settings)
    assert {"disk", "redis"} == set(wrong(checks))
    assert [check.name for check in checks] == names


def test_an_older_database_keeps_runs_for_ever_and_doctor_says_so(idle_house: House) -> None:
    idle_house.settings.data_dir.chmod(0o700)
    renamed = update(meta).where(meta.c.name == MADE_BY).values(name="x")
    idle_house.context.database.write(lambda db: db.execute(renamed))
    (retention,) = [check for check in examine(idle_house.settings) if check.name == "retention"]
    assert (retention.ok, "for ever" in retention.detail) == (True, True)


def test_a_count_that_is_wrong_is_found_and_mended(settings: Settings) -> None:
    migrate(settings.database)
    database = Database(settings.database)
    row = {"list": "ledger.account", "key": "nobody", "block": 0, "shard": 0, "number": 1}
    database.write(lambda db: db.execute(insert(list_counts).values(**row)))

    found = wrong(examine(settings, audit=True))["counts"]
    assert "ledger.account" in found.detail
    assert "--recount" in (found.mend or "")

    recount_lists(settings.database)
    assert "counts" not in wrong(examine(settings, audit=True))
    database.close()
