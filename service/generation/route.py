"""Routes to providers: the account's own key, the platform's, or the embedded engine; chosen at accept, for good."""

from dataclasses import dataclass
from typing import Any

from service import providers
from service.accounts.keys import Caller
from service.catalog import Model, Plan
from service.config import Settings
from service.errors import ProviderNotConfigured
from service.generation.order import Order, asked, prices_of
from service.providers import servers
from service.providers.base import Task
from service.sandbox.pool.limits import Pace, pace_of

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

    def order(
        self, model: Model, task: Task, prices: tuple[int, ...], seed: int | None = None, **members: Any
    ) -> Order:
        """Order a task of a model by this route, for the prices of 1, 2, … items; `members` are the order's others."""
        return Order(
            task=asked(model, task, seed),
            provider=self.provider,
            model_id=model.id,
            lane=self.lane(task),
            prices=prices_of(model, prices),
            byok=self.byok,
            **{"seconds": model.seconds * task.count, "sandbox": self.sandbox, **members},
        )


LOCAL = Route("local", sandbox=True)


def choose(settings: Settings, caller: Caller, plan: Plan, model: Model, media: str) -> Route:
    """An enabled own key of the model's provider where the plan has BYOK, else as for anyone."""
    if model.server is not None or not _offers(model.provider, media):
        return platform(settings, model, media)
    if plan.byok and model.provider in caller.own_providers:
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


def own(caller: Caller, plan: Plan, provider: str, media: str) -> Route:
    """The account's own key, nothing else. Raises ProviderNotConfigured. Source: flokan, request body, `provider`."""
    if not plan.byok:
        raise ProviderNotConfigured.at("/provider", f"The plan {plan.name} does not include own provider keys (BYOK).")
    if provider not in caller.own_providers or not _offers(provider, media):
        raise ProviderNotConfigured.at("/provider", f"No enabled {provider} key is configured for this workspace.")
    return Route(provider, byok=True)


def _offers(provider: str, media: str) -> bool:
    return provider in providers.names() and media in providers.get(provider).media
