"""Tells, in an engine process, what a task failed with."""

import errno
import traceback
from collections.abc import Iterator
from typing import Any

from service.errors import ServiceError
from service.sandbox.pool.wire import DISK_FULL
from service.store.disk import full

OUT_OF_MEMORY = ServiceError("It needs more memory than it may take.")
# Libraries have errors of their own for it: the loader, ONNX, ffmpeg.
WORDS = ("map segment", "cannot map", "cannot allocate", "bad_alloc", "failed to allocate memory", "out of memory")


def told(error: Exception) -> dict[str, Any]:
    """Return the head that tells the parent about it."""
    if out_of_memory(error):
        return _failure(OUT_OF_MEMORY, "provider_error")
    if isinstance(error, ServiceError):
        return _failure(error, error.code)
    code = DISK_FULL if full(error) else "internal"
    return {"failure": {"code": code, "message": _sendable(str(error)), "trace": _sendable(traceback.format_exc())}}


def out_of_memory(error: BaseException) -> bool:
    """Tell whether memory was short when it was raised: what was made of it (a module missing) may say otherwise."""
    return any(_short(one) for one in _behind(error))


def _short(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    return not isinstance(error, ServiceError) and any(word in str(error).lower() for word in WORDS)


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and those that it was raised from or after."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__


def _failure(error: ServiceError, code: str) -> dict[str, Any]:
    problems = [[problem.pointer, _sendable(problem.message)] for problem in error.errors]
    return {"failure": {"code": code, "message": _sendable(error.message), "errors": problems}}


def _sendable(text: str) -> str:
    """Return the text as JSON can hold it: with half characters escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
