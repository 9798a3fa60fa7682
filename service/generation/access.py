"""The key that a run's provider is opened with: the platform's, or the account's own as it stands now."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import select

from service import providers
from service.accounts.crypt import Vault
from service.config import ProviderSettings
from service.errors import ProviderAuth, ProviderError
from service.extensions import book
from service.net.guard import Guard
from service.providers import servers
from service.providers.base import Access, Provider
from service.sandbox.pool import EnginePool
from service.store.database import Database
from service.store.tables import provider_keys

OPEN_AT_ONCE = 64


class ProviderAccess:
    """Opens providers. One a worker process."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        platform: Mapping[str, ProviderSettings],
        guard: Guard,
        engines: EnginePool | None = None,
    ) -> None:
        """`platform` are the installation's own keys, by provider; without `engines` nothing is made here."""
        self._database = database
        self._vault = vault
        self._platform = platform
        self._opened_server = lru_cache(OPEN_AT_ONCE)(
            lambda kind, name, access: servers.open(kind, name, access, guard, engines)
        )
        self._opened = lru_cache(OPEN_AT_ONCE)(lambda name, access: providers.open(name, access, guard, engines))

    def open(self, provider: str, account_id: str, byok: bool) -> Provider:
        """The provider, with the account's key or the platform's. Raises ProviderAuth where that is gone by now."""
        if provider not in providers.names():
            return self._server(provider)
        if not providers.get(provider).paid:
            return self._opened(provider, Access(""))
        return self._opened(provider, self._own(provider, account_id) if byok else self._of_platform(provider))

    def _server(self, name: str) -> Provider:
        """The added server, one that was removed since among them: what was accepted goes on.

        The database is asked, so that a worker that has not taken it up yet reaches it too. Raises ProviderError.
        """
        with self._database.read() as db:
            known = book.find(db, name)
        if known is None or known.kind != "server":
            raise ProviderError(f"There is no provider {name!r} here.", provider=_gone(name))
        key = "" if known.sealed is None else self._vault.decrypt(known.sealed)
        access = Access(key, known.spec["base_url"], software=known.spec.get("software", ""))
        return self._opened_server(known.spec["kind"], name, access)

    def _of_platform(self, provider: str) -> Access:
        named = self._platform.get(provider)
        if named is None or not named.key:
            raise ProviderAuth(f"This installation has no key for {provider} any more.", provider=_gone(provider))
        return Access(named.key, named.base_url, named.webhook_key)

    def _own(self, provider: str, account_id: str) -> Access:
        query = select(provider_keys.c.key, provider_keys.c.base_url).where(
            provider_keys.c.account_id == account_id,
            provider_keys.c.provider == provider,
            provider_keys.c.enabled.is_(True),
        )
        with self._database.read() as db:
            row = db.execute(query).one_or_none()
        if row is None:
            raise ProviderAuth(f"The account has no enabled key for {provider}.", provider=_gone(provider))
        return Access(self._vault.decrypt(row.key), row.base_url)


def _gone(provider: str) -> dict[str, str | None]:
    return {"name": provider, "code": None, "message": "no key"}
