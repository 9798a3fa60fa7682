"""Processes as Linux tells of them: who began whom, how much memory they take, how long they have computed."""

from pathlib import Path

PROC = Path("/proc")


def parent(process: int) -> int:
    """Return who began it."""
    return int(_after_name(process)[1])


def children(process: int) -> list[int]:
    """Return those that it began and that still run."""
    tasks = (PROC / str(process) / "task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


def family(process: int) -> list[int]:
    """Return it and all that it began, and that these began."""
    return [process, *(one for child in children(process) for one in family(child))]


def computed(process: int) -> float:
    """Return the seconds that its first thread has computed, to the nanosecond; none of one that has ended."""
    try:
        return int((PROC / str(process) / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def computed_by_all_threads(process: int) -> float:
    """Return the seconds that all its threads have computed, to a hundredth."""
    fields = _after_name(process)
    return (int(fields[11]) + int(fields[12])) / 100


def megabytes(process: int) -> float:
    """Return the memory that is its own: what it shares with other processes is not counted."""
    rollup = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_")) / 1024


def resident(process: int) -> float:
    """Return the megabytes of memory that it takes, those that it shares included."""
    status = (PROC / str(process) / "status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _after_name(process: int) -> list[str]:
    """Return the fields of its state from the third on, after the name, which may hold anything."""
    return (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
