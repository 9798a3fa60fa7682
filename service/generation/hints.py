"""Addresses at which a provider may say that it is time to ask: one of each run's own, that nobody can guess.

A hint is never believed in what it says; the provider is asked, as it is without any.
"""

from urllib.parse import urlsplit

from service.accounts.crypt import Vault
from service.providers.base import Provider

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Hints:
    """Makes the addresses and knows them again."""

    def __init__(self, vault: Vault, public_url: str) -> None:
        """`public_url` is PUBLIC_URL, empty where it is not set: then no provider is told any address."""
        self._vault = vault
        self._public_url = public_url.rstrip("/")

    def url(self, provider: Provider, run_id: str) -> str:
        """The run's address at this provider; empty where the provider gives no hints or can't reach us."""
        if not provider.hinting or not self.reaches(provider):
            return ""
        return f"{self._public_url}/providers/{provider.name}/webhooks/{self.token(provider.name, run_id)}"

    def reaches(self, provider: Provider) -> bool:
        """Tell whether the provider can reach this service: by HTTPS, or where both are on this machine."""
        return _reachable(self._public_url, provider.access.base_url)

    def token(self, provider: str, run_id: str) -> str:
        """The run's id, signed for this provider."""
        return f"{run_id}.{self._vault.sign(_signed(provider, run_id))}"

    def run_of(self, provider: str, token: str) -> str | None:
        """The run that the token was made for; None where it was not made here, or for another provider."""
        run_id, _, signature = token.partition(".")
        return run_id if self._vault.verify(_signed(provider, run_id), signature) else None


def _signed(provider: str, run_id: str) -> str:
    return f"hint/{provider}/{run_id}"


def _reachable(public_url: str, base_url: str | None) -> bool:
    """Providers call HTTPS only; one that is set to a loopback address itself can also reach us there."""
    parts = urlsplit(public_url)
    if parts.scheme == "https":
        return True
    return parts.hostname in _LOOPBACK and urlsplit(base_url or "").hostname in _LOOPBACK
