"""Opening hosted originals with an account's stored key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.accounts import keyring
from service.accounts.crypt import Vault
from service.definitions import LOCAL, Definitions
from service.errors import ConnectionMissing
from service.hosted.original import Original, base_url
from service.store.database import Database


@dataclass(frozen=True, slots=True)
class Originals:
    """The hosted originals of every account. One a process."""

    database: Database
    vault: Vault
    read: Callable[[], Definitions]

    @property
    def definitions(self) -> Definitions:
        """The definitions as of now."""
        return self.read()

    def open(self, account_id: str, name: str) -> Original:
        """The original, with the account's key as it stands now. Raises ConnectionMissing where that is gone."""
        found = self.find(account_id, name)
        if found is None:
            told = {"name": name, "code": None, "message": "no key"}
            raise ConnectionMissing(f"The account has no key for the hosted {name} any more.", provider=told)
        return found

    def find(self, account_id: str, name: str) -> Original | None:
        """The original; None where the account has no key for it."""
        api = self.definitions.apis.get(name)
        if api is None:
            return None
        with self.database.read() as db:
            own = keyring.connection(db, self.vault, account_id, name)
        return None if own is None else Original(api, own)

    def listed(self, account_id: str) -> list[Mapping[str, Any]]:
        """Return what the account's runs may be made on: here, and each original that it has a key for. Never a key."""
        with self.database.read() as db:
            stored = keyring.connected(db, account_id)
        apis = self.definitions.apis
        hosted = [{"name": name, "base_url": base_url(apis[name], own)} for name, own in stored.items() if name in apis]
        return [{"name": LOCAL, "base_url": None}, *hosted]
