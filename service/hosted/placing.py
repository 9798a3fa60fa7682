"""An action's flat input as the HTTP request that its REST face, or its own server, takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from urllib.parse import quote

import orjson

from service.definitions import Action
from service.definitions.action import PLACEHOLDER
from service.errors import ValidationError

BODILESS = ("GET", "DELETE")
PLACES = ("path", "query", "header", "cookie", "body")
# What may stand in a cookie's value beside letters and digits; the rest is percent-encoded.
IN_COOKIE = "!#$%&'()*+-./:<=>?@[]^_`{|}~"
# What stands between the items of a list that is written as one text.
BETWEEN = {"comma": ",", "space": " ", "pipe": "|"}
# What is not one text otherwise, in a header or a cookie.
ONE_TEXT = "comma"
Sent = str | list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body: a text of its media type ("" for none told), or the file that the input has at `file_at`."""

    name: str
    text: str = ""
    content_type: str = ""
    file_at: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A request without its host and key; `body` is None where the method takes none, written as `encoding` says.

    The body of a multipart request is a list of parts, that of a file the one part.
    """

    method: str
    path: str
    query: Mapping[str, Sent]
    body: Any
    encoding: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)


def placed(action: Action, values: Mapping[str, Any]) -> Placed:
    """Every field in its place; the one that asks for a stream is left out, since a run has one answer.

    Raises ValidationError for a text that can't stand in a path or a header.
    """
    http = action.source["http"]
    streaming = action.stream.field if action.stream is not None else None
    sent = {name: value for name, value in values.items() if name != streaming}
    inside = {place: _of_place(action, sent, place) for place in PLACES}
    encoding = http.get("encoding", "json")
    has_body = bool(inside["body"]) or (action.method not in BODILESS and not _knows_no_body(action))
    body = _body(http, _in_order(action, inside["body"]), encoding) if has_body else None
    path, query = _path(action.path, inside["path"]), dict(_pairs(http, inside["query"]))
    headers = _headers(http, inside["header"]) | _cookies(http, inside["cookie"])
    return Placed(action.method, path, query, body, encoding, headers)


def file_urls(action: Action, values: Mapping[str, Any]) -> dict[str, str]:
    """The URLs of the files that are sent, by their place in the input, a JSON pointer."""
    found: dict[str, str] = {}
    for name in action.source["http"].get("files", ()):
        given = values.get(name)
        listed = enumerate(given) if isinstance(given, list) else ()
        found |= {f"/{name}/{number}": url for number, url in listed}
        if isinstance(given, str):
            found[f"/{name}"] = given
    return found


def _knows_no_body(action: Action) -> bool:
    """Tell whether an added API has said that it takes no body; the originals take an empty object."""
    return action.api.added and "body" not in action.placement.values()


def _of_place(action: Action, values: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if action.placement.get(name) == place}


def _in_order(action: Action, values: Mapping[str, Any]) -> dict[str, Any]:
    """The members as the schema lists them, however the caller did."""
    return {name: values[name] for name in action.input_schema["properties"] if name in values}


def _path(template: str, values: Mapping[str, Any]) -> str:
    """Fill in the path, each value encoded whole. Raises ValidationError for one that would be a part of it."""
    path = PLACEHOLDER.sub(lambda match: _segment(match[1], values[match[1]]), template)
    for part, shape in zip(path.split("/"), template.split("/"), strict=True):
        if part in (".", "..") and (name := PLACEHOLDER.search(shape)) is not None:
            raise _no_segment(name[1], part)
    return path


def _segment(name: str, value: Any) -> str:
    text = _text(value)
    if text in ("", ".", ".."):
        # Clients and servers take these for a part of the path itself.
        raise _no_segment(name, text)
    return quote(text, safe="")


def _no_segment(name: str, text: str) -> ValidationError:
    return ValidationError.at(f"/{name}", f"{name} can't be {text!r}")


def _body(http: Mapping[str, Any], values: Mapping[str, Any], encoding: str) -> Any:
    if encoding == "multipart":
        # Servers that read a body as it comes want to know what is to be done with a file before they get it.
        return sorted(_parts(http, values), key=lambda part: part.file_at is not None)
    if encoding == "file":
        whole = http["whole"]
        return None if values.get(whole) is None else Part(whole, "", http.get("body_type", ""), f"/{whole}")
    if "whole" in http:
        return values.get(http["whole"])
    names = http.get("names", {})
    if encoding == "form":
        return dict(_pairs(http, values))
    return {names.get(name, name): value for name, value in values.items()}


def _parts(http: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Part]:
    """The members in parts: files in theirs, lists as one part an item, objects as JSON."""
    names, styles = http.get("names", {}), http.get("styles", {})
    for name, value in values.items():
        wire = names.get(name, name)
        if name in http.get("files", ()):
            places = [f"/{name}/{number}" for number in range(len(value))] if isinstance(value, list) else [f"/{name}"]
            yield from (Part(wire, file_at=at) for at in places if value is not None)
        elif isinstance(value, list | dict) and styles.get(name, "json") == "json":
            yield Part(wire, orjson.dumps(value).decode(), "application/json")
        else:
            for inner, sent in _pairs(http, {name: value}):
                yield from (Part(inner, text) for text in ([sent] if isinstance(sent, str) else sent))


def _pairs(http: Mapping[str, Any], values: Mapping[str, Any], usual: str = "repeat") -> Iterator[tuple[str, Sent]]:
    """The members of a query, a form, headers or cookies under the API's names; null is none."""
    names, styles = http.get("names", {}), http.get("styles", {})
    for name, value in values.items():
        if value is not None:
            yield from _written(names.get(name, name), value, styles.get(name, usual))


def _written(name: str, value: Any, style: str) -> Iterator[tuple[str, Sent]]:
    if not isinstance(value, list | dict):
        yield name, _text(value)
    elif style == "json":
        yield name, orjson.dumps(value).decode()
    elif style == "deep":
        yield from _deep(name, value)
    elif style in BETWEEN:
        listed = chain.from_iterable(value.items()) if isinstance(value, dict) else value
        yield name, BETWEEN[style].join(map(_text, listed))
    elif isinstance(value, dict):
        # An object without a style of its own is its members.
        yield from ((inner, _text(part)) for inner, part in value.items() if part is not None)
    else:
        yield name, [_text(part) for part in value]


def _deep(name: str, value: Any) -> Iterator[tuple[str, Sent]]:
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for inner, part in parts:
            yield from _deep(f"{name}[{inner}]", part)
    elif value is not None:
        yield name, _text(value)


def _headers(http: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """The headers, each under the name that the API gives it: callers choose none. Raises ValidationError."""
    headers = {}
    for name in values:
        for wire, value in _pairs(http, {name: values[name]}, ONE_TEXT):
            text = value if isinstance(value, str) else ",".join(value)
            if not text.isprintable() or not text.isascii():
                raise ValidationError.at(f"/{name}", "must be printable ASCII, which a header takes")
            headers[wire] = text.strip()
    return headers


def _cookies(http: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """The header that holds the cookies, where there are any."""
    sent = [
        f"{wire}={quote(text if isinstance(text, str) else ','.join(text), safe=IN_COOKIE)}"
        for wire, text in _pairs(http, values, ONE_TEXT)
    ]
    return {"Cookie": "; ".join(sent)} if sent else {}


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)
