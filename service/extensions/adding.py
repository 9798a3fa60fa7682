"""Adding and removing, each in one transaction that is checked whole: a refused or tried addition leaves nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from service.accounts.crypt import Vault
from service.catalog import Catalog
from service.catalog import load as load_catalog
from service.definitions import Definitions
from service.errors import NotFound, ServiceError, ValidationError
from service.extensions import book, kinds, names, spec_schemas
from service.extensions.book import Extension
from service.extensions.kinds import Parts
from service.extensions.snapshot import merged, offered, parts_of
from service.store.clock import now
from service.store.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExtensionDraft:
    """Something to be added: `models` are those that it offers, each by its type and its key, to be given ids."""

    name: str
    kind: str
    spec: Mapping[str, Any]
    key: str | None = field(default=None, repr=False)
    models: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the source that was not taken over, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """An addition as it is told: what was made, and what was left out."""

    name: str
    kind: str
    made: Sequence[Mapping[str, Any]]
    left_out: Sequence[LeftOut] = ()
    dry_run: bool = False

    def public(self) -> dict[str, Any]:
        """The report for programs."""
        left_out = [{"what": one.what, "why": one.why} for one in self.left_out]
        told = {"name": self.name, "kind": self.kind, "made": list(self.made), "left_out": left_out}
        return {**told, "dry_run": self.dry_run}

    def lines(self) -> list[str]:
        """The report for people."""
        done = "Would add" if self.dry_run else "Added"
        made = [f"  {', '.join(f'{name} {value}' for name, value in one.items())}" for one in self.made]
        left_out = [f"  left out {one.what}: {one.why}" for one in self.left_out]
        return [f"{done} {self.kind} {self.name}:", *made, *left_out]


class _DryRun(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


def tried(database: Database, work: Callable[[Connection], T]) -> T:
    """Return what `work` would answer, and change nothing."""

    def then_back(db: Connection) -> T:
        raise _DryRun(work(db))

    try:
        return database.write(then_back)
    except _DryRun as done:
        return cast(T, done.result)


def add(
    database: Database,
    vault: Vault,
    base: Definitions,
    draft: ExtensionDraft,
    left_out: Sequence[LeftOut] = (),
    dry_run: bool = False,
) -> Report:
    """Add it, or only tell what would be made. Raises ValidationError, and nothing is changed."""

    def work(db: Connection) -> Parts:
        return enter(db, vault, base, draft)

    parts = tried(database, work) if dry_run else database.write(work)
    return Report(draft.name, draft.kind, told(parts), left_out, dry_run)


def enter(db: Connection, vault: Vault, base: Definitions, draft: ExtensionDraft) -> Parts:
    """Check the draft against everything that is there, and write it. Raises ValidationError."""
    book.lock(db)
    check_name(db, base, draft.name)
    kinds.of(draft.kind)
    spec_schemas.check(draft.kind, draft.spec)
    if draft.kind == "workflow":
        comfyui_server(db, str(draft.spec.get("server")))
    reserved = book.reserve(db, draft.models)
    sealed = None if draft.key is None else vault.encrypt(draft.key)
    extension = Extension(draft.name, draft.kind, draft.spec, sealed)
    try:
        parts = parts_of(extension, reserved)
        check_slugs(parts, load_catalog())
        # Whatever can't be offered is refused here, not left out by every process later.
        offered([parts])
        merged(base, [parts])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        told = str(error) if isinstance(error, ValueError) else repr(error)
        raise ValidationError.at("/spec", f"The {draft.kind} {draft.name} can't be used: {told}.") from error
    book.put(db, extension)
    return parts


def check_name(db: Connection, base: Definitions, name: str) -> None:
    """Raises ValidationError where `name` is none, or is taken."""
    names.check(name)
    names.check_free(name, set(base.families) | {extension.name for extension in book.active(db)})


def comfyui_server(db: Connection, name: str) -> Extension:
    """Find the ComfyUI server of this name. Raises ValidationError."""
    found = book.find(db, name)
    if found is None or found.removed_at is not None or found.spec.get("kind") != "comfyui":
        raise ValidationError.at(
            "/server", f"There is no ComfyUI server {name}; add it by `add server --kind comfyui`."
        )
    return found


def check_slugs(parts: Parts, known: Catalog) -> None:
    """Raises ValidationError where a generator would take a built-in one's place."""
    for row in parts.generators:
        if row["slug"] in known.generators_by_slug:
            raise ValidationError.at("/name", f"{row['slug']} is the name of a built-in generator; choose another.")


def remove(db: Connection, name: str) -> Extension:
    """Remove it, for new requests; what was accepted goes on. Raises NotFound; ValidationError where others need it."""
    book.lock(db)
    extension = existing(db, name)
    needing = [other.name for other in book.active(db) if other.spec.get("server") == name]
    if needing:
        raise ValidationError.at("/name", f"{name} is the server of {', '.join(needing)}; remove those first.")
    book.change(db, name, removed_at=now())
    return extension


def existing(db: Connection, name: str) -> Extension:
    """The extension of this name that is not removed. Raises NotFound."""
    extension = book.find(db, name)
    if extension is None or extension.removed_at is not None:
        raise NotFound(f"There is no extension {name}; `extensions list` shows them.")
    return extension


def made(db: Connection, extension: Extension) -> list[dict[str, Any]]:
    """List what an extension makes; nothing where this version can't read it."""
    ids = book.ids(db)
    try:
        return told(parts_of(extension, ids))
    except (ServiceError, KeyError, TypeError, ValueError):
        return []


def set_key(db: Connection, vault: Vault, name: str, key: str) -> None:
    """Keep the extension's key in place of the one before. Raises NotFound; ValidationError for an empty one."""
    if not key.strip():
        raise ValidationError.at("/key", "the key is empty")
    book.lock(db)
    existing(db, name)
    book.change(db, name, key=vault.encrypt(key.strip()))


def told(parts: Parts) -> list[dict[str, Any]]:
    """List what was made: models with their ids, generators, actions."""
    models = [{"model": row["key"], "type": row["type"], "id": row["id"]} for row in parts.models]
    generators = [{"generator": row["slug"]} for row in parts.generators]
    actions = [{"action": action.id, "kind": action.kind} for action in parts.actions]
    return [*models, *generators, *actions]
