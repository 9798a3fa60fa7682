"""The real zapier-platform-core, installed once for each lock file, and the app running in it."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
APP = HERE.parents[1] / "packs" / "zapier"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genhook"
CALLBACK = "CALLBACK"


class Refused(Exception):
    """What the app throws: `kind` is the error's name, `told` what it carries."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        first = text.split("\n\nConsole logs:")[0].split("\nWhat happened:")[0]
        self.told: dict[str, Any] = json.loads(first) if first.startswith("{") else {"message": first}


@dataclass(frozen=True)
class Answer:
    """`status` is CALLBACK where the Zap is paused."""

    status: str | None
    results: Any


def installed() -> Path:
    """The folder of node_modules that the lock file names; the first time takes seconds."""
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = CACHE / f"zapier-{digest}"
    if not folder.exists():
        making = CACHE / f"zapier-{digest}.{os.getpid()}"
        making.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, making)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=making, check=True, timeout=300
        )
        making.rename(folder)
    return folder / "node_modules"


class Core:
    """One process in which the app runs."""

    def __init__(self) -> None:
        environment = {**os.environ, "NODE_PATH": str(installed()), "IS_TESTING": "true"}
        self._process = subprocess.Popen(
            ["node", str(HERE / "driver.js"), str(APP / "index.js")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **event: Any) -> Answer:
        """Return what the handler answers. Raises Refused."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(event) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("@@ "):
                answer = json.loads(line[3:])
                break
        else:
            raise AssertionError("the app's process ended")
        if "error" in answer:
            raise Refused(answer["error"]["name"], answer["error"]["message"])
        return Answer(answer.get("status"), answer.get("results"))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass(frozen=True)
class Zap:
    """One account's connection, as a Zap uses it."""

    core: Core
    auth: Mapping[str, str]
    zap_id: str = "1"

    def run(
        self,
        method: str,
        values: Mapping[str, Any] | None = None,
        callback_url: str = "https://hooks.zapier.example/callback",
        meta: Mapping[str, Any] | None = None,
        **bundle: Any,
    ) -> Answer:
        """Execute a function of the app. Raises Refused."""
        sent = {
            "authData": dict(self.auth),
            "inputData": dict(values or {}),
            "meta": {"isLoadingSample": False, "zap": {"id": self.zap_id}, **(meta or {})},
            **bundle,
        }
        return self.core.ask(command="execute", method=method, bundle=sent, callback_url=callback_url)

    def hydrate(self, url: str) -> dict[str, Any]:
        """The file behind a dehydrated pointer: `{"size", "length", "name", "type"}`."""
        stashed: dict[str, Any] = self.core.ask(
            hydrate={"authData": dict(self.auth), "inputData": {"url": url}, "meta": {}}
        ).results
        return stashed
