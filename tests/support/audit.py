"""Audit of `locks/` without a network, from advisories in a folder or archive: `make audit`.

The advisories are files in the OSV format, YAML or JSON, in whatever folders: a checkout of
github.com/pypa/advisory-database, or OSV's archive of PyPI (`all.zip`), packed or not. Exit codes: 0 where no locked
version is named by one, 1 where some are, 2 where there are no advisories to read.
"""

import argparse
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".json", ".yaml", ".yml")
GET = """No advisories at {path}. Get them once, with a network, and audit offline from then on:
  git clone --depth 1 https://github.com/pypa/advisory-database {path}
or OSV's archive, which holds GitHub's advisories too:
  curl --create-dirs -o {path}/all.zip https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip
Elsewhere: make audit ADVISORIES=folder-or-zip"""
# Events in the order in which the OSV specification has them at one version.
EVENTS = ("introduced", "fixed", "last_affected", "limit")

Locked = Mapping[str, Mapping[str, set[str]]]


class NoAdvisories(Exception):
    """There is nothing to audit by, or a file of it is no advisory."""


@dataclass(frozen=True)
class Finding:
    """A locked version that an advisory names, and the versions that mend it."""

    name: str
    version: str
    advisories: tuple[str, ...]
    fixed: tuple[str, ...]
    locks: tuple[str, ...]

    def __str__(self) -> str:
        mend = f"fixed in {', '.join(self.fixed)}" if self.fixed else "no fixed version is known"
        return f"{self.name} {self.version}  {', '.join(self.advisories)}  {mend}  ({', '.join(self.locks)})"


def read_locks(folder: Path) -> Locked:
    """Return the files that pin each version, by name and version."""
    locked: dict[str, dict[str, set[str]]] = {}
    for lock in sorted(folder.glob("*.txt")):
        for line in lock.read_text().splitlines():
            if not line.strip() or line[0] in " \t#-":
                continue
            pin = Requirement(line.rstrip("\\ "))
            (version,) = (one.version for one in pin.specifier if one.operator == "==")
            locked.setdefault(canonicalize_name(pin.name), {}).setdefault(version, set()).add(lock.name)
    return locked


def texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """The name and text of every file of a folder or an archive that may be an advisory, archives in folders too."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist() if name.endswith(SUFFIXES))
    elif path.is_dir():
        for file in sorted(path.rglob("*")):
            if ".git" in file.relative_to(path).parts or not file.is_file():
                continue
            if file.suffix == ".zip":
                yield from texts(file)
            elif file.suffix in SUFFIXES:
                yield str(file), file.read_bytes()


def read_advisories(path: Path) -> list[dict[str, Any]]:
    """Read every advisory; other JSON and YAML that lies beside them is passed over."""
    read = []
    for name, text in texts(path):
        # Base: versions such as 1.10 stay text.
        try:
            one = json.loads(text) if name.endswith(".json") else yaml.load(text, yaml.CBaseLoader)
        except (ValueError, yaml.YAMLError) as error:
            raise NoAdvisories(f"{name} can't be read: {error}") from error
        if isinstance(one, dict) and "id" in one and "affected" in one:
            read.append(one)
    if not read:
        raise NoAdvisories(GET.format(path=path))
    return read


def in_range(version: Version, events: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether a version lies in a range, as the OSV specification walks its events."""
    inside, told = False, [(kind, at) for event in events for kind, at in event.items() if kind in EVENTS]
    for kind, at in sorted(told, key=lambda one: (_at(one[1]), EVENTS.index(one[0]))):
        if kind == "introduced":
            inside = inside or version >= _at(at)
        elif kind == "last_affected":
            inside = inside and version <= _at(at)
        else:
            inside = inside and version < _at(at)
    return inside


def _at(text: str) -> Version:
    """An event's version: `0` comes before every other, early pre-releases too."""
    return Version("0.dev0") if text == "0" else Version(text)


def affects(affected: Mapping[str, Any], version: str) -> bool:
    """Tell whether a version is listed or lies in a range. A range that can't be read counts, to be looked at."""
    if any(_same(version, listed) for listed in affected.get("versions") or ()):
        return True
    ranges = [one["events"] for one in affected.get("ranges") or () if one.get("type") != "GIT"]
    try:
        return any(in_range(Version(version), events) for events in ranges)
    except InvalidVersion:
        return True


def _same(version: str, listed: str) -> bool:
    try:
        return Version(version) == Version(listed)
    except InvalidVersion:
        return version == listed


def fixes(affected: Mapping[str, Any], version: str) -> set[str]:
    """Return the later versions that an advisory calls fixed."""
    events = [event for one in affected.get("ranges") or () if one.get("type") != "GIT" for event in one["events"]]
    told = {event["fixed"] for event in events if "fixed" in event}
    try:
        return {fixed for fixed in told if Version(fixed) > Version(version)}
    except InvalidVersion:
        return told


def audit(locked: Locked, advisories: Iterable[Mapping[str, Any]], ignored: Iterable[str] = ()) -> list[Finding]:
    """Find the locked versions that advisories name, one for each vulnerability, whatever ids it goes by."""
    hits: dict[tuple[str, str], list[tuple[set[str], set[str]]]] = {}
    for advisory in advisories:
        ids = {advisory["id"], *(advisory.get("aliases") or ())}
        if advisory.get("withdrawn") or ids.intersection(ignored):
            continue
        for affected in advisory["affected"]:
            package = affected.get("package") or {}
            name = canonicalize_name(package.get("name", ""))
            if package.get("ecosystem", "").partition(":")[0] != "PyPI":
                continue
            for version in filter(lambda one: affects(affected, one), locked.get(name, ())):
                _merge(hits.setdefault((name, version), []), ids, fixes(affected, version))
    return [
        Finding(name, version, tuple(sorted(ids, key=_rank)), tuple(sorted(fixed)), locks_of(locked, name, version))
        for (name, version), found in sorted(hits.items())
        for ids, fixed in found
    ]


def locks_of(locked: Locked, name: str, version: str) -> tuple[str, ...]:
    """Return the files that pin a version."""
    return tuple(sorted(locked[name][version]))


def _merge(found: list[tuple[set[str], set[str]]], ids: set[str], fixed: set[str]) -> None:
    """Add a hit to those that share an id with it."""
    same = [one for one in found if one[0] & ids]
    for one in same:
        found.remove(one)
    found.append((ids.union(*(one[0] for one in same)), fixed.union(*(one[1] for one in same))))


def _rank(name: str) -> tuple[bool, bool, str]:
    """PyPA's id first, then GitHub's."""
    return not name.startswith("PYSEC-"), not name.startswith("GHSA-"), name


def main(arguments: list[str] | None = None) -> int:
    """Print the findings; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("advisories", type=Path, help="a folder or archive of OSV files")
    parser.add_argument("--locks", type=Path, default=ROOT / "locks")
    parser.add_argument("--ignore", action="append", default=[], metavar="ID", help="an advisory that was judged")
    given = parser.parse_args(arguments)
    locked = read_locks(given.locks)
    try:
        advisories = read_advisories(given.advisories)
    except NoAdvisories as error:
        print(error, file=sys.stderr)
        return 2
    found = audit(locked, advisories, given.ignore)
    print(*found, sep="\n", end="\n" if found else "")
    newest = max((str(one.get("modified", ""))[:10] for one in advisories), default="")
    versions = sum(map(len, locked.values()))
    print(f"{versions} locked versions, {len(advisories)} advisories, the newest of {newest}: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
