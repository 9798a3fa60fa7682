"""The audit of the locks: `make audit`, with advisories as OSV and PyPA publish them."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import audit
from tests.test_locks import NAMES, ROOT, pinned

LOCK = """flask==2.3.1 \\
    --hash=sha256:00
psycopg[binary]==3.3.9 ; implementation_name != 'pypy' \\
    --hash=sha256:00
zope-interface==5.0rc1 \\
    --hash=sha256:00
"""


def advisory(name: str = "flask", ecosystem: str = "PyPI", **members: Any) -> dict[str, Any]:
    """One in OSV's format: what it affects, and the rest of its members."""
    events = members.pop("events", None)
    ranges = [{"type": "GIT", "repo": "https://example.org/x", "events": [{"introduced": "0"}, {"fixed": "f" * 40}]}]
    ranges += [{"type": "ECOSYSTEM", "events": events}] if events else []
    affected = {"package": {"name": name, "ecosystem": ecosystem}, "ranges": ranges}
    affected["versions"] = members.pop("versions", [])
    return {"id": "PYSEC-2023-62", "modified": "2023-06-05T01:12:52.229549Z", "affected": [affected], **members}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Audit a lock by advisories: `run(*advisories)` returns the exit code and what was printed."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "requirements.txt").write_text(LOCK)
    (tmp_path / "advisories" / "vulns").mkdir(parents=True)

    def audited(*advisories: dict[str, Any], more: tuple[str, ...] = ()) -> tuple[int, str]:
        for number, one in enumerate(advisories):
            (tmp_path / "advisories" / "vulns" / f"{number}.yaml").write_text(yaml.safe_dump(one))
        code = audit.main([str(tmp_path / "advisories"), "--locks", str(tmp_path / "locks"), *more])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return audited


TWO_LINES = [{"introduced": "0"}, {"fixed": "2.2.5"}, {"introduced": "2.3.0"}, {"fixed": "2.3.2"}]


def test_a_finding_names_version_advisory_and_fixed_version(run: Any) -> None:
    code, printed = run(advisory(events=TWO_LINES, aliases=["CVE-2023-30861", "GHSA-m2qf-hxjv-5gpq"]))
    assert code == 1
    line = "flask 2.3.1  PYSEC-2023-62, GHSA-m2qf-hxjv-5gpq, CVE-2023-30861  fixed in 2.3.2  (requirements.txt)"
    assert line in printed.splitlines()
    assert "the newest of 2023-06-05: 1 findings" in printed


@pytest.mark.parametrize(
    "events",
    [
        [{"introduced": "2.3.1"}],
        [{"introduced": "0"}, {"last_affected": "2.3.1"}],
        [{"fixed": "2.10"}, {"introduced": "2.2.6"}],
        [{"introduced": "0"}, {"fixed": "not-a-version"}],
    ],
)
def test_a_version_in_a_range_is_found(run: Any, events: list[dict[str, str]]) -> None:
    assert run(advisory(events=events))[0] == 1


@pytest.mark.parametrize(
    "events",
    [
        [{"introduced": "0"}, {"fixed": "2.2.5"}],
        [{"introduced": "0"}, {"fixed": "2.3.1"}],
        [{"introduced": "2.3.2"}],
        [{"introduced": "0"}, {"last_affected": "2.3.0"}],
        [{"introduced": "2.4"}, {"fixed": "2.4.1"}, {"introduced": "0"}, {"fixed": "2.3"}],
    ],
)
def test_a_version_outside_every_range_is_not(run: Any, events: list[dict[str, str]]) -> None:
    assert run(advisory(events=events))[0] == 0


def test_a_version_is_found_where_it_is_listed_however_it_is_written(run: Any) -> None:
    assert run(advisory("Zope.Interface", versions=["5.0.rc1"]))[0] == 1
    assert run(advisory("zope_interface", versions=["5.0"]))[0] == 0


def test_a_pre_release_is_after_the_very_first_version(run: Any) -> None:
    assert run(advisory("zope.interface", events=[{"introduced": "0"}, {"fixed": "5.0"}]))[0] == 1


def test_what_was_withdrawn_or_judged_or_is_of_another_registry_is_no_finding(run: Any) -> None:
    everything = [{"introduced": "0"}]
    assert run(advisory(events=everything, withdrawn="2024-01-01T00:00:00Z"))[0] == 0
    assert run(advisory(events=everything, ecosystem="npm"))[0] == 0
    assert run(advisory(events=everything, aliases=["CVE-1"]), more=("--ignore", "CVE-1"))[0] == 0


def test_one_vulnerability_of_two_databases_is_told_once(run: Any) -> None:
    theirs = advisory(id="GHSA-m2qf", aliases=["CVE-1"], events=TWO_LINES)
    code, printed = run(advisory(aliases=["CVE-1"], events=[{"introduced": "0"}]), theirs)
    assert code == 1
    assert "PYSEC-2023-62, GHSA-m2qf, CVE-1  fixed in 2.3.2" in printed
    assert "1 findings" in printed


def test_osvs_archive_is_read_as_it_comes(tmp_path: Path, run: Any) -> None:
    with zipfile.ZipFile(tmp_path / "advisories" / "all.zip", "w") as archive:
        archive.writestr("PYSEC-2023-62.json", json.dumps(advisory(events=TWO_LINES)))
    assert run()[0] == 1


def test_no_advisories_are_never_taken_for_no_findings(tmp_path: Path, run: Any) -> None:
    code, printed = run()
    assert code == 2
    assert "Get them once" in printed
    (tmp_path / "advisories" / "broken.json").write_text("{")
    code, printed = run(advisory(events=TWO_LINES))
    assert code == 2
    assert "broken.json can't be read" in printed


def test_every_pinned_version_of_the_real_locks_is_audited() -> None:
    locked = audit.read_locks(ROOT / "locks")
    for name in NAMES:
        for package, version in pinned((ROOT / "locks" / name).read_text()).items():
            assert name in locked[package][version], package
