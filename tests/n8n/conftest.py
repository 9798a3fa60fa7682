"""The real n8n. Its tests run by `make test-n8n` alone: the first time they install 2 GB."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.youtube import KEY, FakeYouTube
from tests.n8n import tools
from tests.n8n.instance import N8n
from tests.n8n.shelf import LossyProxy, Shelf
from tests.support.installation import Client, Installation

collect_ignore_glob = [] if os.environ.get("GENHOOK_TEST_N8N") else ["test_*.py"]
_numbers = count(1)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack, built and packed."""
    return tools.built_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="session")
def n8n(tmp_path_factory: pytest.TempPathFactory, archive: Path) -> Iterator[N8n]:
    """An n8n with the pack installed as a user would, its owner logged in."""
    with N8n(tmp_path_factory.mktemp("n8n"), archive) as made:
        yield made


@pytest.fixture(scope="session")
def youtube() -> Iterator[FakeYouTube]:
    """A YouTube to search."""
    made = FakeYouTube()
    yield made
    made.close()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, youtube: FakeYouTube) -> Iterator[Installation]:
    """Genhook, up, with the schedule of callbacks that it has by default."""
    searching = {"YOUTUBE_API_KEY": KEY, "YOUTUBE_BASE_URL": youtube.base_url}
    with Installation(tmp_path_factory.mktemp("up") / "data", **searching) as made:
        yield made


@pytest.fixture
def client(installation: Installation) -> Client:
    """An account on the enterprise plan, whose limits no test meets."""
    return installation.account(f"caller-{next(_numbers)}", plan="enterprise")


@pytest.fixture
def credential(n8n: N8n, client: Client) -> dict[str, Any]:
    """The account's Generor key and signing secret, kept in n8n."""
    return n8n.credential(client.installation.url, client.keys["generor"], client.secret)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    made = Shelf()
    yield made
    made.close()


@pytest.fixture
def proxy(installation: Installation) -> Iterator[LossyProxy]:
    made = LossyProxy(installation.url)
    yield made
    made.close()
