"""Writes docs/errors.md from the tree of errors and each API's own codes for them."""

from collections.abc import Iterable

from service.definitions import Api
from service.errors import ServiceError, kinds

HEAD = """# Errors

Made from the code by `python -m service docs errors`. On `/v1` an error is a problem details object (RFC 9457) whose
`type` ends in the code below with `-` for `_`; each API tells the same error by its own status and code. A permanent
error fails again in the same way; one that is not may be tried again, after `Retry-After` where there is one.
"""


def build(apis: Iterable[Api]) -> str:
    """Describe every error that callers may meet, as Markdown."""
    known = sorted(apis, key=lambda api: api.name)
    head = ["code", "`/v1`", *(api.title for api in known), "permanent", "meaning"]
    rows = [_row(kind, known) for kind in kinds()]
    return "\n".join([HEAD, _line(head), _line(["---"] * len(head)), *map(_line, rows)]) + "\n"


def _row(kind: type[ServiceError], apis: list[Api]) -> list[str]:
    told = [_told(api, kind) for api in apis]
    meaning = " ".join((kind.__doc__ or kind.title).split())
    return [f"`{kind.code}`", str(kind.status), *told, "yes" if kind.permanent else "no", meaning]


def _told(api: Api, kind: type[ServiceError]) -> str:
    entry = api.errors.get(kind.code)
    if entry is None:
        return ""
    return " ".join(str(part) for part in (entry["status"], entry.get("code")) if part is not None)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
