"""Each requirements file has a lock: every version as it is pinned, with hashes, and no address of any registry."""

import re

import pytest

from service.config.bundle import ROOT

PINNED = re.compile(r"^([a-z0-9][\w.-]*)(?:\[[^]]*\])?==(\S+)", re.IGNORECASE | re.MULTILINE)
NAMES = sorted(path.name for path in ROOT.glob("requirements*.txt") if PINNED.search(path.read_text()))


def pinned(text: str) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name).lower(): version.strip(";\\ ") for name, version in PINNED.findall(text)}


@pytest.mark.parametrize("name", NAMES)
def test_a_requirements_file_is_locked_with_hashes(name: str) -> None:
    lock = (ROOT / "locks" / name).read_text()
    wanted, locked = pinned((ROOT / name).read_text()), pinned(lock)
    assert {package: locked.get(package) for package in wanted} == wanted, "run `make lock`, and commit locks/"
    entries = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)
    assert all("--hash=sha256:" in entry for entry in entries if PINNED.match(entry))
    assert "://" not in lock
