"""Failures of tasks: named for what was behind them, and always something that can be sent."""

import errno

import pytest

from service.errors import EngineMissing, ServiceError, ValidationError
from service.sandbox.pool import failures, wire


def raised(error: Exception, behind: BaseException | None = None) -> Exception:
    """The error as it is caught, raised from another where one is named."""
    try:
        raise error from behind
    except Exception as caught:
        return caught


UNMAPPED = ImportError("/site/numpy/random/_pcg64.so: failed to map segment from shared object")


@pytest.mark.parametrize(
    "error",
    [
        raised(MemoryError()),
        raised(OSError(errno.ENOMEM, "Cannot allocate memory")),
        raised(UNMAPPED),
        raised(ImportError("onnxruntime_pybind11_state.so: cannot map zero-fill pages")),
        raised(RuntimeError("[ONNXRuntimeError] : 1 : FAIL : Load model failed:std::bad_alloc")),
        raised(EngineMissing("Tracing pictures needs the pip extra vtracer"), UNMAPPED),
        raised(ValidationError("The picture can't be read."), MemoryError()),
    ],
)
def test_a_task_that_lacked_memory_says_so_whatever_became_of_it(error: Exception) -> None:
    failure = failures.told(error)["failure"]
    assert (failure["code"], failure["message"]) == ("provider_error", "It needs more memory than it may take.")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineMissing("Tracing pictures needs the pip extra vtracer"), "engine_missing"),
        (ValidationError("A prompt may say out of memory."), "validation"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (KeyError("scene"), "internal"),
    ],
)
def test_other_failures_keep_their_name(error: Exception, code: str) -> None:
    assert failures.told(raised(error))["failure"]["code"] == code


@pytest.mark.parametrize("error", [ServiceError("half a \ud83d character"), ValueError("half a \ud83d character")])
def test_a_failure_with_half_a_character_is_told_and_ends_no_process(error: Exception) -> None:
    assert b"ud83d" in wire.head(failures.told(raised(error)))
