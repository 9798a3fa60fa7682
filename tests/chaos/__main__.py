"""`make chaos`: faults at random for a while against a real installation under load, then the books.

The seed decides which faults come and when; it is printed, and `--seed` repeats it. TEST_DATABASE_URL, which
`python -m tests.support.postgres` sets, puts the installation on PostgreSQL. Clocks are stepped by a small library that
is preloaded into every process (`clock.c`), so that what C, Rust and Python call the time all step together.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos import books
from tests.chaos.clocks import Clocks, clocks
from tests.chaos.faults import Faults
from tests.chaos.load import Load
from tests.fakes.fal import FakeFal
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY
from tests.fakes.receiver import Receiver
from tests.support.installation import PROGRAM, Installation

DISK = "size=400m,mode=700"
# Seconds between two faults.
BETWEEN_S = (1.0, 5.0)
# Of the time, the part in which there are faults; then everything is to come to its end.
FAULTY = 0.75
PATIENCE_S = 90.0
# Callbacks are tried again soon, and for longer than any fault lasts.
RETRIES = ",".join(["2"] * 60)


def main() -> int:
    """Run it, and answer the exit code: 0 where the books agree."""
    words = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    words.add_argument("--seconds", type=float, default=300.0)
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    given = words.parse_args()
    where = "PostgreSQL" if os.environ.get("TEST_DATABASE_URL") else "SQLite"
    print(f"chaos on {where}: --seed {given.seed} --seconds {given.seconds:g}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="genhook-chaos-"))
    try:
        with disk(folder / "data") as small:
            run(folder, given.seed, given.seconds, small, clocks(folder))
    except AssertionError as error:
        print(f"FAILED with --seed {given.seed}: {error}\nThe log: {folder / 'data.log'}")
        return 1
    shutil.rmtree(folder)
    return 0


@contextmanager
def disk(folder: Path) -> Iterator[bool]:
    """Mount a small disk at `folder`, which only root may; tell whether it is there."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", DISK, "none", str(folder)]
    small = os.getuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    if not small:
        print("no small disk can be mounted here: the disk is never full")
    try:
        yield small
    finally:
        if small:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def run(folder: Path, seed: int, seconds: float, small_disk: bool, stepped: Clocks | None) -> None:
    """Load it, disturb it, let it come to rest, and check the books. Raises AssertionError."""
    openai, fal, receiver = FakeOpenAI(), FakeFal(), Receiver()
    installation = Installation(
        folder / "data",
        program=stepped.program if stepped else PROGRAM,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=openai.base_url,
        FAL_API_KEY=KEY,
        FAL_BASE_URL=fal.base_url,
        CALLBACK_RETRY_SCHEDULE=RETRIES,
        RETENTION_DAYS="90",
    )
    try:
        installation.start()
        client = installation.account("chaos", plan="enterprise", credits=1_000_000)
        load = Load(client, receiver.url, seed)
        faults = Faults(installation, receiver, (openai, fal), random.Random(seed), small_disk, stepped)
        load.start()
        disturb(faults, seconds * FAULTY)
        faults.end()
        load.stop(PATIENCE_S)
        ended = books.check(installation, client, load, receiver, (openai, fal))
        assert installation.stop() == 0, "up did not stop in order"
        books.nothing_is_left(installation)
        print(f"the books agree: {len(load.accepted)} accepted, {ended}, {len(receiver.posts)} posts")
        if load.refused:
            print(f"{len(load.refused)} were refused, first: {load.refused[0]}")
    finally:
        installation.close()
        for one in (openai, fal, receiver):
            one.close()


def disturb(faults: Faults, seconds: float) -> None:
    """Do one fault after another."""
    began = time.monotonic()
    while (at := time.monotonic() - began) < seconds:
        print(f"{at:6.1f} s  {faults.any()}", flush=True)
        time.sleep(faults.chance.uniform(*BETWEEN_S))


if __name__ == "__main__":
    sys.exit(main())
