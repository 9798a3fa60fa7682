"""Checks of a deployment: each says what it found, and what mends it.

A check that fails never ends the others. An installation whose service is not running is sound.
"""

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from service import __version__
from service.accounts.crypt import Vault, WrongSecretKey
from service.catalog import load as load_catalog
from service.catalog.shutdowns import ending
from service.config import Settings, secret, short_secret_keys
from service.config.process import PROGRAM
from service.maintenance import clocks, retention
from service.queue.redis_client import connect
from service.store import clock, list_audit
from service.store.clock import new_uuid
from service.store.database import Database
from service.store.disk import full, writable
from service.store.failures import explain
from service.store.migrate import head, is_newer, revision
from service.store.objects import ObjectStore

CLOCK_S = 5.0
PATIENCE_S = 5.0
NOT_RUNNING = "not running"
FREE_SPACE = "Free some space there, or set RETENTION_DAYS."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `mend` is what to do about it, None where it is well."""

    name: str
    ok: bool
    detail: str
    mend: str | None = None


def examine(settings: Settings, url: str | None = None, audit: bool = False) -> list[Check]:
    """Look at everything; `url` is the service that must be running, else one that may be.

    `audit` counts every list, which takes seconds for each million of runs.
    """
    database = Database(settings.database)
    looks: Sequence[tuple[str, Callable[[], Check]]] = (
        ("versions", _versions),
        ("data dir", lambda: _data_dir(settings)),
        ("disk", lambda: _disk(settings)),
        ("secret", lambda: _secret(settings, database)),
        ("database", lambda: _database(settings, database)),
        ("retention", lambda: _retention(settings, database)),
        *((("counts", lambda: _counts(database)),) if audit else ()),
        ("redis", lambda: _redis(settings)),
        ("storage", lambda: _storage(settings)),
        ("models", _models),
        ("clock", lambda: _clock(settings, database, url or settings.url)),
        ("service", lambda: _service(url or own_url(settings), required=url is not None)),
        *((f"provider {name}", lambda name=name: _provider(settings, name)) for name in _configured(settings)),
    )
    try:
        return [_looked(name, look) for name, look in looks]
    finally:
        database.close()


def report(checks: Sequence[Check]) -> dict[str, Any]:
    """Word the checks for a program."""
    return {"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]}


def _looked(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except DBAPIError as error:
        return Check(name, False, *explain(error))
    except Exception as error:
        return Check(name, False, f"{type(error).__name__}: {' '.join(str(error).split())}", "See the error; mend it.")


def _versions() -> Check:
    return Check("versions", True, f"genhook {__version__}, Python {platform.python_version()}, {platform.platform()}")


def _models() -> Check:
    """Warn of models that their providers are about to end; they are refused from that day on by themselves."""
    catalog = load_catalog()
    found = ending(catalog, datetime.fromtimestamp(clock.now() / 1000, UTC).date())
    told = ", ".join(f"{model.name} on {model.shutdown} (then use {model.successor})" for model in found)
    return Check("models", True, f"their providers end {told}" if told else "none is about to end")


def _data_dir(settings: Settings) -> Check:
    folder = settings.data_dir.resolve()
    if not folder.exists():
        return Check("data dir", True, f"{folder} is not there yet; `up` makes it")
    if not os.access(folder, os.W_OK):
        mend = f"Give {folder} to the user that runs Genhook."
        return Check("data dir", False, f"{folder} can't be written by this user", mend)
    if folder.stat().st_mode & 0o077:
        mend = f"chmod -R go= {folder} (every start does it)"
        return Check("data dir", False, f"{folder} is readable by others", mend)
    return Check("data dir", True, str(folder))


def _disk(settings: Settings) -> Check:
    folder = _existing(settings.data_dir.resolve())
    places = os.statvfs(folder)
    free = places.f_bavail * places.f_frsize
    detail = f"{free / 1e9:.1f} GB free at {folder}"
    if not writable(folder):
        return Check("disk", False, f"{detail}: full or not writable", FREE_SPACE)
    return Check("disk", True, detail)


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _secret(settings: Settings, database: Database) -> Check:
    if short := short_secret_keys(settings):
        detail = f"{short} later entries of GENHOOK_SECRET_KEY have less than {secret.LENGTH} characters"
        return Check("secret", False, detail, "Run `secrets rewrap`, and drop them when it names no key any more.")
    if _absent(database) or revision(database) is None:
        return Check("secret", True, "the database is not there yet")
    try:
        Vault(settings.secret_keys).check(database)
    except WrongSecretKey as error:
        return Check("secret", False, "it does not open this database", str(error))
    return Check("secret", True, "it opens this database")


def _absent(database: Database) -> bool:
    return database.sqlite and not Path(make_url(database.url).database or "").exists()


def _database(settings: Settings, database: Database) -> Check:
    if _absent(database):
        return Check("database", True, "not there yet; `up` or `migrate` makes it")
    found, wanted = revision(database), head()
    kind = make_url(database.url).get_backend_name()
    if is_newer(found):
        detail = f"{kind} at revision {found}, of a newer version than this {__version__}, which needs {wanted}"
        mend = "Install the newer version here too: processes of this one go on meanwhile, commands and `up` do not."
        return Check("database", False, detail, mend)
    if found != wanted:
        mend = f"Run `{PROGRAM} migrate`."
        return Check("database", False, f"{kind} at revision {found}; this version needs {wanted}", mend)
    with database.read() as db:
        db.execute(text("SELECT 1"))
    return Check("database", True, f"{kind} at revision {found}")


def _retention(settings: Settings, database: Database) -> Check:
    if _absent(database) or revision(database) is None:
        return Check("retention", True, "the database is not there yet")
    days = retention.days_kept(settings, database)
    if days:
        return Check("retention", True, f"ended runs are kept for {days} days")
    why = "RETENTION_DAYS is 0" if settings.retention_days == 0 else "RETENTION_DAYS is not set, and the database old"
    return Check("retention", True, f"ended runs are kept for ever: {why}")


def _counts(database: Database) -> Check:
    """Compare the counts of lists with the lists, which only a hand in the database lets differ."""
    if _absent(database) or revision(database) != head():
        return Check("counts", True, "the database is not there yet")
    with database.read() as db:
        wrong = {row.list for row in list_audit.differing(db)}
    if wrong:
        mend = f"Run `{PROGRAM} migrate --recount`."
        return Check("counts", False, f"lists are told to be longer or shorter than they are: {sorted(wrong)}", mend)
    return Check("counts", True, "every list is as long as it is told to be")


def _redis(settings: Settings) -> Check:
    if not settings.redis_url and not settings.socket_path.exists():
        return Check("redis", True, f"embedded, {NOT_RUNNING}")
    try:
        version = _redis_version(settings)
    except RedisTimeout:
        # A socket that nobody listens at refuses at once.
        mend = "Start `up` again, or the server behind REDIS_URL; work goes on more slowly."
        return Check("redis", False, "it hangs: no answer in time", mend)
    except RedisError as error:
        if not settings.redis_url:
            return Check("redis", True, f"embedded, {NOT_RUNNING}")
        return Check("redis", False, f"no answer: {error}", "Start it, or correct REDIS_URL; work goes on more slowly.")
    return Check("redis", True, f"{'embedded' if not settings.redis_url else 'external'}, version {version}")


def _redis_version(settings: Settings) -> str:
    """Return the server's version; a cluster's are those of its nodes. Raises RedisError."""
    told = connect(settings.redis).info("server")
    nodes = [told] if "redis_version" in told else list(told.values())
    return ", ".join(sorted({str(node["redis_version"]) for node in nodes}))


def _storage(settings: Settings) -> Check:
    if settings.storage.startswith("file://") and not Path(settings.storage.removeprefix("file://")).exists():
        return Check("storage", True, "not there yet; `up` makes it")
    store, key = ObjectStore(settings.storage), f"doctor/{new_uuid()}"
    source = _existing(settings.data_dir.resolve()) / f".doctor-{os.getpid()}"
    try:
        source.write_bytes(key.encode())
        store.put(key, source)
        read = b"".join(bytes(part) for part in store.stream(key, 0, len(key)))
        store.delete(key)
    except Exception as error:
        mend = FREE_SPACE if full(error) else "Check STORAGE_URL, its credentials, and the rights on it."
        return Check("storage", False, f"a file could not be written and read: {error}", mend)
    finally:
        source.unlink(missing_ok=True)
    if read != key.encode():
        return Check("storage", False, "a file came back changed", "Check what lies between Genhook and the storage.")
    kind = settings.storage.partition("://")[0]
    return Check("storage", True, f"{kind}: a file was written, read and deleted")


def _clock(settings: Settings, database: Database, url: str) -> Check:
    """Compare with the clocks of the others, as far as they can be asked."""
    others = clocks.away(settings, database)
    off = {name: seconds for name, seconds in others.items() if abs(seconds) > CLOCK_S}
    if off:
        detail = ", ".join(f"{name} is {seconds:+.0f} s away" for name, seconds in off.items())
        return Check("clock", False, detail, "Let every machine keep time by NTP: signatures are refused otherwise.")
    return Check("clock", True, f"as {' and '.join(others)}" if others else "nobody else to compare with")


def own_url(settings: Settings) -> str:
    """Word the address at which this machine reaches its own service."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _service(url: str, required: bool) -> Check:
    mend = f"Start it (`{PROGRAM} up`), or correct the address {url}."
    try:
        answer = requests.get(f"{url.rstrip('/')}/readyz", timeout=PATIENCE_S)
    except requests.RequestException as error:
        if not required:
            return Check("service", True, NOT_RUNNING)
        return Check("service", False, f"{url} does not answer: {error}", mend)
    if not answer.ok:
        return Check("service", False, f"{url} is not ready: {_lacking(answer)}", "See its log, and the checks above.")
    date = answer.headers.get("Date")
    if date and abs(parsedate_to_datetime(date).timestamp() - time.time()) > CLOCK_S + 1:
        return Check("service", False, f"{url} has another time: {date}", "Let both machines keep time by NTP.")
    return Check("service", True, f"{url} is ready")


def _lacking(answer: requests.Response) -> str:
    """Name what `/readyz` says is not there; the beginning of any other answer."""
    try:
        lacking = [name for name, well in answer.json()["checks"].items() if not well]
        return f"it lacks {' and '.join(lacking)}"
    except (requests.JSONDecodeError, KeyError, TypeError, AttributeError):
        return f"{answer.status_code} {' '.join(answer.text[:200].split())}"


def _configured(settings: Settings) -> list[str]:
    return [name for name, provider in settings.providers.items() if provider.key]


def _provider(settings: Settings, name: str) -> Check:
    from service import providers
    from service.errors import ServiceError
    from service.net.guard import Guard
    from service.providers.base import Access

    set_up = settings.providers[name]
    access = Access(set_up.key or "", set_up.base_url, set_up.webhook_key)
    try:
        providers.open(name, access, Guard(settings.callback_allow)).check()
    except ServiceError as error:
        return Check(f"provider {name}", False, error.message, f"Correct {name.upper()}_API_KEY, or its base URL.")
    return Check(f"provider {name}", True, "its key is taken")
