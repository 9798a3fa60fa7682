"""A real n8n with the pack installed, steered over its REST API as its editor does."""

import contextlib
import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import requests

from tests.n8n import tools
from tests.support.installation import Installation, free_port

Json = dict[str, Any]
OWNER = {"email": "owner@example.com", "firstName": "Own", "lastName": "Er", "password": "Correct1horse"}
QUIET = {
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_PERSONALIZATION_ENABLED": "false",
    "EXTERNAL_FRONTEND_HOOKS_URLS": "",
    "N8N_SECURE_COOKIE": "false",
    "N8N_LISTEN_ADDRESS": "127.0.0.1",
}
# A minute where the cores are free; it migrates a database of its own first.
START_S = 360


class N8n:
    """One user folder and the server that runs on it."""

    def __init__(self, folder: Path, archive: Path | None) -> None:
        """`archive` is the node pack to be installed; none where only n8n's own nodes are wanted."""
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.files = folder / "files"
        self._home = tools.server()
        self._session = requests.Session()
        self._server: subprocess.Popen[bytes] | None = None
        nodes = folder / ".n8n" / "nodes"
        nodes.mkdir(parents=True)
        self.files.mkdir()
        (nodes / "package.json").write_text('{"name": "installed-nodes", "private": true}')
        if archive is not None:
            tools._run([*tools.NPM, "install", "--ignore-scripts", str(archive)], nodes)

    # Starting and stopping

    def __enter__(self) -> Self:
        """Start it, with its owner logged in, and stop it at the end."""
        try:
            self.start()
            self.set_up()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, until its REST API answers."""
        environment = {
            **tools.node(self._home),
            **QUIET,
            "N8N_USER_FOLDER": str(self.folder),
            "N8N_PORT": str(self.port),
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
            "N8N_RESTRICT_FILE_ACCESS_TO": str(self.files),
            "WEBHOOK_URL": f"{self.url}/",
        }
        program = self._home / "node_modules" / "n8n" / "bin" / "n8n"
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(["node", str(program), "start"], env=environment, stdout=log, stderr=log)
        Installation.until(self._ready, START_S)

    def stop(self) -> None:
        """SIGTERM, until it has ended."""
        if self._server is not None:
            self._server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(timeout=45)
            if self._server.poll() is None:
                self._server.kill()
                self._server.wait()

    @property
    def log(self) -> Path:
        return self.folder / "n8n.log"

    def _ready(self) -> bool:
        assert self._server is not None
        assert self._server.poll() is None, f"n8n ended: {self.log.read_text()[-3000:]}"
        with contextlib.suppress(requests.RequestException):
            answer = requests.get(f"{self.url}/rest/settings", timeout=3)
            if answer.headers.get("content-type", "").startswith("application/json"):
                return True
        time.sleep(0.3)
        return False

    # What its owner does

    def set_up(self) -> None:
        """Make the owner and log in."""
        self.rest("POST", "/rest/owner/setup", OWNER)
        self.log_in()

    def log_in(self) -> None:
        self.rest("POST", "/rest/login", {"emailOrLdapLoginId": OWNER["email"], "password": OWNER["password"]})

    def cookies(self) -> dict[str, str]:
        """Return what signs a browser in as the owner."""
        return self._session.cookies.get_dict()

    def rest(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Return what n8n's own API answers, once its routes are there and its database keeps up."""

        def asked() -> list[requests.Response]:
            answer = self._session.request(method, f"{self.url}{path}", json=body, params=query, timeout=60)
            unready = answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
            return [] if unready or answer.status_code == 503 else [answer]

        (answer,) = Installation.until(asked)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json()["data"]

    def credential(self, base_url: str, api_key: str, secret: str) -> Json:
        """A kept Genhook credential."""
        data = {"baseUrl": base_url, "apiKey": api_key, "signingSecret": secret}
        made = self.rest("POST", "/rest/credentials", {"name": "Genhook", "type": "genhookApi", "data": data})
        return {"id": made["id"], "name": made["name"], "type": "genhookApi", "data": data}

    def activate(self, nodes: Sequence[Json], links: Sequence[tuple[str, str, int]] | None = None) -> "Workflow":
        """An active workflow. Without `links` each node hands its items on to the next."""
        names = [node["name"] for node in nodes]
        given = links if links is not None else [(a, b, 0) for a, b in pairwise(names)]
        body = {"name": f"test {uuid4()}", "nodes": list(nodes), "connections": _connections(given), "settings": {}}
        made = self.rest("POST", "/rest/workflows", body)
        self.rest("POST", f"/rest/workflows/{made['id']}/activate", {"versionId": made["versionId"]})
        return Workflow(self, made["id"], nodes)


