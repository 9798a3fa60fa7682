"""`/openapi.json` is a valid document, and a client made from it by somebody else's generator is one to work with."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.house import Account, House
from tests.support.serving import serving

PACKAGE = "genhook_client"
# The generator's own classes, the same for every document, are not what is tried.
STRICT = f"""
[mypy]
strict = True
[mypy-{PACKAGE}.client]
ignore_errors = True
"""
CALLS = f"""
import sys

from {PACKAGE} import AuthenticatedClient
from {PACKAGE}.api.generor import generor_creations_get, generor_generators_generate
from {PACKAGE}.models import (
    GenerorCreationsGetResponse200,
    GenerorGeneratorsGenerateGenerationRequest,
    GenerorGeneratorsGenerateResponse201,
)

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
body = GenerorGeneratorsGenerateGenerationRequest(model_id=37, prompt="Tell me a joke about programming")
made = generor_generators_generate.sync("joke", client=client, body=body)
assert isinstance(made, GenerorGeneratorsGenerateResponse201), made
kept = generor_creations_get.sync(made.data.creations[0].creation_id, client=client)
assert isinstance(kept, GenerorCreationsGetResponse200), kept
print(made.data.credit_cost, kept.data.generator_data["text"])
"""


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Return where the house answers over HTTP."""
    with serving(house.app) as url:
        yield url


def test_the_document_is_valid(idle_house: House) -> None:
    document: dict[str, Any] = idle_house.client.get("/openapi.json").get_json()
    faults = [
        f"{list(fault.absolute_path)}: {fault.message}" for fault in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    assert faults == []


def test_a_generated_client_is_typed_throughout_and_generates(url: str, account: Account, tmp_path: Path) -> None:
    tools = Path(sys.executable).parent
    made = run(
        tools / "openapi-python-client",
        *("generate", "--url", f"{url}/openapi.json", "--meta", "none", "--fail-on-warning"),
        *("--output-path", tmp_path / PACKAGE),
        folder=tmp_path,
    )
    assert "WARNING" not in made
    (tmp_path / "calls.py").write_text(CALLS)
    (tmp_path / "strict.ini").write_text(STRICT)
    run(tools / "mypy", "--config-file", "strict.ini", "calls.py", PACKAGE, folder=tmp_path)
    cost, joke = run(tools / "python", "calls.py", url, account.key("generor"), folder=tmp_path).split(" ", 1)
    assert int(cost) == 1
    assert joke.strip()


def run(*command: str | Path, folder: Path) -> str:
    """Return what a program says in `folder`. Raises AssertionError with it where the program fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, "PATH": path, "COLUMNS": "200"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout + done.stderr
