"""Checks the answers of an engine process: it may have been taken over by the media that it decoded."""

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from service.errors import (
    EngineMissing,
    Internal,
    OutputTooLarge,
    Problem,
    ProviderError,
    ReferenceUnreachable,
    RefusedByProvider,
    ServiceError,
    ValidationError,
)
from service.sandbox.job import Product
from service.sandbox.pool.wire import DISK_FULL, BrokenMessage

# Whatever else an engine process says went wrong is a fault of the service.
FAILURES: dict[str, type[ServiceError]] = {
    kind.code: kind
    for kind in (
        EngineMissing, OutputTooLarge, ProviderError, ReferenceUnreachable, RefusedByProvider, ValidationError,
    )
}  # fmt: skip
ENGINE = re.compile(r"local/[\w+.-]{1,60}")
TYPE = re.compile(r"(image|audio|video)/[\w+.-]{1,40}")
MEMBERS = [member.name for member in fields(Product) if member.name != "path"]
LONGEST_MESSAGE = 2000
NUMBERS = {"index": 1000, "width": 100_000, "height": 100_000, "duration": 1e6}


def product(head: Mapping[str, Any]) -> Product:
    """Return the made item that a head tells of, without its file. Raises BrokenMessage."""
    told = head.get("product")
    if not isinstance(told, dict):
        raise BrokenMessage("An answer is neither a product, a failure nor the end.")
    members: dict[str, Any] = {name: told.get(name) for name in MEMBERS}
    for name, most in NUMBERS.items():
        value = members[name]
        if value is not None and not (type(value) in (int, float) and 0 <= value <= most):
            raise BrokenMessage(f"{name} is {value!r:.100}.")
    if type(members["index"]) is not int or not _fits(ENGINE, members["engine"]):
        raise BrokenMessage("A product has no index or engine.")
    if members["content_type"] is not None and not _fits(TYPE, members["content_type"]):
        raise BrokenMessage("A product's type is of no medium.")
    if not isinstance(members["fields"], dict | None):
        raise BrokenMessage("A product's fields are no object.")
    return Product(**members)


def failure(told: Any) -> ServiceError | OSError:
    """Return the error that an engine process tells of: the caller's doing, a full disk, else an internal one."""
    if not isinstance(told, dict):
        raise BrokenMessage("A failure is no object.")
    if told.get("code") == DISK_FULL:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    kind = FAILURES.get(str(told.get("code")))
    message = str(told.get("message"))[:LONGEST_MESSAGE]
    if kind is None:
        return Internal("Something went wrong here; it is logged.")
    listed = told.get("errors")
    problems = [
        Problem(str(one[0])[:200], str(one[1])[:LONGEST_MESSAGE])
        for one in (listed if isinstance(listed, list) else [])[:20]
        if isinstance(one, list) and len(one) == 2
    ]
    error = kind(message, errors=problems)
    if kind is ProviderError:
        error.permanent = True
    return error


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
