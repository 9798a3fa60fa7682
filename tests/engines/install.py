"""Install what the tests of real servers run, once, saying how far it is: `python -m tests.engines.install`."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.clients.node import node_clients
from tests.engines.programs import litellm_python, llama_python
from tests.n8n import tools

STEPS: dict[str, Callable[[], Path]] = {
    "OpenAI's client for Node": node_clients,
    "LiteLLM": litellm_python,
    "llama.cpp, compiled, and its model": llama_python,
    "n8n's tools": tools.tooling,
    "n8n": tools.server,
}


def main() -> None:
    """Install each, or find that it is installed."""
    for name, install in STEPS.items():
        began = time.monotonic()
        place = install()
        print(f"{name}: {place}, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
