"""The clocks of chaos: each process's own is stepped, that of one with an empty environment too."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.clocks import clocks

# Tells the time at each line that it reads; the child that it starts is given no environment, as an engine process is.
TELL = "import sys, time\nprint(flush=True)\nfor _ in sys.stdin: print(time.time(), time.monotonic(), flush=True)"
START = f"import subprocess, sys; subprocess.run([sys.executable, '-E', '-s', '-c', {TELL!r}], env={{}})"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux preloads libraries")
@pytest.mark.parametrize("code", [TELL, START])
def test_one_process_has_another_time_and_goes_on_as_fast(code: str, tmp_path: Path) -> None:
    made = clocks(tmp_path)
    if made is None:
        pytest.skip("there is no C compiler")
    python, *_ = made.program
    pipe = subprocess.PIPE
    with subprocess.Popen([python, "-c", code], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def told() -> tuple[float, float]:
            process.stdin.write("\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            wall, monotonic = process.stdout.readline().split()  # type: ignore[union-attr]
            return float(wall), float(monotonic)

        process.stdout.readline()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        before = told()
        made.step(int(children[0]) if children else process.pid, 120)
        after = told()
        process.stdin.close()
    assert 119 < after[0] - before[0] < 150
    assert after[1] - before[1] < 30
