"""Routes to providers: the account's own key, the platform's, or the embedded engine; chosen at accept, for good."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from service import providers
from service.catalog import Model, Plan
from service.config import Settings
from service.errors import ProviderNotConfigured
from service.providers import servers
from service.providers.base import Task
from service.sandbox.pool.limits import Pace, pace_of
from service.store.statements import Statement
from service.store.tables import provider_keys

# A text that is read aloud is a recording, of nobody knows how many characters before it is made.
MOST_READ = 3


@dataclass(frozen=True, slots=True)
class Route:
    """`provider` makes it; `byok` on the account's own key, `sandbox` where the embedded engine stands in.

    `server` is the kind of the added server that `provider` names, None for a built-in provider.
    """

    provider: str
    byok: bool = False
    sandbox: bool = False
    server: str | None = None

    @property
    def tools(self) -> bool:
        """True where its language models are given a chat's tools."""
        kind = providers.get(self.provider) if self.server is None else servers.get(self.server)
        return kind.tools

    def lane(self, task: Task) -> str:
        """The lane its runs wait in: quick work does not queue behind long."""
        if self.provider != "local":
            return "blocking"
        if "narration" in task.params:
            return str(Pace.MEDIUM if task.count < MOST_READ else Pace.SLOW)
        return str(pace_of(task.media, task.count, len(task.prompt)))


LOCAL = Route("local", sandbox=True)


def choose(db: Connection, settings: Settings, account_id: str, plan: Plan, model: Model, media: str) -> Route:
    """An enabled own key of the model's provider where the plan has BYOK, else as for anyone."""
    if model.server is not None or not _offers(model.provider, media):
        return platform(settings, model, media)
    if plan.byok and _own_key(db, account_id, model.provider):
        return Route(model.provider, byok=True)
    return platform(settings, model, media)


def platform(settings: Settings, model: Model, media: str) -> Route:
    """The model's added server, the platform's key of its provider, else the embedded engine."""
    if model.server is not None:
        return Route(model.provider, server=model.server)
    named = settings.providers.get(model.provider)
    if named is not None and named.key and _offers(model.provider, media):
        return Route(model.provider)
    return LOCAL


def own(db: Connection, account_id: str, plan: Plan, provider: str, media: str) -> Route:
    """The account's own key, nothing else. Raises ProviderNotConfigured. Source: flokan, request body, `provider`."""
    if not plan.byok:
        raise ProviderNotConfigured.at("/provider", f"The plan {plan.name} does not include own provider keys (BYOK).")
    if not _own_key(db, account_id, provider) or not _offers(provider, media):
        raise ProviderNotConfigured.at("/provider", f"No enabled {provider} key is configured for this workspace.")
    return Route(provider, byok=True)


def _offers(provider: str, media: str) -> bool:
    return provider in providers.names() and media in providers.get(provider).media


def _own_key(db: Connection, account_id: str, provider: str) -> bool:
    row = _ENABLED.first(db, account=account_id, provider_name=provider)
    return row is not None and bool(row.enabled)


_ENABLED = Statement(
    "route.own_key",
    select(provider_keys.c.enabled).where(
        provider_keys.c.account_id == bindparam("account"), provider_keys.c.provider == bindparam("provider_name")
    ),
)
