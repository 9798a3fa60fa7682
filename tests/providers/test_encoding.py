"""What is said of base64 and of schemas is so."""

import pytest

from service.errors import ProviderError
from service.providers.encoding import decoded, keywords


def test_base64_is_read() -> None:
    assert decoded("openai", "aGk=") == b"hi"


@pytest.mark.parametrize("data", [None, 7, "not base64!"])
def test_what_is_no_base64_is_an_error(data: object) -> None:
    with pytest.raises(ProviderError, match="no base64"):
        decoded("openai", data)


def test_keywords_are_found_at_every_depth_and_names_are_none() -> None:
    inner = {"type": "object", "properties": {"pattern": {"type": "string", "maxLength": 5}}}
    schema = {"type": "array", "items": {"anyOf": [inner, {"const": {"minimum": 1}}]}}
    assert keywords(schema) == {"type", "items", "anyOf", "properties", "maxLength", "const"}
