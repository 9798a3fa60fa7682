"""The container that this process runs in, as far as it can be told from inside."""

from pathlib import Path


def first_process() -> list[str]:
    """Read the words of the container's first process; none where there is no /proc."""
    try:
        return Path("/proc/1/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return []
