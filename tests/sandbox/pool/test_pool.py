"""Engine processes: one that overruns, dies or lies ends its own task and nobody else's."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from service.errors import ProviderError, ServiceError, TimedOut, ValidationError
from service.sandbox.job import Job
from service.sandbox.pool import EnginePool, PoolClosed, pool
from service.sandbox.pool.last_words import LONGEST
from service.sandbox.pool.limits import TaskLimits, limits_of
from service.store.disk import full
from tests.fakes.engine import HEADS
from tests.support import engines

Found = TypeVar("Found")
ROOT = Path(__file__).resolve().parents[3]
JOKE = Job("text", "any", "Tell me a joke about cats", 1, 1, {"generator": "joke"})
PAINTING = Job("image", "any", "a city at night", 1, 1, {"width": 2048, "height": 2048})
ENDLESS = replace(PAINTING, count=10)


@pytest.fixture
def ready(tmp_path: Path) -> EnginePool:
    """The pool with a process that has worked already."""
    shared = engines.shared()
    shared.make(JOKE, tmp_path)
    return shared


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what all but texts may take."""

    def limit(**limits: float) -> None:
        def of(what: str, count: int = 1) -> TaskLimits:
            usual = limits_of(what, count)
            return usual if what == "text" else replace(usual, **limits)

        monkeypatch.setattr(pool, "limits_of", of)

    return limit


def busy(pool: EnginePool) -> list[int]:
    """Process ids of those that work now."""
    return [one.pid for one in pool._working]


def test_a_task_makes_what_was_asked_for(ready: EnginePool, tmp_path: Path) -> None:
    (joke,) = ready.make(JOKE, tmp_path)
    (picture,) = ready.make(replace(PAINTING, params={"width": 128, "height": 128}), tmp_path)
    assert joke.fields is not None
    assert "cats" in joke.fields["text"]
    assert picture.path is not None
    assert (picture.content_type, picture.path.read_bytes()[8:12]) == ("image/webp", b"WEBP")


