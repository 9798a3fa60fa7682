"""Whatever fits the OpenAPI document, and what only nearly does, is answered as the document says, and never by a 500.

Schemathesis makes the requests from `/openapi.json`: each definition's own examples, then inputs that fit and inputs
that do not. One test an operation, so that a new definition is tried without a word here.
"""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.config import ProviderSettings
from service.describe import openapi
from service.web import account_events
from tests.fakes.youtube import KEY as YOUTUBE_KEY
from tests.fakes.youtube import FakeYouTube
from tests.support.definitions import built_in
from tests.support.house import Account, House, opened
from tests.support.valkey import Valkey

PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CASES = 10
CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 20260101,
        "generation": {
            "deterministic": True,
            "no-shrink": True,
            "max-examples": CASES,
            "with-security-parameters": False,
        },
        "phases": {"examples": {"enabled": True}, "coverage": {"enabled": False}, "stateful": {"enabled": False}},
    }
)
DOCUMENT = schemathesis.openapi.from_dict(openapi.build(built_in(), "http://genhook.test"), config=CONFIG)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[House]:
    """A Genhook at work, with a YouTube of its own."""
    youtube = FakeYouTube(quota=100_000)
    own = {"youtube": ProviderSettings(YOUTUBE_KEY, youtube.base_url)}
    with opened(tmp_path_factory.mktemp("fuzzed"), valkey.url, **own) as house, pytest.MonkeyPatch.context() as patched:
        # A stream of all runs is cut short: many are tried.
        patched.setattr(account_events, "LASTS_S", 0.1)
        patched.setattr(account_events, "LOOK_S", 0.1)
        house.work()
        yield house
    youtube.close()


@pytest.fixture
def rich(shared: House) -> Account:
    """An account that can pay for everything, and has made no request yet."""
    return shared.account("enterprise", credits=10**9)


@DOCUMENT.parametrize()
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_is_as_documented(case: schemathesis.Case, rich: Account) -> None:
    # A family without keys of its own takes any.
    api = next((tag for tag in case.operation.tags or () if tag in rich.house.context.definitions.apis), "generor")
    key = {"Authorization": f"Bearer {rich.key(api)}"}
    response = case.call(app=rich.house.app, headers=key)
    # To OpenAPI 3.1 a stream is a text; Schemathesis would hold each event, an object to it, to the text's schema.
    streamed = "text/event-stream" in response.headers.get("content-type", [""])[0]
    checks = [promise for promise in PROMISES if not (streamed and promise is response_schema_conformance)]
    case.validate_response(response, checks=checks)
    assert response.status_code not in (401, 429), "this tries the operation, not the gate before it"
