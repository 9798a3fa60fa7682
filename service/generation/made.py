"""The result of a run, as an API's `present` sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.files.links import FileLink, Links

# What is stored of a run's output, in bytes of JSON.
OUTPUT_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeItem:
    """One item asked for: its file's public `path`, or the `fields` of a text, or the `error` that it lacks by.

    `index` counts from 0; `size` is in bytes, `duration` in seconds; `creation_id` where the API counts creations.
    """

    index: int
    creation_id: int | None = None
    engine: str | None = None
    path: str | None = None
    object: str | None = None
    content_type: str | None = None
    size: int = 0
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fields: dict[str, Any] | None = None
    error: str | None = None

    @property
    def ok(self) -> bool:
        """True where the item was made."""
        return self.error is None


def engine_of(items: Sequence[MadeItem]) -> str | None:
    """Name what made them, which is one for all; None where nothing was made."""
    return next((item.engine for item in items if item.engine), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRun:
    """A finished run: who it was for, what is there, what it cost. Times in Unix milliseconds.

    `balance` is the ledger's sum after the charge. `links` makes the links to the files.
    """

    run_id: str
    account_id: str
    user_id: int
    username: str
    items: tuple[MadeItem, ...]
    credits: int
    balance: int
    created_at: int
    started_at: int
    finished_at: int
    links: Links

    @property
    def there(self) -> tuple[MadeItem, ...]:
        """The items that were made."""
        return tuple(item for item in self.items if item.ok)

    @property
    def engine(self) -> str | None:
        """The engine that made it, one for all items."""
        return engine_of(self.items)

    @property
    def seconds(self) -> float:
        """Wall clock seconds from accept to finish."""
        return (self.finished_at - self.created_at) / 1000

    def url(self, path: str) -> FileLink:
        """The absolute link of a file; readers of the stored output get it signed where the file is private."""
        return self.links.public(path)

    def lacking(self) -> list[dict[str, Any]]:
        """The items that could not be made, and why."""
        return [{"index": item.index, "reason": item.error} for item in self.items if item.error is not None]
