"""Pictures and thumbnails of the embedded engine a second of computing, beside the time that Pillow's own code takes.

The limit is what Pillow's compiled functions (drawing, filters, composites, letters, encoders) take for the very same
pictures: all else is ours. No database is used.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from benchmarks.databases import Fresh
from benchmarks.figures import Figure
from service.sandbox import image
from service.sandbox.job import Job

WHAT = "pictures of the embedded engine a second of computing, against the computing of Pillow's own code for them"
ROUNDS = 3
DATABASES = ("sqlite",)
SUBJECTS = ("a red fox in the snow", "a harbour at night", "two robots", "an old castle", "a bowl of fruit")
TITLES = ("Ten ways to save money", "I tried it for 30 days", "Why nobody talks about this", "The fastest car", "Wow!")


@contextmanager
def bench(_: Fresh) -> Iterator[list[Figure]]:
    """Measure artworks and thumbnails."""
    artworks = [Job("image", "any", subject, seed=number) for number, subject in enumerate(SUBJECTS)]
    thumbnails = [
        Job("image", "any", subject, seed=number, params={"title": title})
        for number, (subject, title) in enumerate(zip(SUBJECTS, TITLES, strict=True))
    ]
    _made(artworks + thumbnails)
    yield [
        Figure("pictures a second of computing", partial(_rate, jobs), partial(_limit, jobs), name)
        for name, jobs in (("artworks", artworks), ("thumbnails", thumbnails))
    ]


def _made(jobs: Sequence[Job]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for job in jobs:
            for product in image.make(job, Path(folder)):
                assert product.path is not None


def _rate(jobs: Sequence[Job]) -> float:
    began = time.thread_time()
    _made(jobs)
    return len(jobs) / (time.thread_time() - began)


def _limit(jobs: Sequence[Job]) -> float:
    """Return how many Pillow's compiled functions alone would do."""
    clock = Clock()
    sys.setprofile(clock)
    try:
        _made(jobs)
    finally:
        sys.setprofile(None)
    return len(jobs) / clock.spent


class Clock:
    """A profiler that adds up the time within Pillow's compiled functions."""

    def __init__(self) -> None:
        self.spent, self._began, self._within = 0.0, 0.0, 0

    def __call__(self, frame: FrameType, event: str, called: Any) -> None:
        """Note that a compiled function begins or ends."""
        if event == "c_call" and _is_pillows(called):
            self._within += 1
            if self._within == 1:
                self._began = time.thread_time()
        elif event in ("c_return", "c_exception") and self._within and _is_pillows(called):
            self._within -= 1
            if not self._within:
                self.spent += time.thread_time() - self._began


def _is_pillows(called: Any) -> bool:
    owner = getattr(called, "__self__", None)
    name = owner.__name__ if isinstance(owner, ModuleType) else type(owner).__module__ + type(owner).__name__
    return "PIL" in name or "Imaging" in name or name.startswith("_imaging") or "Font" in name
