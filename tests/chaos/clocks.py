"""Wall clocks that can be stepped, one process's at a time: a library preloaded into each adds what a table says."""

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
SECOND = 1_000_000_000
ENTRY = struct.Struct("=q")


class Clocks:
    """The table, and the environment that leads a process to it. The engine has none: it starts with an empty one."""

    def __init__(self, folder: Path) -> None:
        """Compile the library. Raises CalledProcessError."""
        library, table = folder / "clock.so", folder / "clocks"
        subprocess.run([str(_compiler()), "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"], check=True)
        # One entry a pid; the file is as sparse as they are.
        size = ENTRY.size * (int(Path("/proc/sys/kernel/pid_max").read_text()) + 1)
        with table.open("w+b") as file:
            file.truncate(size)
            self._table = mmap.mmap(file.fileno(), size)
        self.environment = {"LD_PRELOAD": str(library), "GENHOOK_CLOCKS": str(table)}

    def step(self, pid: int, seconds: float) -> None:
        """Let this process's clock be so much ahead, or behind; 0 sets it right."""
        ENTRY.pack_into(self._table, pid * ENTRY.size, int(seconds * SECOND))


def clocks(folder: Path) -> Clocks | None:
    """Clocks that can be stepped, where there is a compiler; none where there isn't."""
    if _compiler() is None or not Path("/proc/sys/kernel/pid_max").exists():
        print("no C compiler here: clocks are not stepped")
        return None
    return Clocks(folder)


def _compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")
