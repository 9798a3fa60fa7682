"""The books: what must be true once the faults are over, whatever they were."""

import time
from collections import Counter
from pathlib import Path

from service.store import list_audit
from tests.chaos.load import PAID, Load
from tests.fakes.provider import FakeProvider
from tests.fakes.receiver import Receiver
from tests.support.installation import Client, Installation

# Longer than a clock is off: what a process with a clock ahead put off is due once the others get there.
ENDED_S = 300.0
DELIVERED_S = 240.0
BACK_S = 30.0
KINDS = ("web", "worker", "callbacks", "sweeper", "redis")
# What a run may come to where its provider was disturbed; nothing else may end one.
EXCUSED = {"provider_error", "outcome_unknown", "refused_by_provider", "lost", "timed_out"}


def check(
    installation: Installation, client: Client, load: Load, receiver: Receiver, providers: tuple[FakeProvider, ...]
) -> dict[str, int]:
    """Check everything, and return how many runs ended how. Raises AssertionError."""
    processes_are_back(installation)
    ended = every_accepted_run_ends(installation, load)
    nothing_is_charged_twice(installation, load)
    client.check_books()
    every_list_is_as_long_as_its_count(installation)
    every_receiver_is_told(installation, load, receiver)
    nothing_is_sent_twice(load, providers)
    return ended


def processes_are_back(installation: Installation) -> None:
    """Every process that died was brought back, and the service is ready."""
    installation.until(installation.ready, BACK_S)
    for kind in KINDS:
        installation.until(lambda kind=kind: installation.pids(kind), BACK_S)  # type: ignore[misc]


def every_accepted_run_ends(installation: Installation, load: Load) -> dict[str, int]:
    """No 202 is lost, and what failed failed for a reason that chaos has."""
    waiting = "SELECT id, slot, lane, status FROM runs WHERE slot <> 'ended'"
    until = time.monotonic() + ENDED_S
    while (left := installation.rows(waiting)) and time.monotonic() < until:
        time.sleep(1)
    assert not left, f"these have not ended: {left}"
    rows = installation.rows("SELECT runs.id, status, error FROM runs JOIN run_bodies ON run_bodies.run_id = runs.id")
    found = {row.id: row for row in rows}
    lost = [run_id for run_id in load.accepted if run_id not in found]
    assert not lost, f"accepted, and not there: {lost}"
    faults = [row for row in rows if row.status == "failed" and not any(f'"{code}"' in row.error for code in EXCUSED)]
    assert not faults, f"failed by our own fault: {faults}"
    return dict(Counter(row.status for row in rows))


def nothing_is_charged_twice(installation: Installation, load: Load) -> None:
    """A completed run has the one charge that it tells; what failed has none."""
    spent: dict[str, list[int]] = {}
    query = "SELECT run_id, -(paid + free + earned) AS spent FROM ledger WHERE type = 'spend'"
    for row in installation.rows(query):
        spent.setdefault(row.run_id, []).append(row.spent)
    for row in installation.rows("SELECT id, status, credits_charged FROM runs WHERE kind = 'generate'"):
        charged = [row.credits_charged] if row.credits_charged else []
        assert spent.get(row.id, []) == charged, f"{row.id} ({row.status}) tells {charged}: {spent.get(row.id)}"
        assert row.status == "completed" or not charged, f"{row.id} is {row.status} and charged"


def every_list_is_as_long_as_its_count(installation: Installation) -> None:
    """The counts that pages tell are those of the rows that are there."""
    with installation.engine.connect() as db:
        assert list_audit.differing(db) == []


def every_receiver_is_told(installation: Installation, load: Load, receiver: Receiver) -> None:
    """Each run's one event arrived, under one webhook-id, however often it was posted."""
    until = time.monotonic() + DELIVERED_S
    pending = "SELECT id FROM deliveries WHERE status = 'pending'"
    while installation.rows(pending) and time.monotonic() < until:
        time.sleep(1)
    told: dict[str, set[str]] = {}
    for post in list(receiver.posts):
        told.setdefault(post.run["id"], set()).add(post.headers["webhook-id"])
    untold = [run_id for run_id in load.accepted if run_id not in told]
    assert not untold, f"nobody was told of {untold}"
    doubled = {run_id: ids for run_id, ids in told.items() if len(ids) > 1}
    assert not doubled, f"told as several events: {doubled}"


def nothing_is_sent_twice(load: Load, providers: tuple[FakeProvider, ...]) -> None:
    """No provider took more paid calls than there are runs with it: one each, or none."""
    runs = sum(action in PAID for action in load.accepted.values())
    taken = sum(provider.submissions for provider in providers)
    assert taken <= runs, f"{taken} paid calls for {runs} runs"


def nothing_is_left(installation: Installation) -> None:
    """After the stop no process runs on, no file is without its row, and no temporary folder is left."""
    alive = [entry.name for entry in Path("/proc").glob("[0-9]*") if _writes_to(entry, installation.log)]
    assert not alive, f"processes that nobody stopped: {alive}"
    storage = installation.folder / "storage"
    kept = {str(path.relative_to(storage)) for path in storage.rglob("*") if path.is_file()}
    named = {row.object for row in installation.rows("SELECT object FROM files WHERE object IS NOT NULL")}
    leaving = {row.object for row in installation.rows("SELECT object FROM deletions")}
    orphans = {name for name in kept - named if not any(name.startswith(prefix) for prefix in leaving)}
    assert not orphans, f"files that nobody owns: {sorted(orphans)[:10]}"
    folders = [path for path in (installation.folder / "tmp").glob("*") if path.is_dir()]
    assert not folders, f"temporary folders that nobody removed: {folders}"


def _writes_to(process: Path, log: Path) -> bool:
    """Tell whether a process has this log: whoever started it, and whoever that one's parent is now."""
    try:
        return (process / "fd/2").readlink() == log
    except OSError:
        return False
