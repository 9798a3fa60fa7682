"""Real servers of models, added to a real Genhook as an operator adds them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.programs import Program, litellm, llama
from tests.support.installation import Client, Installation


@pytest.fixture(scope="session")
def smol(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A llama.cpp server."""
    made = llama(tmp_path_factory.mktemp("llama"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A LiteLLM proxy."""
    made = litellm(tmp_path_factory.mktemp("litellm"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Genhook, up, with no server added yet."""
    with Installation(tmp_path_factory.mktemp("up") / "data", workers=1) as made:
        yield made


@pytest.fixture(scope="session")
def cellar(installation: Installation, smol: Program) -> dict[str, Any]:
    """What the command told that added llama.cpp as `cellar`, while Genhook ran."""
    return added(installation, "cellar", smol, "--credits", "2")


@pytest.fixture(scope="session")
def gateway(installation: Installation, proxy: Program) -> dict[str, Any]:
    """What the command told that added LiteLLM as `gateway`, while Genhook ran."""
    return added(installation, "gateway", proxy, "--key", str(proxy.key))


def added(installation: Installation, name: str, program: Program, *options: str) -> dict[str, Any]:
    """`add server`, until the running processes offer its models."""
    told = installation.cli("add", "server", name, "--kind", "openai", "--base-url", program.url, *options)
    models = {f"{name}/{one['id']}" for one in installation.cli("extensions", "show", name)["spec"]["models"]}
    listed = installation.account(f"asks-for-{name}", "enterprise")

    def offered() -> bool:
        answer = listed.call("GET", "/openai/v1/models").json()["data"]
        return models <= {model["id"] for model in answer if model["owned_by"] == name}

    # 10 s by contract.
    Installation.until(offered, 12)
    return told


@pytest.fixture(scope="session")
def client(installation: Installation) -> Client:
    """An account on the enterprise plan, whose limits no test meets."""
    return installation.account("caller", "enterprise")


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The n8n pack as it is published, made without any of the added servers."""
    from tests.n8n import tools

    return tools.built_pack(tmp_path_factory.mktemp("pack"))
