"""The call of an operation as its handler sees it: the validated input, the caller, what it may read; no HTTP."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.accounts.keys import Caller
from service.catalog import Catalog
from service.config import Settings
from service.context import Context
from service.definitions import Action
from service.errors import Unauthorized
from service.files.links import FileLink


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """An answer that is the bytes of one of the service's files, by its public path."""

    path: str


@dataclass(frozen=True)
class Request:
    """One call of one operation. `anyone` is None where the caller sent no key."""

    action: Action
    input: Mapping[str, Any]
    anyone: Caller | None
    db: Connection
    context: Context

    @property
    def caller(self) -> Caller:
        """The account that asks. Raises Unauthorized for a caller without a key."""
        if self.anyone is None:
            raise Unauthorized("This needs an API key.")
        return self.anyone

    def links(self, paths: Iterable[str]) -> dict[str, FileLink]:
        """The relative links of these files for whoever asks."""
        made = self.context.links.of(self.db, None if self.anyone is None else self.anyone.account_id, paths)
        return {path: self.context.links.relative(link) for path, link in made.items()}

    @property
    def catalog(self) -> Catalog:
        """Models, generators and plans."""
        return self.context.catalog

    @property
    def settings(self) -> Settings:
        """Return what this installation was told."""
        return self.context.settings
