"""The call of an operation as its handler sees it: the validated input, the caller, what it may read; no HTTP."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from service.accounts.keys import Caller
from service.catalog import Catalog, Model, shutdowns
from service.config import Settings
from service.context import Context
from service.definitions import Action
from service.errors import Unauthorized, ValidationError
from service.files.links import FileLink
from service.store import clock


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
    def today(self) -> date:
        """The day that it is by the service's clock, in UTC."""
        return datetime.fromtimestamp(clock.now() / 1000, UTC).date()

    def offered(self, model: Model, pointer: str) -> Model:
        """Return the model that the input names at `pointer`. Raises ValidationError where it has ended."""
        if model.shutdown is not None and shutdowns.has_ended(model, self.today):
            raise ValidationError.at(pointer, self.ended(model))
        return model

    def ended(self, model: Model) -> str:
        """Say that the model has ended, when, and what to use instead."""
        return f"{model.name} is no longer there. {shutdowns.notice(self.catalog, model, self.today)}"

    def current(self, model: Model) -> Model:
        """Return the model, or what came after it where it has ended: for what the input does not name."""
        if model.shutdown is None or not shutdowns.has_ended(model, self.today):
            return model
        return shutdowns.successor(self.catalog, model, self.today) or model

    @property
    def settings(self) -> Settings:
        """Return what this installation was told."""
        return self.context.settings