def test_what_the_engine_refuses_is_told_as_the_engine_tells_it(ready: EnginePool, tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as refusal:
        ready.make(Job("vision", "any", "What is this?"), tmp_path)
    assert [problem.pointer for problem in refusal.value.errors] == ["/image_url"]


def test_a_task_over_its_computing_time_ends_alone(
    ready: EnginePool, tmp_path: Path, limited: Callable[..., None]
) -> None:
    limited(cpu_s=0.1)
    with capture_logs() as lines, pytest.raises(TimedOut) as overrun:
        ready.make(ENDLESS, tmp_path)
    assert overrun.value.permanent
    (line,) = [line for line in lines if line["event"] == "engine process ended within a task"]
    assert "service/processes/engine.py" in line["last_words"], "it says where the time went"
    assert ready.make(JOKE, tmp_path)[0].fields


def test_a_task_over_its_time_by_the_clock_ends_alone(
    ready: EnginePool, tmp_path: Path, limited: Callable[..., None]
) -> None:
    limited(wall_s=0.3)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        ready.make(ENDLESS, tmp_path)
    assert time.monotonic() - began < 20
    assert ready.make(JOKE, tmp_path)[0].fields


def test_a_task_over_its_memory_ends_alone(ready: EnginePool, tmp_path: Path, limited: Callable[..., None]) -> None:
    limited(memory=60_000_000)
    with pytest.raises(ProviderError) as failure:
        ready.make(ENDLESS, tmp_path)
    assert failure.value.code == "provider_error"
    assert ready.make(JOKE, tmp_path)[0].fields


@pytest.mark.parametrize("media", ["music", "soundeffect", "speech"])
@pytest.mark.parametrize("megabytes", [80, 120])
def test_lack_of_memory_is_told_as_such_wherever_it_was_noticed(
    media: str, megabytes: int, ready: EnginePool, tmp_path: Path, limited: Callable[..., None]
) -> None:
    limited(memory=megabytes * 1_000_000)
    if media == "speech":
        pytest.importorskip("hibari")
    with pytest.raises(ProviderError, match="memory"):
        ready.make(Job(media, "any", "Good morning", 1, 1, {"seconds": 5}), tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    if os.getuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root mounts a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_no_fault_of_the_task(small_disk: Path, tmp_path: Path) -> None:
    engines = EnginePool(small_disk / "engines", 1)
    picture = replace(PAINTING, params={"width": 128, "height": 128})
    made = tmp_path / "made"
    made.mkdir()
    try:
        engines.make(JOKE, made)
        with (small_disk / "filler").open("wb") as filler:
            free = os.statvfs(small_disk)
            os.posix_fallocate(filler.fileno(), 0, free.f_bavail * free.f_frsize)
        with pytest.raises(OSError, match="No space left") as failure:
            engines.make(picture, made)
        assert full(failure.value)
        (small_disk / "filler").unlink()
        (product,) = engines.make(picture, made)
        assert product.content_type == "image/webp"
    finally:
        engines.close()


def test_a_process_that_is_killed_takes_only_its_task_with_it(ready: EnginePool, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        long = threads.submit(ready.make, ENDLESS, tmp_path)
        (pid,) = wait_for(lambda: busy(ready))
        neighbour = threads.submit(ready.make, JOKE, tmp_path)
        assert neighbour.result(60)[0].fields
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ProviderError):
            long.result(30)
    assert wait_for(lambda: len(ready._idle) == 2), "another takes its place"


def test_a_task_that_nobody_wants_any_more_is_stopped(ready: EnginePool, tmp_path: Path) -> None:
    wanted = threading.Event()
    wanted.set()
    began = time.monotonic()
    threading.Timer(0.5, wanted.clear).start()
    with pytest.raises(PoolClosed), ready.while_wanted(wanted.is_set):
        ready.make(ENDLESS, tmp_path)
    assert time.monotonic() - began < 10


def test_slow_tasks_leave_a_process_to_the_others(ready: EnginePool, tmp_path: Path) -> None:
    film = Job("music", "any", "a long symphony", 3, 1, {"seconds": 120})
    done = threading.Event()
    with ThreadPoolExecutor(2) as threads, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "WAIT_S", 30)
        running = [threads.submit(made_while, ready, film, tmp_path, done) for _ in range(2)]
        wait_for(lambda: busy(ready))
        assert ready.make(JOKE, tmp_path)[0].fields
        assert len(busy(ready)) <= 1
        done.set()
        for one in running:
            with pytest.raises(PoolClosed):
                one.result(30)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells")
def test_a_process_has_no_environment_and_no_descriptors_but_its_pipes(ready: EnginePool) -> None:
    wait_for(lambda: ready._idle)
    place = Path(f"/proc/{ready._idle[0].pid}")
    opened = {one.readlink().as_posix().partition(":")[0] for one in (place / "fd").iterdir()}
    assert place.joinpath("environ").read_bytes() == b""
    assert opened == {"pipe", "/dev/null"}


@pytest.fixture
def taken_over(tmp_path: Path) -> Iterator[EnginePool]:
    lying = EnginePool(tmp_path / "engines", 1, program="tests.fakes.engine")
    yield lying
    lying.close()


@pytest.mark.parametrize(
    "answer", [*HEADS, "a head of four gigabytes", "no JSON", "more bytes than it may", "nothing for ever", "its end"]
)
def test_a_process_that_was_taken_over_harms_only_its_task(
    answer: str, taken_over: EnginePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = limits_of("text")
    usual = replace(usual, wall_s=1.0 if answer == "nothing for ever" else 20.0)
    monkeypatch.setattr(pool, "limits_of", lambda *_: usual)
    with pytest.raises(ServiceError) as failure:
        taken_over.make(replace(JOKE, prompt=answer), tmp_path)
    assert failure.value.code in ("provider_error", "internal", "timed_out", "output_too_large")
    assert not list(tmp_path.glob("made-*"))


def death(pool: EnginePool, prompt: str, folder: Path) -> dict[str, str]:
    """The log line of a process that ended in a task."""
    with capture_logs() as lines, pytest.raises(ServiceError):
        pool.make(replace(JOKE, prompt=prompt), folder)
    (line,) = [line for line in lines if line["event"] == "engine process ended within a task"]
    return line


def test_the_last_words_of_a_process_are_logged_on_one_line(taken_over: EnginePool, tmp_path: Path) -> None:
    line = death(taken_over, "its last words", tmp_path)
    assert line["code"] == 1
    assert line["last_words"] == r"\x1b[2Jengine: \u202eout of memory\nfor good"


def test_the_end_of_what_a_process_printed_is_kept(taken_over: EnginePool, tmp_path: Path) -> None:
    words = death(taken_over, "much print before its end", tmp_path)["last_words"]
    assert words.endswith("noise the end of it")
    assert len(words) <= LONGEST + 1


def test_a_process_that_prints_without_end_costs_its_parent_little(
    taken_over: EnginePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = replace(limits_of("text"), wall_s=2.0)
    monkeypatch.setattr(pool, "limits_of", lambda *_: usual)
    taken_over.start()
    wait_for(lambda: taken_over._idle)
    before = time.thread_time()
    with pytest.raises(TimedOut):
        taken_over.make(replace(JOKE, prompt="print without end"), tmp_path)
    assert time.thread_time() - before < 0.5


def test_a_crash_of_a_library_tells_where_it_was(ready: EnginePool, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads, capture_logs() as lines:
        long = threads.submit(ready.make, ENDLESS, tmp_path)
        (pid,) = wait_for(lambda: busy(ready))
        time.sleep(0.5)
        os.kill(pid, signal.SIGSEGV)
        with pytest.raises(ProviderError):
            long.result(30)
    (line,) = [line for line in lines if line["event"] == "engine process ended within a task"]
    assert "Segmentation fault" in line["last_words"]
    assert "service/sandbox/image.py" in line["last_words"]


PARENT = """
import sys, time
from pathlib import Path
from typing import TypeVar
from service.sandbox.pool import EnginePool
from service.sandbox.job import Job
pool = EnginePool(Path(sys.argv[1]) / "engines", 1)
pool.start()
while not pool._idle:
    time.sleep(0.05)
print("pid", pool._idle[0].pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
def test_engine_processes_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = next(int(line.split()[1]) for line in parent.stdout if line.startswith("pid"))
        parent.kill()
    assert wait_for(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes())


def made_while(shared: EnginePool, job: Job, folder: Path, done: threading.Event) -> object:
    with shared.while_wanted(lambda: not done.is_set()):
        return shared.make(job, folder)


def wait_for(check: Callable[[], Found], seconds: float = 60) -> Found:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := check():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {seconds} s")
