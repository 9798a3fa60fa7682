"""The way an API wants to be told its key, as its document's security schemes say."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from service.extensions.openapi.operations import DocumentedOperation
from service.extensions.references import DocumentReferences
from service.extensions.texts import plain

# Headers that a key can't be in: they say how a request is sent.
REFUSED = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "accept"})
# A header's or a cookie's, and a query member's, which may have brackets.
TOKEN, MEMBER = (re.compile(rf"[A-Za-z0-9!#$%&'*+.^_`|~{more}-]{{1,100}}") for more in ("", r"\[\]"))
PLACES = ("header", "query", "cookie")
Json = Mapping[str, Any]


def key_of(
    document: Json, references: DocumentReferences, operations: Sequence[DocumentedOperation], said: list[str]
) -> Json | None:
    """Find the way most of the operations want the key; None for a Bearer token, the guess where none is.

    What can't be told that way is added to `said`.
    """
    wanted = Counter(name for operation in operations if (name := _scheme(document, operation)) is not None)
    if not wanted:
        return None
    name = wanted.most_common(1)[0][0]
    if len(wanted) > 1:
        said.append(
            f"the key is told by {plain(name, 60)}; {plain(', '.join(sorted(set(wanted) - {name})), 200)} is not used"
        )
    components, _ = references.resolved(document.get("components"))
    schemes, _ = references.resolved(components.get("securitySchemes"))
    scheme, _ = references.resolved(schemes.get(name))
    return _told(scheme, name, said)


def _scheme(document: Json, operation: DocumentedOperation) -> str | None:
    """The first scheme that alone is enough; None where none is needed."""
    told = operation.body.get("security", document.get("security"))
    ways = [way for way in told if isinstance(way, Mapping) and way] if isinstance(told, list) else []
    alone = next((way for way in ways if len(way) == 1), ways[0] if ways else {})
    return next(map(str, alone), None)


def _told(scheme: Json, name: str, said: list[str]) -> Json | None:
    kind, place, member = scheme.get("type"), scheme.get("in"), scheme.get("name")
    if kind == "http" and str(scheme.get("scheme")).lower() == "basic":
        return {"in": "basic", "name": "Authorization", "before": "Basic "}
    pattern = MEMBER if place == "query" else TOKEN
    fits = isinstance(member, str) and pattern.fullmatch(member) and member.lower() not in REFUSED
    if kind == "apiKey" and fits and place in PLACES:
        return {"in": str(place), "name": member, "before": ""}
    if kind not in ("http", "oauth2", "openIdConnect"):
        said.append(f"the scheme {plain(name, 60)} can't be used: the key is told as a Bearer token")
    return None
