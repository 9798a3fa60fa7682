"""Choosing the tools of an MCP client by its URL's query, `?api=generor,flixly&kind=generate,search`: a long list takes
much of a model's context. Other names in a query are left to others, such as gateways that add a profile of their own.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from urllib.parse import parse_qsl

from service.definitions import Definitions

Query = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The APIs and kinds whose tools are there."""

    apis: Set[str]
    kinds: Set[str]

    def takes(self, api: str | None, kinds: Set[str]) -> bool:
        """Tell whether a tool is there: one of this API, or of none, that belongs to any of these kinds."""
        return (api is None or api in self.apis) and not self.kinds.isdisjoint(kinds)


class Choices:
    """The choices that the definitions offer, and the one that holds where a URL makes none."""

    def __init__(self, definitions: Definitions, usual: str) -> None:
        """`usual` is the query of MCP_TOOLS. Raises ValueError where it can't be read."""
        actions = definitions.actions.values()
        self._all = {"api": {action.api.name for action in actions}, "kind": {action.kind for action in actions}}
        try:
            named = parse_qsl(usual, strict_parsing=bool(usual))
            if other := sorted(dict(named).keys() - self._all.keys()):
                raise ValueError(f"{other[0]!r} is neither api nor kind")
            self._usual = self._read(named, self._all)
        except ValueError as error:
            raise ValueError(f"MCP_TOOLS must be a query such as api=generor&kind=generate,read: {error}") from None

    def of(self, query: Query) -> Choice:
        """Read a URL's query. Raises ValueError naming what is neither an API nor a kind."""
        read = self._read(query, self._usual)
        return Choice(read["api"], read["kind"])

    def _read(self, query: Query, usual: dict[str, set[str]]) -> dict[str, set[str]]:
        asked: dict[str, set[str]] = {}
        for name, text in query:
            if name in self._all:
                asked[name] = asked.get(name, set()) | {part.strip() for part in text.split(",") if part.strip()}
        for name, chosen in asked.items():
            if unknown := sorted(chosen - self._all[name]):
                raise ValueError(f"{name} must be of {', '.join(sorted(self._all[name]))}, not {unknown[0]!r}")
        return usual | {name: chosen for name, chosen in asked.items() if chosen}
