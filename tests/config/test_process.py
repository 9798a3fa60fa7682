"""What a process does with itself, tried in processes of their own."""

import subprocess
import sys

import pytest

from service.config import ROOT

HELD = """
from service.config.process import give_back_large_buffers

def held():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData"))

give_back_large_buffers()
before = held()
for megabytes in (30, 20, 20):
    bytearray(megabytes * 1_000_000)
print(held() - before)
"""

THREADS = """
import re, threading
from pathlib import Path
from service.config.process import share_memory_between_threads

share_memory_between_threads()
met = threading.Barrier(33)

def work():
    kept = [bytes(2000) for _ in range(100)]
    met.wait(20), met.wait(20)

for _ in range(32):
    threading.Thread(target=work).start()
met.wait(20)
sizes = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) ---p", Path("/proc/self/maps").read_text(), re.M)
# The rest of an arena of glibc's, 64 MB, is reserved behind what is in use.
print(sum(int(end, 16) - int(start, 16) > 32 << 20 for start, end in sizes))
met.wait(20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_a_process_keeps_no_room_of_large_buffers_that_were_freed() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2_000


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_threads_take_memory_from_common_places() -> None:
    told = subprocess.run(
        [sys.executable, "-c", THREADS], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert int(told.stdout) <= 2


CHILD = """
import os, sys, time
from service.config.process import die_with_parent
parent = int(sys.argv[1])
while os.getppid() == parent:
    time.sleep(0.01)
die_with_parent(parent)
print("lives", flush=True)
"""
PARENT = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
def test_a_process_whose_parent_died_before_it_asked_ends_at_once() -> None:
    command = [sys.executable, "-c", PARENT, CHILD]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("", "")
