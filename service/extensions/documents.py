"""Reading a document that somebody else wrote, as JSON or YAML, within bounds.

YAML is read as JSON's types and nothing else (YAML 1.2, core schema): no tags, no anchors, no dates, names are texts.
It is built from the parser's events, since a loader of its own would expand aliases before they can be refused.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
import yaml
from urllib3.exceptions import HTTPError

from service.net.failures import why
from service.providers.http import exchange

MOST_BYTES = 5 * 1024 * 1024
DEEPEST = 100
FETCH_S = 30.0
CONNECT_S = 10.0
ACCEPT = "application/json, application/yaml, text/yaml, */*;q=0.5"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CONSTANTS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
Json = dict[str, Any]


class DocumentRefused(Exception):
    """A document that can't be taken in: too large, too deep, not readable, or of another kind. Says why."""


def read(source: str) -> Json:
    """The document in a file or at an http(s) URL. Raises DocumentRefused."""
    if urlsplit(source).scheme in ("http", "https"):
        return parse(_fetched(source))
    path = Path(source)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _too_large()
        return parse(path.read_bytes())
    except OSError as error:
        raise DocumentRefused(f"{source} can't be read: {error.strerror or error}.") from None


def parse(content: bytes) -> Json:
    """The document's object. Raises DocumentRefused."""
    if len(content) > MOST_BYTES:
        raise _too_large()
    content = content.removeprefix(b"\xef\xbb\xbf")
    body = _json(content) if content.lstrip()[:1] == b"{" else _yaml(content)
    if not isinstance(body, dict):
        raise DocumentRefused("The document must be an object.")
    _check_depth(body)
    return body


def _too_large() -> DocumentRefused:
    return DocumentRefused(f"The document is larger than {MOST_BYTES // 1024 // 1024} MB.")


def _fetched(url: str) -> bytes:
    """The bytes at an address that the operator named. No redirect is followed."""
    try:
        answer = exchange(
            "GET", url, within_s=FETCH_S, timeout=(CONNECT_S, FETCH_S), most=MOST_BYTES, headers={"Accept": ACCEPT}
        )
    except (requests.RequestException, HTTPError, OSError) as error:
        raise DocumentRefused(f"{url} can't be fetched: {why(error)}.") from None
    if not answer.ok:
        raise DocumentRefused(f"{url} answers with HTTP status {answer.status}.")
    return answer.body


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        try:
            # A flow mapping is YAML, too, and begins like an object.
            return _yaml(content)
        except DocumentRefused as refusal:
            if "not valid YAML" not in str(refusal):
                raise
            raise DocumentRefused(f"The document is not valid JSON: {error}.") from None


def _check_depth(body: Any) -> None:
    waiting = [(body, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep()
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += [(part, depth + 1) for part in inside if isinstance(part, dict | list)]


def _too_deep() -> DocumentRefused:
    return DocumentRefused(f"The document is nested more than {DEEPEST} levels deep.")


def _yaml(content: bytes) -> Any:
    try:
        return _built(yaml.parse(content, Loader=_LOADER))
    except yaml.YAMLError as error:
        raise DocumentRefused(f"The document is not valid YAML: {' '.join(str(error).split())}.") from None
    except (UnicodeDecodeError, RecursionError):
        raise DocumentRefused("The document is no readable YAML.") from None


def _built(events: Iterator[Any]) -> Any:
    """The value that the events tell, containers on a stack: nothing recurses."""
    root: list[Any] = []
    stack: list[Any] = [root]
    names: list[Any] = [None]
    for event in events:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise DocumentRefused(f"YAML aliases and anchors are not taken (line {event.start_mark.line + 1}).")
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
            names.pop()
            continue
        made = _made(event)
        if made is _NOTHING:
            continue
        container = stack[-1]
        if isinstance(container, list):
            container.append(made)
        elif names[-1] is None:
            names[-1] = _name(event)
            continue
        else:
            container[names[-1]] = made
            names[-1] = None
        if isinstance(made, dict | list):
            if len(stack) > DEEPEST:
                raise _too_deep()
            stack.append(made)
            names.append(None)
    if len(root) != 1:
        raise DocumentRefused("The file must hold one document.")
    return root[0]


_NOTHING = object()


def _made(event: Any) -> Any:
    if isinstance(event, yaml.MappingStartEvent):
        return {}
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event.value) if event.implicit[0] else event.value
    return _NOTHING


def _name(event: Any) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise DocumentRefused(f"A name must be a text (line {event.start_mark.line + 1}).")
    return str(event.value)


def _scalar(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
