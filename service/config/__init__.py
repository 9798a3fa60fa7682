"""Settings from the environment (12-factor); every one has a default that works."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import quote, urlsplit

from service.config import secret
from service.config.bundle import DEFINITIONS, PACKAGE, SCHEMAS
from service.config.bundle import ROOT as ROOT
from service.config.environment import WEB, Environment, Networks, Rate

# What fetches references, in places of its own, and then hands the run to one of the others.
BLOCKING, FETCH = "blocking", "fetch"
LANES = ("quick", "medium", "slow", BLOCKING, FETCH)
# Every provider that is asked with a key: the modules of this folder, found by name and not imported.
PROVIDERS = tuple(sorted(module.name for module in iter_modules([str(PACKAGE / "providers" / "adapters")])))
# What HOST may say for every address, and the one of them that leads here from this machine.
EVERY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — told apart, not bound


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """The platform's own key for one provider, its address where it isn't the public one, its webhooks' key.

    `concurrency` and `rate` are kept to for each of its keys, an account's own among them: paid calls in flight at once
    (0 is no limit), and calls in so many seconds.
    """

    key: str | None = None
    base_url: str | None = None
    webhook_key: str | None = None
    concurrency: int = 0
    rate: Rate | None = None


@dataclass(frozen=True)
class Settings:
    """The settings of one installation. Made once a process by `load()`, passed down, never global."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("var")
    database_url: str = ""
    database_prepare_threshold: int | None = None
    redis_url: str = ""
    storage_url: str = ""
    public_url: str = ""
    secret_keys: tuple[str, ...] = ()
    callback_allow: tuple[str, ...] = ()
    callback_retry_schedule: tuple[float, ...] | None = None
    callback_rate_per_host: float = 20.0
    callback_proxy: str = ""
    trusted_proxies: int | Networks = 0
    cors_origins: tuple[str, ...] = ()
    metrics_token: str = ""
    mcp_tools: str = ""
    outbound_proxy: str = ""
    subscriptions_per_account: int = 50
    youtube: ProviderSettings = ProviderSettings()
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    retention_days: int | None = None
    worker_drain_s: float = 1000.0
    web_processes: int = 2
    web_threads: int = 160
    engine_processes: int = 3
    keep_alive_s: int = 75
    definitions_dir: Path = DEFINITIONS
    schemas_dir: Path = SCHEMAS

    @cached_property
    def socket_path(self) -> Path:
        """The path that the embedded Redis listens at: in a deep data dir a short one, a path holds 107 bytes."""
        inside = self.data_dir.resolve() / "redis.sock"
        if len(os.fsencode(inside)) < 100:
            return inside
        # Not tempfile's folder, which is another one in each process.
        name = f"genhook-{hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]}.sock"
        return Path("/tmp") / name  # noqa: S108 — the name is this data dir's own, and the socket is its owner's

    @property
    def redis(self) -> str:
        """The Redis to talk to: the one named by REDIS_URL, else the embedded one in the data dir."""
        return self.redis_url or f"unix://{quote(str(self.socket_path))}"

    @property
    def database(self) -> str:
        """The database to talk to: DATABASE_URL, else SQLite in the data dir."""
        if self.database_prepare_threshold is not None and self.database_url.startswith("postgresql"):
            joint = "&" if "?" in self.database_url else "?"
            return f"{self.database_url}{joint}prepare_threshold={self.database_prepare_threshold}"
        return self.database_url or f"sqlite:///{quote(str(self.data_dir.resolve() / 'genhook.db'))}"

    @property
    def storage(self) -> str:
        """The URL of the place where made files are kept: STORAGE_URL, else a folder in the data dir."""
        return self.storage_url or f"file://{self.data_dir.resolve() / 'storage'}"

    @property
    def url(self) -> str:
        """The address callers reach this service at, without a slash at its end."""
        here = EVERY_ADDRESS.get(self.host, self.host)
        return (self.public_url or f"http://{f'[{here}]' if ':' in here else here}:{self.port}").rstrip("/")

    @property
    def url_path(self) -> str:
        """The path of that address, without a slash at its end: empty where it has none."""
        return urlsplit(self.url).path.rstrip("/")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environ`. Raises ValueError naming the variable whose value can't be read."""
    read = Environment(environ)
    data_dir = Path(read.text("GENHOOK_DATA_DIR", "var"))
    database_url = _with_driver(read.url("DATABASE_URL", "sqlite", "postgresql", "postgres"))
    return Settings(
        host=read.text("HOST", "127.0.0.1"),
        port=read.port("PORT", 8000),
        data_dir=data_dir,
        database_url=database_url,
        database_prepare_threshold=read.count("DATABASE_PREPARE_THRESHOLD", None),
        redis_url=read.redis("REDIS_URL"),
        storage_url=read.url("STORAGE_URL", "file", "s3"),
        public_url=read.url("PUBLIC_URL", *WEB),
        secret_keys=secret.read(read.items("GENHOOK_SECRET_KEY"), database_url, data_dir),
        callback_allow=read.allowed("CALLBACK_ALLOW"),
        callback_retry_schedule=read.numbers("CALLBACK_RETRY_SCHEDULE"),
        callback_rate_per_host=read.number("CALLBACK_RATE_PER_HOST", 20),
        callback_proxy=read.url("CALLBACK_PROXY", *WEB),
        trusted_proxies=read.trusted("TRUSTED_PROXIES"),
        cors_origins=read.origins("CORS_ORIGINS"),
        metrics_token=read.text("METRICS_TOKEN"),
        mcp_tools=read.text("MCP_TOOLS").removeprefix("?"),
        outbound_proxy=read.url("OUTBOUND_PROXY", *WEB),
        subscriptions_per_account=read.whole("SUBSCRIPTIONS_PER_ACCOUNT", 50),
        youtube=_provider(read, "YOUTUBE"),
        providers={name: _provider(read, name.upper()) for name in PROVIDERS},
        retention_days=read.days("RETENTION_DAYS"),
        worker_drain_s=read.number("WORKER_DRAIN_S", 1000),
        web_processes=read.whole("WEB_PROCESSES", 2),
        web_threads=read.whole("WEB_THREADS", 160),
        engine_processes=read.whole("ENGINE_PROCESSES", max(3, os.cpu_count() or 1)),
        keep_alive_s=read.whole("KEEP_ALIVE_S", 75),
    )


def _provider(read: Environment, name: str) -> ProviderSettings:
    """Read a provider's settings, whose variables begin with `name`."""
    return ProviderSettings(
        key=read.text(f"{name}_API_KEY") or None,
        base_url=read.url(f"{name}_BASE_URL", *WEB) or None,
        webhook_key=read.text(f"{name}_WEBHOOK_KEY") or None,
        concurrency=read.count(f"{name}_CONCURRENCY", 0),
        rate=read.rate(f"{name}_RATE"),
    )


def _with_driver(url: str) -> str:
    """`postgres://` as hosts hand it out, with the driver that is installed here."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def short_secret_keys(settings: Settings) -> int:
    """Count the later entries of GENHOOK_SECRET_KEY that are too short to be kept."""
    return sum(len(key) < secret.LENGTH for key in settings.secret_keys[1:])
