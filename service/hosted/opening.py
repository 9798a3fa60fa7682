"""Opening hosted originals, and the servers of added APIs, with an account's stored key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.accounts import keyring
from service.accounts.crypt import Vault
from service.accounts.keyring import OwnKey
from service.definitions import LOCAL, Action, Api, Definitions
from service.errors import ConnectionMissing
from service.extensions import book, kinds
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
            raise ConnectionMissing(f"The account has no key for {name} any more.", provider=told)
        return found

    def find(self, account_id: str, name: str) -> Original | None:
        """The original; None where the account has no key for it, and it is not open to all."""
        api = self.definitions.apis.get(name) or self._added(name).get(name)
        if api is None:
            return None
        with self.database.read() as db:
            own = keyring.connection(db, self.vault, account_id, name)
        if own is None and api.public:
            own = OwnKey("", None)
        return None if own is None else Original(api, own)

    def action(self, action_id: str) -> Action:
        """The action of an accepted run. Raises NotFound.

        The database is asked for an API that this process has not taken up yet, or that was removed since: what was
        accepted goes on.
        """
        known = self.definitions.actions.get(action_id)
        if known is None:
            known = self._added_actions(action_id.partition(".")[0]).get(action_id)
        return known if known is not None else self.definitions.action(action_id)

    def listed(self, account_id: str) -> list[Mapping[str, Any]]:
        """Return what the account's runs may be made on: here, and each original that it has a key for. Never a key."""
        with self.database.read() as db:
            stored = keyring.connected(db, account_id)
        apis = self.definitions.apis
        stored |= {name: None for name, api in apis.items() if api.public and name not in stored}
        hosted = [{"name": name, "base_url": base_url(apis[name], own)} for name, own in stored.items() if name in apis]
        return [{"name": LOCAL, "base_url": None}, *hosted]

    def _added(self, name: str) -> dict[str, Api]:
        return {action.api.name: action.api for action in self._added_actions(name).values()}

    def _added_actions(self, name: str) -> dict[str, Action]:
        with self.database.read() as db:
            extension = book.find(db, name)
        if extension is None or extension.kind != "api":
            return {}
        return {action.id: action for action in kinds.of(extension.kind).parts(extension, _no_models).actions}


def _no_models(type: str, key: str) -> int:
    raise LookupError(f"An API has no models ({type} {key}).")
