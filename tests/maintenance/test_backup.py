"""Backups that can't be made are refused in words, and leave nothing half written."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from service.config import Settings
from service.maintenance import backup as backups
from service.maintenance.backup import BackupRefused, backup, restore
from service.store.migrate import migrate

KEY = "a-secret-of-32-characters-or-more"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "var").mkdir(mode=0o700)
    made = Settings(data_dir=tmp_path / "var", secret_keys=(KEY,))
    migrate(made.database)
    return made


def test_a_backup_without_room_says_so_and_leaves_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any, **_named: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backups, "_write", full)
    folder = settings.data_dir.parent / "backups"
    folder.mkdir()
    with pytest.raises(BackupRefused, match=rf"can't be written to {folder}: No space left on device\. .*another disk"):
        backup(settings, folder / "b.tar")
    assert list(folder.iterdir()) == []


def test_what_is_no_archive_is_refused_in_one_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_text("no archive")
    with pytest.raises(BackupRefused) as refused:
        restore(tmp_path / "var", tmp_path / "b.tar")
    assert str(refused.value).endswith("b.tar can't be read as a backup: it is no tar archive, or was cut off.")
