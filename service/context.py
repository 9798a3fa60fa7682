"""The parts that one process works with, opened once from the settings and passed down."""

from contextlib import ExitStack
from dataclasses import dataclass, field

from service.accounts.crypt import Vault
from service.catalog import Catalog
from service.config import Settings
from service.definitions import Definitions
from service.definitions import load as load_definitions
from service.delivery.bins import Bins
from service.extensions.current import Extensions
from service.files.links import Links
from service.files.references import References
from service.files.uploads import Uploads
from service.generation.samples import RecentSamples
from service.net.client import MediaClient
from service.net.guard import Guard
from service.queue import Bell
from service.sandbox.pool import EnginePool
from service.store.database import Database
from service.store.memory_shares import MemoryShares
from service.store.objects import ObjectStore
from service.store.scratch import Scratch
from service.telemetry import metrics


@dataclass(frozen=True)
class Context:
    """The parts of a running service that a request or a run needs."""

    settings: Settings
    database: Database
    objects: ObjectStore
    extensions: Extensions
    vault: Vault
    guard: Guard
    references: References
    links: Links
    uploads: Uploads
    bell: Bell
    scratch: Scratch
    engines: EnginePool
    bins: Bins
    samples: RecentSamples
    memory: MemoryShares = field(default_factory=MemoryShares)
    # Called when it closes, the newest first: the threads that work with the parts end before them.
    closing: ExitStack = field(default_factory=ExitStack)

    @property
    def definitions(self) -> Definitions:
        """The definitions, those of added APIs among them, as of now."""
        return self.extensions.snapshot.definitions

    @property
    def catalog(self) -> Catalog:
        """The catalogue, with what was added, as of now."""
        return self.extensions.snapshot.catalog

    def close(self) -> None:
        """End the threads and the engine processes, close the database, and remove the temporary files."""
        self.closing.close()
        self.extensions.close()
        self.engines.close()
        self.database.close()
        self.scratch.close()


def open_context(settings: Settings, definitions: Definitions | None = None) -> Context:
    """Open everything; `definitions` where they are loaded already.

    Raises DefinitionError for a broken definition, WrongSecretKey for a key that doesn't fit.
    """
    database = Database(settings.database)
    vault = Vault(settings.secret_keys)
    vault.check(database)
    objects = ObjectStore(settings.storage)
    guard = Guard(settings.callback_allow)
    scratch = Scratch(settings.data_dir)
    links = Links(vault, settings.url)
    extensions = Extensions(database, definitions or load_definitions(settings.definitions_dir, settings.schemas_dir))
    extensions.refresh()
    return Context(
        settings=settings,
        database=database,
        objects=objects,
        extensions=extensions,
        vault=vault,
        guard=guard,
        references=References(guard, MediaClient(guard, settings.callback_proxy), objects, settings.url, links),
        links=links,
        uploads=Uploads(database, objects, links),
        bell=Bell(settings.redis),
        scratch=scratch,
        engines=EnginePool(scratch.folder / "engines", settings.engine_processes, _count_end),
        bins=Bins(settings.redis, settings.url, vault),
        samples=RecentSamples(database),
    )


def _count_end(reason: str) -> None:
    metrics.engine_processes_killed.labels(reason).inc()
