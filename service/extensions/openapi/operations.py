"""The operations of an OpenAPI document, each with what its path shares with it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.extensions.documents import DocumentRefused
from service.extensions.references import DocumentReferences
from service.extensions.texts import one_line, plain, shortened, snake

METHODS = ("get", "post", "put", "patch", "delete")
PARAMETER = re.compile(r"\{([^{}/]+)\}")
# Words by which a query asks for a text to be looked for.
SEARCHES = frozenset(
    {"q", "query", "search", "search_query", "search_term", "searchterm", "term", "keyword", "keywords", "text"}
)
LONGEST_RESOURCE, LONGEST_ID = 30, 100
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DocumentedOperation:
    """One operation as the document has it; `parameters` are those of its path and its own, references followed."""

    method: str
    path: str
    body: Json = field(repr=False)
    parameters: Sequence[Json] = field(repr=False)

    @property
    def named(self) -> str:
        """Its operationId, else its method and path."""
        given = self.body.get("operationId")
        return given if isinstance(given, str) and given.strip() else f"{self.method} {self.path}"

    @property
    def resource(self) -> str:
        """Its first tag, else the first part of its path that is no parameter."""
        tags = self.body.get("tags")
        if isinstance(tags, list) and tags and isinstance(tags[0], str) and tags[0].strip():
            return shortened(snake(tags[0]), LONGEST_RESOURCE)
        parts = [part for part in self.path.split("/") if part and not PARAMETER.search(part)]
        return shortened(snake(parts[0] if parts else "root"), LONGEST_RESOURCE)

    def id(self, api: str) -> str:
        """Its action's id."""
        before = f"{api}.{self.resource}."
        return before + shortened(snake(self.named), LONGEST_ID - len(before))

    @property
    def title(self) -> str:
        """The document's summary, else its name in words."""
        return one_line(self.body.get("summary")) or snake(self.named).replace("_", " ").capitalize()

    def answers_to(self, name: str) -> bool:
        """Tell whether somebody who says `name` means it."""
        return name in (self.named, snake(self.named), f"{self.method.upper()} {self.path}", self.path)

    @property
    def searches(self) -> bool:
        """Tell whether its query has a text to look for."""
        queries = (part for part in self.parameters if part.get("in") == "query")
        return any(snake(str(part.get("name"))) in SEARCHES for part in queries)


def operations(document: Json, references: DocumentReferences) -> Iterator[DocumentedOperation]:
    """Every operation of the document. Raises DocumentRefused for a document of another kind."""
    version = document.get("openapi")
    if not isinstance(version, str) or not re.match(r"3\.[01]\.", f"{version}."):
        what = f"It says swagger {document['swagger']}" if "swagger" in document else f"It says openapi {version!r}"
        raise DocumentRefused(f"{what[:80]}: OpenAPI 3.0 and 3.1 are read.")
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        shared, _ = references.resolved(item)
        for method in METHODS:
            body = shared.get(method)
            if isinstance(body, Mapping):
                yield DocumentedOperation(method, str(path), body, _parameters(references, shared, body))


def chosen(found: Iterable[DocumentedOperation], wanted: Sequence[str]) -> list[DocumentedOperation]:
    """Pick those that are asked for by name, in that order; `*` means all. Raises DocumentRefused."""
    every = list(found)
    if list(wanted) == ["*"]:
        return every
    picked: dict[int, DocumentedOperation] = {}
    for name in wanted:
        meant = [operation for operation in every if operation.answers_to(name)]
        exact = [operation for operation in meant if operation.named == name] or meant
        if not exact:
            offered = ", ".join(plain(operation.named, 60) for operation in every[:20]) + (
                ", …" if len(every) > 20 else ""
            )
            raise DocumentRefused(f"It has no operation {name}; it has {offered or 'none at all'}.")
        picked |= {id(operation): operation for operation in exact}
    return list(picked.values())


def _parameters(references: DocumentReferences, item: Json, body: Json) -> list[Json]:
    """The path's parameters and the operation's own, which replace those of the same name and place."""
    found: dict[tuple[Any, Any], Json] = {}
    for where in (item, body):
        listed = where.get("parameters")
        for part in listed if isinstance(listed, list) else ():
            parameter, _ = references.resolved(part)
            if isinstance(parameter.get("name"), str) and isinstance(parameter.get("in"), str):
                found[parameter["name"], parameter["in"]] = parameter
    return list(found.values())
