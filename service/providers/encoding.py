"""Media inside requests and answers, in base64: references going out, results coming in."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.definitions.caller_schemas import nodes
from service.providers.base import Reference
from service.providers.faults import unusable
from service.providers.inputs import content
from service.providers.results import CopiedFile, Results


def encoded(reference: Reference) -> tuple[str, str]:
    """A fetched reference as its media type and its bytes in base64."""
    path, content_type = content(reference)
    return content_type, base64.b64encode(path.read_bytes()).decode()


def data_url(reference: Reference) -> str:
    """A fetched reference as a data URL."""
    content_type, data = encoded(reference)
    return f"data:{content_type};base64,{data}"


def decoded(provider: str, data: Any) -> bytes:
    """Return what an answer holds in base64. Raises ProviderError where it is none."""
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise unusable(provider, "media that is no base64") from None


def kept(provider: str, results: Results, data: Any, path: Path, media: str) -> CopiedFile:
    """The file that an answer holds in base64, which is to be of `media`. Raises ProviderError where it is not."""
    path.write_bytes(decoded(provider, data))
    return results.checked(path, media)


def keywords(schema: Mapping[str, Any]) -> frozenset[str]:
    """Every JSON Schema keyword that is used anywhere in `schema`: providers know some of them only."""
    return frozenset(keyword for _, node in nodes(schema) if isinstance(node, Mapping) for keyword in node)
