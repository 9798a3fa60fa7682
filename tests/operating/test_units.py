"""systemd takes the units, and the template starts the process that each instance names."""

import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from service.config.bundle import ROOT
from tests.test_deploy import command_of

UNITS = ROOT / "deploy/systemd"
INSTALLED = "/opt/genhook/bin/genhook"


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, for a `genhook` that says what it is told."""
    program = tmp_path / "genhook"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace(INSTALLED, str(program)))
    return tmp_path


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="apt-get install systemd")
def test_systemd_takes_the_units(units: Path) -> None:
    instance = units / "genhook@worker-1.service"
    shutil.copy(units / "genhook@.service", instance)
    command = ["systemd-analyze", "verify", "--man=no", str(instance), str(units / "genhook-migrate.service")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("instance", "role"),
    [
        ("web", "web"),
        ("worker-1", "worker"),
        ("worker-22", "worker"),
        ("callbacks", "callbacks run"),
        ("callbacks-2", "callbacks run"),
        ("sweeper", "sweeper"),
    ],
)
def test_an_instance_is_its_process(units: Path, instance: str, role: str) -> None:
    unit = (units / "genhook@.service").read_text()
    (line,) = (line for line in unit.splitlines() if line.startswith("ExecStart="))
    # As systemd reads it: its specifiers, then what it escapes.
    words = shlex.split(line.removeprefix("ExecStart=").replace("%i", instance).replace("%%", "%").replace("$$", "$"))
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout.strip() == role
    assert not isinstance(command_of(role.split()), click.Group)
