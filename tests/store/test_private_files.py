"""What an installation keeps is readable by its owner only, also what was made before it was so."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store import private_files


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_what_a_process_makes_is_its_owners(tmp_path: Path) -> None:
    private_files.keep_private()
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    assert (mode(tmp_path / "folder"), mode(tmp_path / "file")) == (0o700, 0o600)


def test_a_data_dir_of_before_is_tightened(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    (data_dir / "storage/objects").mkdir(parents=True)
    (data_dir / "genhook.db").write_text("x")
    (data_dir / "storage/objects/0").write_text("x")
    private_files.tighten(data_dir)
    assert [mode(data_dir), mode(data_dir / "genhook.db"), mode(data_dir / "storage")] == [0o700, 0o600, 0o700]
    private_files.tighten_all(data_dir)
    assert [mode(data_dir / "storage/objects"), mode(data_dir / "storage/objects/0")] == [0o700, 0o600]


def test_a_link_out_of_the_data_dir_changes_nothing_there(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data/link").symlink_to(outside)
    private_files.tighten_all(tmp_path / "data")
    assert mode(outside) == 0o755


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    private_files.tighten(tmp_path / "nowhere")
    private_files.tighten_all(tmp_path / "nowhere")
