"""Wall clocks that can be stepped, one process's at a time: a library preloaded into each adds what a table says."""

import mmap
import shutil
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SECOND = 1_000_000_000
ENTRY = struct.Struct("=q")


class Clocks:
    """The table, and the program whose processes look at it, however empty the environment that one starts with."""

    def __init__(self, folder: Path) -> None:
        """Compile the library and the launcher. Raises CalledProcessError."""
        library, table = folder / "clock.so", folder / "clocks"
        _compile(HERE / "clock.c", library, "-shared", "-fPIC", "-ldl")
        # One entry a pid; the file is as sparse as they are.
        size = ENTRY.size * (int(Path("/proc/sys/kernel/pid_max").read_text()) + 1)
        with table.open("w+b") as file:
            file.truncate(size)
            self._table = mmap.mmap(file.fileno(), size)
        self.program = (str(_python(folder / "python", library, table)), "-m", "service")

    def step(self, pid: int, seconds: float) -> None:
        """Let this process's clock be so much ahead, or behind; 0 sets it right."""
        ENTRY.pack_into(self._table, pid * ENTRY.size, int(seconds * SECOND))


def clocks(folder: Path) -> Clocks | None:
    """Clocks that can be stepped, where there is a compiler; none where there isn't."""
    if _compiler() is None or not Path("/proc/sys/kernel/pid_max").exists():
        print("no C compiler here: clocks are not stepped")
        return None
    return Clocks(folder)


def _python(environment: Path, library: Path, table: Path) -> Path:
    """Make an environment beside this one, with its packages, whose Python is the launcher."""
    (environment / "bin").mkdir(parents=True)
    real = Path(sys.executable).resolve()
    (environment / "pyvenv.cfg").write_text(f"home = {real.parent}\n")
    (environment / "lib").symlink_to(Path(sys.prefix) / "lib")
    launcher = environment / "bin" / real.name
    paths = {"LIBRARY": library, "TABLE": table, "PYTHON": real}
    _compile(HERE / "launcher.c", launcher, *(f'-D{name}="{path}"' for name, path in paths.items()))
    return launcher


def _compile(source: Path, made: Path, *options: str) -> None:
    subprocess.run([str(_compiler()), "-O2", "-o", made, source, *options], check=True)


def _compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")
