"""Temporary files: in the data dir, one folder a process, and none left of a process that was killed."""

import subprocess
import sys
from pathlib import Path

from service.store.scratch import Scratch

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, sys
from pathlib import Path
from service.store.scratch import Scratch

left = Scratch(Path(sys.argv[1]))
(left.folder / "work").mkdir()
(left.folder / "work" / "half.png").write_text("x")
print(left.folder, flush=True)
os.kill(os.getpid(), 9)
"""


def test_the_files_of_a_killed_process_are_removed_at_the_next_start(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    left = Path(done.stdout.strip())
    assert (left / "work" / "half.png").exists()
    Scratch(tmp_path).close()
    assert not left.exists()


def test_the_files_of_a_living_process_are_left_alone(tmp_path: Path) -> None:
    living = Scratch(tmp_path)
    (living.folder / "mine").write_text("x")
    Scratch(tmp_path).close()
    assert (living.folder / "mine").exists()
    living.close()


def test_a_piece_of_work_leaves_nothing_behind(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with scratch.new() as folder:
        assert Path(folder).is_relative_to(tmp_path)
        Path(folder, "x").write_text("x")
    assert not Path(folder).exists()
    scratch.close()
    assert not scratch.folder.exists()


def test_a_folder_that_was_left_empty_is_lent_again_and_to_one_piece_of_work_at_a_time(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with scratch.new() as first, scratch.new() as second:
        assert first != second
        Path(second, "x").write_text("x")
    with scratch.new() as again, scratch.new() as fresh:
        assert again == first
        assert fresh != second
        assert not any(Path(fresh).iterdir())
    scratch.close()
