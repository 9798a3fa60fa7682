"""One task of an engine process: what is sent to it, and what is taken of its answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from service.errors import Internal, OutputTooLarge, ProviderError, ServiceError, TimedOut
from service.sandbox.job import Job, Product, members
from service.sandbox.pool import answers, wire
from service.sandbox.pool.limits import TaskLimits
from service.sandbox.pool.process import Died, EngineProcess, Overrun, Stopped
from service.sandbox.pool.wire import BrokenMessage

# A process that failed so may be broken: half a module loaded, memory lacking.
DOUBTFUL = ("timed_out", "provider_error", "output_too_large", "internal")
log = structlog.get_logger("engines")
Wanted = Callable[[], bool]
# Told why a process ended, or is to be ended.
Ending = Callable[[str], None]


class PoolClosed(Exception):
    """The pool was closed, or whoever asked for a task wants it no more: nothing is known about the task."""


@dataclass(frozen=True, slots=True)
class EngineTask:
    """A job within its limits, files into `workdir`; where that is None it makes none."""

    job: Job
    limits: TaskLimits
    wanted: Wanted
    workdir: Path | None

    @property
    def files(self) -> list[Path]:
        """Return the files that go with it."""
        return [one.path for one in self.job.references]

    def message(self) -> bytes:
        """Return the head that asks for it."""
        # An engine process has paths of its own for the files.
        references = [{**members(one), "path": None} for one in self.job.references]
        job = {**members(self.job), "references": references}
        sizes = [path.stat().st_size for path in self.files]
        return wire.head({"do": "make", "job": job, "limits": self.limits, "files": sizes})

    @contextmanager
    def failures(self, process: EngineProcess, ending: Ending) -> Iterator[None]:
        """Raise, in place of what went wrong with the process within, what the task fails with."""
        try:
            yield
        except Overrun:
            ending("overrun")
            raise TimedOut(f"The embedded engine did not finish within {self.limits.wall_s:g} s.") from None
        except Stopped:
            ending("stopped")
            raise PoolClosed from None
        except Died as death:
            raise self._ended(death, ending) from None
        except BrokenMessage as error:
            ending("broken")
            log.error("engine process sent a broken message", pid=process.pid, error=str(error))
            raise ProviderError("The embedded engine answered what can't be used.") from None

    def taken(self, process: EngineProcess, ending: Ending) -> list[Product]:
        """Take what the process answers, as many items as the job counts at most. Raises what the engine raised."""
        made: dict[int, Product] = {}
        left = self.limits.output
        for head, size in process.answers():
            if "failure" in head:
                raise _failed(head)
            if "end" in head:
                break
            left -= size
            if left < 0:
                ending("too_large")
                raise OutputTooLarge(f"What is made may have {self.limits.output} bytes at most.")
            product = answers.product(head)
            if product.index in made or product.index >= self.job.count:
                raise BrokenMessage(f"Item {product.index} of {self.job.count} is one too many.")
            made[product.index] = self._saved(process, product, size) if size else product
        return list(made.values())

    def _saved(self, process: EngineProcess, product: Product, size: int) -> Product:
        if self.workdir is None:
            raise BrokenMessage("An item that is no file has one.")
        path = self.workdir / f"made-{product.index}"
        process.save(size, path)
        return replace(product, path=path)

    def _ended(self, death: Died, ending: Ending) -> ServiceError:
        """Return the error for a process that ended within the task."""
        ending("out_of_cpu" if death.out_of_cpu else "died")
        log.warning("engine process ended within a task", **death.told)
        error: ServiceError
        if death.out_of_cpu:
            most = self.limits.cpu_s
            error = TimedOut(f"The embedded engine needs more than the {most:g} s of computing this may take.")
        else:
            error = ProviderError("The embedded engine ended while it worked on this: it is too large, or broken.")
        error.permanent = True
        return error


def _failed(head: wire.Head) -> ServiceError | OSError:
    error = answers.failure(head["failure"])
    if isinstance(error, Internal):
        log.error("embedded engine failed", trace=str(head["failure"].get("trace"))[:20_000])
    return error
