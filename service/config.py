"""Settings from the environment (12-factor); every one has a default that works."""

import hashlib
import math
import os
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import quote, urlsplit

from service.system.bundle import DEFINITIONS, SCHEMAS
from service.system.bundle import ROOT as ROOT

# What fetches references, in places of its own, and then hands the run to one of the others.
FETCH = "fetch"
LANES = ("quick", "slow", "blocking", FETCH)
PROVIDERS = ("openai", "google", "fal", "kie", "replicate", "byteplus")
HIGHEST_PORT = 65535
# What HOST may say for every address, and the one of them that leads here from this machine.
EVERY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — told apart, not bound
MOST_DAYS = 100_000
WEB = ("http", "https")
SECRET_KEY_LENGTH = 32
HOW_TO_MAKE_A_KEY = "openssl rand -hex 32"
HOST_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """The platform's own key for one provider, its address where it isn't the public one, its webhooks' key."""

    key: str | None = None
    base_url: str | None = None
    webhook_key: str | None = None


@dataclass(frozen=True)
class Settings:
    """The settings of one installation. Made once a process by `load()`, passed down, never global."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    storage_url: str = ""
    public_url: str = ""
    secret_keys: tuple[str, ...] = ()
    callback_allow: tuple[str, ...] = ()
    callback_retry_schedule: tuple[float, ...] | None = None
    callback_rate_per_host: float = 20.0
    callback_proxy: str = ""
    trusted_proxies: int | tuple[IPv4Network | IPv6Network, ...] = 0
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
    engine_processes: int = 2
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

    def text(name: str, default: str = "") -> str:
        return environ.get(name, "").strip() or default

    def number(name: str, default: float) -> float:
        try:
            return _amount(text(name, str(default)))
        except ValueError:
            raise ValueError(f"{name} must be a number from 0 on, not {environ[name]!r}") from None

    def whole(name: str, default: int) -> int:
        if not text(name, str(default)).isdecimal() or not int(text(name, str(default))):
            raise ValueError(f"{name} must be a whole number from 1 on, not {environ[name]!r}")
        return int(text(name, str(default)))

    def days(name: str) -> int | None:
        if not (value := text(name)):
            return None
        if not value.isdecimal() or int(value) > MOST_DAYS:
            raise ValueError(f"{name} must be a whole number of days, 0 for ever, not {environ[name]!r}")
        return int(value)

    def url(name: str, *schemes: str) -> str:
        if (value := text(name)) and not _leads_to(value, schemes):
            # The value isn't shown: it may hold a password.
            begin = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"{name} must be a URL that begins with {begin} and names a place")
        return value

    def items(name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text(name).split(",") if part.strip())

    def provider(name: str) -> ProviderSettings:
        base_url = url(f"{name}_BASE_URL", *WEB)
        return ProviderSettings(text(f"{name}_API_KEY") or None, base_url or None, text(f"{name}_WEBHOOK_KEY") or None)

    data_dir = Path(text("GENHOOK_DATA_DIR", "var"))
    database_url = _with_driver(url("DATABASE_URL", "sqlite", "postgresql", "postgres"))
    schedule = items("CALLBACK_RETRY_SCHEDULE")
    try:
        retry_schedule = tuple(map(_amount, schedule)) if schedule else None
    except ValueError:
        raise ValueError("CALLBACK_RETRY_SCHEDULE must be a comma list of seconds") from None
    if (port := whole("PORT", 8000)) > HIGHEST_PORT:
        raise ValueError(f"PORT must be {HIGHEST_PORT} at most, not {port}")
    return Settings(
        host=text("HOST", "127.0.0.1"),
        port=port,
        data_dir=data_dir,
        database_url=database_url,
        redis_url=url("REDIS_URL", "redis", "rediss", "unix"),
        storage_url=url("STORAGE_URL", "file", "s3"),
        public_url=url("PUBLIC_URL", *WEB),
        secret_keys=_secret_keys(items("GENHOOK_SECRET_KEY"), database_url, data_dir),
        callback_allow=tuple(map(_allowed, items("CALLBACK_ALLOW"))),
        callback_retry_schedule=retry_schedule,
        callback_rate_per_host=number("CALLBACK_RATE_PER_HOST", 20),
        callback_proxy=url("CALLBACK_PROXY", *WEB),
        trusted_proxies=_trusted(items("TRUSTED_PROXIES")),
        cors_origins=tuple(map(_origin, items("CORS_ORIGINS"))),
        metrics_token=text("METRICS_TOKEN"),
        mcp_tools=text("MCP_TOOLS").removeprefix("?"),
        outbound_proxy=url("OUTBOUND_PROXY", *WEB),
        subscriptions_per_account=whole("SUBSCRIPTIONS_PER_ACCOUNT", 50),
        youtube=provider("YOUTUBE"),
        providers={name: provider(name.upper()) for name in PROVIDERS},
        retention_days=days("RETENTION_DAYS"),
        worker_drain_s=number("WORKER_DRAIN_S", 1000),
        web_processes=whole("WEB_PROCESSES", 2),
        web_threads=whole("WEB_THREADS", 160),
        engine_processes=whole("ENGINE_PROCESSES", max(2, os.cpu_count() or 1)),
        keep_alive_s=whole("KEEP_ALIVE_S", 75),
    )


def _with_driver(url: str) -> str:
    """`postgres://` as hosts hand it out, with the driver that is installed here."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _leads_to(url: str, schemes: Sequence[str]) -> bool:
    """Return whether this is a URL of one of these schemes (a driver behind a + aside) with a host or a path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    place = parts.netloc if parts.scheme in (*WEB, "s3") else parts.netloc + parts.path
    return parts.scheme.partition("+")[0] in schemes and bool(place)


def _allowed(entry: str) -> str:
    """One entry of CALLBACK_ALLOW. Raises ValueError for what is neither a host name nor a network."""
    if not HOST_NAME.fullmatch(entry):
        try:
            ip_network(entry, strict=False)
        except ValueError:
            raise ValueError(f"CALLBACK_ALLOW must be a comma list of hosts and CIDRs; {entry!r} is neither") from None
    return entry


def _trusted(entries: Sequence[str]) -> int | tuple[IPv4Network | IPv6Network, ...]:
    """TRUSTED_PROXIES: a count, or networks. Raises ValueError for what is neither."""
    if len(entries) == 1 and entries[0].isascii() and entries[0].isdigit() and len(entries[0]) <= len("99"):
        return int(entries[0])
    try:
        return tuple(ip_network(entry, strict=False) for entry in entries)
    except ValueError:
        raise ValueError(
            f"TRUSTED_PROXIES must be a count of proxies or a comma list of CIDRs, not {','.join(entries)!r}"
        ) from None


def _origin(entry: str) -> str:
    """One entry of CORS_ORIGINS, as browsers write it. Raises ValueError for what is no origin."""
    parts = urlsplit(entry)
    if entry != "*" and (parts.scheme not in WEB or not parts.netloc or parts.path.strip("/") or parts.query):
        raise ValueError(f"CORS_ORIGINS must be * or a comma list of origins like https://app.example, not {entry!r}")
    return entry.rstrip("/").lower()


def _amount(text: str) -> float:
    """A number from 0 on, neither infinite nor none at all. Raises ValueError."""
    amount = float(text)
    if not 0 <= amount < math.inf:
        raise ValueError(text)
    return amount


def _secret_keys(given: Sequence[str], database_url: str, data_dir: Path) -> tuple[str, ...]:
    """Check the secret keys, or read the one that the data dir keeps. Raises ValueError saying how to make one."""
    if given and len(given[0]) < SECRET_KEY_LENGTH:
        raise ValueError(
            f"The first entry of GENHOOK_SECRET_KEY must have {SECRET_KEY_LENGTH} characters or more, not "
            f"{len(given[0])}. Put a new one in front ({HOW_TO_MAKE_A_KEY}) and keep the old behind it, after a comma."
        )
    if not given and database_url and not database_url.startswith("sqlite"):
        raise ValueError(
            "GENHOOK_SECRET_KEY must be set where DATABASE_URL is not SQLite: every process on that database needs "
            f"the same one. Make it once with: {HOW_TO_MAKE_A_KEY}"
        )
    return tuple(given) or (_kept_secret(data_dir),)


def short_secret_keys(settings: Settings) -> int:
    """Count the later entries of GENHOOK_SECRET_KEY that are too short to be kept."""
    return sum(len(key) < SECRET_KEY_LENGTH for key in settings.secret_keys[1:])


def _kept_secret(data_dir: Path) -> str:
    """The secret that a first start makes for itself and keeps in the data dir, readable by its owner only.

    It is written beside and linked into place, so that whoever starts at the same moment sees it whole or not at all,
    and the first one's is everybody's. Raises ValueError for an empty one.
    """
    path = data_dir / "secret.key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        written, place = tempfile.mkstemp(prefix="secret.", dir=data_dir)
        with os.fdopen(written, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(place, path)
        Path(place).unlink()
    kept = path.read_text().strip()
    if not kept:
        raise ValueError(f"{path} is empty: put back the secret that this data dir was made with")
    return kept
