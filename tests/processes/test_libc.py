"""Calls of the C library, in processes of their own."""

import subprocess
import sys

import pytest

from service.config import ROOT

HELD = """
from service.processes.confinement.libc import give_back_large_buffers

def held():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData"))

give_back_large_buffers()
before = held()
for megabytes in (30, 20, 20):
    bytearray(megabytes * 1_000_000)
print(held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_a_process_keeps_no_room_of_large_buffers_that_were_freed() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2_000
