"""APIs from documents, added by command line to one Genhook at work, and a server made from each document."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.extensions import documents
from tests.extensions.conftest import run
from tests.fakes.openapi import OpenApiServer
from tests.support.house import Account, House, opened
from tests.support.valkey import Valkey

DOCUMENTS = Path(__file__).parent / "documents"
SOURCES = {"pets": "petstore.yaml", "pay": "pay.json", "films": "films.json", "scans": "scans.yaml"}
Add = Callable[..., "Added"]


@dataclass
class Added:
    """An API that was added under `name`, its server, and what the command told."""

    name: str
    server: OpenApiServer
    told: Any
    house: House

    def connected(self, key: str = "secret:word") -> Account:
        """An account with a key for it."""
        account = self.house.account()
        kept = account.call("PUT", f"/v1/connections/{self.name}", json={"key": key}, scopes=("admin",))
        assert kept.status_code == 200, kept.text
        return account


@pytest.fixture(scope="module")
def shop(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A Genhook at work."""
    valkey.client().flushall()
    with opened(tmp_path_factory.mktemp("shop"), valkey.url) as house:
        house.work()
        yield house


@pytest.fixture(scope="module")
def tell(shop: House) -> Callable[..., Any]:
    """A command that succeeds, answered as JSON; the Genhook has taken up what it changed."""

    def work(*words: str) -> Any:
        done = run(shop, *words, "--json")
        assert done.exit_code == 0, done.output
        shop.context.extensions.refresh()
        return orjson.loads(done.stdout)

    return work


@pytest.fixture(scope="module")
def added(shop: House, tell: Callable[..., Any]) -> Iterator[Add]:
    """Adds one of the documents, once, at a server made from it."""
    made: dict[str, Added] = {}

    def work(document: str, *options: str, name: str = "") -> Added:
        name = name or document
        if name not in made:
            path = DOCUMENTS / SOURCES[document]
            server = OpenApiServer(documents.read(str(path)), "/base")
            words = ("add", "api", name, str(path), "--operations", "*", "--base-url", server.url, *options)
            made[name] = Added(name, server, tell(*words), shop)
        made[name].server.forget()
        return made[name]

    yield work
    for one in made.values():
        one.server.close()


@pytest.fixture
def pets(added: Add) -> Added:
    """The shop for pets: YAML, an API key in a header."""
    return added("pets")


@pytest.fixture
def pay(added: Add) -> Added:
    """The payments: forms, basic authentication, an idempotency header that the operator names."""
    return added("pay", "--idempotency-header", "Idempotency-Key")


@pytest.fixture
def scans(added: Add) -> Added:
    """The scans: files in parts and as whole bodies, a key in a cookie."""
    return added("scans")


@pytest.fixture
def films(added: Add) -> Added:
    """The films: OpenAPI 3.1, a generate with its idempotency header in the document."""
    return added("films", "--generate", "films/create-film", "--estimate", "films/create-film=films/estimate")