class Workflow:
    """An active workflow and its executions."""

    def __init__(self, n8n: N8n, identity: str, nodes: Sequence[Json]) -> None:
        self.n8n, self.id, self._nodes = n8n, identity, nodes

    def start(self, *items: Mapping[str, Any]) -> None:
        """Call its webhook with these items."""
        self.call({"items": list(items)})

    def call(self, body: Json) -> None:
        """Call its webhook."""
        path = next(node["parameters"]["path"] for node in self._nodes if node["type"] == "n8n-nodes-base.webhook")
        # n8n answers an activation before the webhook is known.
        Installation.until(lambda: requests.post(f"{self.n8n.url}/webhook/{path}", json=body, timeout=30).ok, 60)

    def executions(self) -> list[Json]:
        found = self.n8n.rest("GET", "/rest/executions", filter=json.dumps({"workflowId": self.id}))
        listed: list[Json] = found["results"]
        return listed

    def waiting(self, seconds: float = 60) -> "Execution":
        """Its execution, once it sleeps."""
        return self._when(("waiting",), seconds)

    def ended(self, seconds: float = 60) -> "Execution":
        """Its execution, once it has ended."""
        return self._when(("success", "error", "crashed", "canceled"), seconds)

    def _when(self, statuses: Sequence[str], seconds: float) -> "Execution":
        deadline, seen = time.monotonic() + seconds, [{"status": "none"}]
        while time.monotonic() < deadline:
            seen = self.executions()
            for found in seen:
                execution = Execution(self.n8n, found["id"])
                if execution.status in statuses:
                    return execution
            time.sleep(0.25)
        raise AssertionError(f"not {statuses} within {seconds} s: {[each['status'] for each in seen]}")

    def deactivate(self) -> None:
        self.n8n.rest("POST", f"/rest/workflows/{self.id}/deactivate", {})


class Execution:
    """One execution, as n8n keeps it."""

    def __init__(self, n8n: N8n, identity: str) -> None:
        kept = n8n.rest("GET", f"/rest/executions/{identity}")
        self.id, self.status = identity, kept["status"]
        self.data: Json = unflattened(kept["data"])

    @property
    def error(self) -> Json:
        found: Json = self.data["resultData"].get("error") or {}
        return found

    def output(self, node: str, branch: int = 0) -> list[Json]:
        """The items that the node put out on a branch."""
        ran = self.data["resultData"]["runData"].get(node)
        if not ran:
            return []
        branches = ran[-1]["data"]["main"]
        return list(branches[branch] or []) if branch < len(branches) else []

    def tries(self, node: str) -> int:
        return len(self.data["resultData"]["runData"].get(node, []))

    def hints(self, node: str) -> list[str]:
        return [hint["message"] for hint in self.data["resultData"]["runData"][node][-1].get("hints", [])]


def unflattened(text: str) -> Any:
    """Return what npm's `flatted` wrote: an array whose texts inside objects and lists are places in that array."""
    parts = json.loads(text)
    made: dict[int, Any] = {}

    def at(place: int) -> Any:
        if place in made:
            return made[place]
        part = parts[place]
        if isinstance(part, dict):
            whole: Any = made.setdefault(place, {})
            whole.update({name: inner(value) for name, value in part.items()})
            return whole
        if isinstance(part, list):
            listed: list[Any] = made.setdefault(place, [])
            listed.extend(inner(value) for value in part)
            return listed
        return part

    def inner(value: Any) -> Any:
        return at(int(value)) if isinstance(value, str) else value

    return at(0)


def _connections(links: Sequence[tuple[str, str, int]]) -> Json:
    connections: Json = {}
    for source, target, branch in links:
        outputs = connections.setdefault(source, {"main": []})["main"]
        while len(outputs) <= branch:
            outputs.append([])
        outputs[branch].append({"node": target, "type": "main", "index": 0})
    return connections
