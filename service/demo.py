"""`make demo`: the main job from nothing. Every process on its embedded default, a search, an estimate, a queued
generate, and the signed callback that a small receiver gets and verifies.
"""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

import click
import requests
from standardwebhooks import Webhook

from service.accounts.credits import amount
from service.config import load
from service.config.bundle import INSTALLED, ROOT
from service.errors import ServiceError
from service.providers import youtube

QUERY = "hidden hiking trails"
TITLE = "10 Hidden Hiking Trails"
PROMPT = "Surprised hiker above a sea of clouds, mountain backdrop, warm morning light"
READY_S = 60
CALLBACK_S = 60


class DemoFailed(Exception):
    """A step did not come out as it should; the message says which."""


@dataclass
class _Output:
    """The file that the steps are told to; None is standard output."""

    file: TextIO | None = None


_output = _Output()


def main(to_stderr: bool = False) -> dict[str, Any]:
    """Run the demo, and answer what it made. Raises DemoFailed, after everything it started was stopped."""
    began = time.monotonic()
    _output.file = sys.stderr if to_stderr else None
    folder = load().data_dir / "demo"
    with ExitStack() as stack:
        youtube_env = stack.enter_context(_youtube())
        search_env = youtube_env or {}
        port = _free_port()
        _step("Starting web, workers, callbacks, sweeper and an embedded Redis")
        base = stack.enter_context(_service(folder, port, search_env))
        account, key = _account(folder, port, search_env)
        call = _Caller(base, key)
        found = _search(call) if youtube_env is not None else []
        _estimate(call, found)
        receiver = stack.enter_context(_Receiver())
        run = _generate(call, found, receiver)
        _verify(receiver, account["callback_secret"], run["id"])
        files = _pictures(call, run["id"], folder)
        _step("Stopping everything")
    took = f"Done in {time.monotonic() - began:.0f} s."
    click.secho(f"\n{took} Next: `make run`, then http://127.0.0.1:8000/console", fg="green", file=_output.file)
    return {"run": run["id"], "files": files}


def _step(text: str) -> None:
    click.secho(f"\n▸ {text}", bold=True, file=_output.file)


def _say(text: str) -> None:
    click.echo(f"  {text}", file=_output.file)


@contextmanager
def _youtube() -> Iterator[dict[str, str] | None]:
    """Yield the environment that searches need: none for the real YouTube, else that of a local server in its format.

    Yields None where there is neither: an installation from the wheel has no such server.
    """
    _step("Looking for YouTube")
    settings = load().youtube
    try:
        youtube.search(settings, QUERY, None)
        _say("Reached; the search below is real.")
        yield {}
        return
    except ServiceError as error:
        _say(f"Not reachable: {error.message}")
    if INSTALLED:
        _say("There is no search in this demo, then.")
        yield None
        return
    _say("Searching a local server that speaks YouTube's format instead.")
    command = [sys.executable, "-m", "tests.fakes.youtube"]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if server.stdout is None:
            raise DemoFailed("The local YouTube said nothing.")
        url = server.stdout.readline().strip()
        yield {"YOUTUBE_API_KEY": "fake-youtube-key", "YOUTUBE_BASE_URL": f"{url}/youtube/v3"}
    finally:
        server.terminate()
        server.wait(timeout=10)


@contextmanager
def _service(folder: Path, port: int, extra: dict[str, str]) -> Iterator[str]:
    """`python -m service up` on a free port, stopped with SIGTERM at the end. Yields its address."""
    folder.mkdir(parents=True, exist_ok=True)
    base = f"http://127.0.0.1:{port}"
    with (folder / "service.log").open("w") as log:
        command = [sys.executable, "-m", "service", "up", "--port", str(port), "--data-dir", str(folder)]
        service = subprocess.Popen(command, env=_environment(extra), stdout=log, stderr=log)
        try:
            _wait_until_ready(service, base, folder / "service.log")
            _say(f"Ready at {base} (log: {_shown(folder / 'service.log')})")
            yield base
        finally:
            service.terminate()
            service.wait(timeout=60)
            _say("Stopped.")


def _environment(extra: dict[str, str]) -> dict[str, str]:
    """The demo stays on this machine: its callback and its references are on loopback."""
    return {**os.environ, "CALLBACK_ALLOW": "127.0.0.0/8", **extra}


def _wait_until_ready(service: subprocess.Popen[bytes], base: str, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if service.poll() is not None:
            raise DemoFailed(f"The service ended at its start:\n{log.read_text()[-2000:]}")
        try:
            if requests.get(f"{base}/readyz", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise DemoFailed(f"The service was not ready within {READY_S} s:\n{log.read_text()[-2000:]}")


def _account(folder: Path, port: int, extra: dict[str, str]) -> tuple[dict[str, Any], str]:
    _step("Creating an account with 100 credits, and a Flokan key")
    name = f"demo-{int(time.time())}"
    account = _cli(folder, extra, "accounts", "create", name, "--plan", "pro", "--credits", "100")
    key = _cli(folder, extra, "keys", "create", name, "--api", "flokan")
    _say(f"account {account['name']}, workspace {account['workspace_id']}, key {key['prefix']}…")
    return account, str(key["api_key"])


def _cli(folder: Path, extra: dict[str, str], *words: str) -> dict[str, Any]:
    environment = {**_environment(extra), "GENHOOK_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "service", *words, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoFailed(f"{' '.join(words)}: {done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class _Caller:
    """Calls the service as any HTTP client would."""

    def __init__(self, base: str, key: str) -> None:
        self._base = base
        self._headers = {"Authorization": f"Bearer {key}"}

    def post(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = requests.post(self._base + path, json=body, headers=self._headers | named, timeout=60)
        return self._read(answer)

    def get(self, path: str) -> dict[str, Any]:
        return self._read(requests.get(self._base + path, headers=self._headers, timeout=60))

    @staticmethod
    def _read(answer: requests.Response) -> dict[str, Any]:
        body: dict[str, Any] = answer.json()
        if not answer.ok:
            raise DemoFailed(f"{answer.request.method} {answer.url} answered {answer.status_code}: {body}")
        return body


def _search(call: _Caller) -> list[dict[str, Any]]:
    _step(f"Search: flokan.youtube.search “{QUERY}”")
    run = call.post("/v1/actions/flokan.youtube.search", {"input": {"query": QUERY}})
    found: list[dict[str, Any]] = run["output"]["results"]
    for video in found[:3]:
        _say(f"{video['title']} · {video['channel_name']} · {video['view_count'] or 'hidden'} views")
    return found


def _wanted(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "video_title": TITLE,
        "prompt": PROMPT,
        "image_model": "pro",
        "aspect_ratio": "16:9",
        "image_count": 2,
        "youtube_references": [video["thumbnail_url"] for video in found[:1]],
    }


def _estimate(call: _Caller, found: list[dict[str, Any]]) -> None:
    _step("Estimate: flokan.thumbnails.generate")
    estimate = call.post("/v1/actions/flokan.thumbnails.generate/estimate", {"input": _wanted(found)})
    _say(f"{amount(estimate['credits'])}, about {estimate['seconds']:.0f} s on the named model")


def _generate(call: _Caller, found: list[dict[str, Any]], receiver: "_Receiver") -> dict[str, Any]:
    _step("Generate: queued, with a callback URL and an idempotency key")
    body = {"input": _wanted(found), "callback_url": receiver.url, "metadata": {"from": "make demo"}, "max_credits": 20}
    run = call.post("/v1/actions/flokan.thumbnails.generate", body, Idempotency_Key=f"demo-{time.time_ns()}")
    _say(f"202 accepted: {run['id']} is {run['status']}")
    return run


def _verify(receiver: "_Receiver", secret: str, run_id: str) -> None:
    _step("Callback")
    try:
        headers, body = receiver.received.get(timeout=CALLBACK_S)
    except queue.Empty:
        raise DemoFailed(f"No callback came within {CALLBACK_S} s.") from None
    event = Webhook(secret).verify(body, headers)
    run = event["data"]
    if event["type"] != "run.completed" or run["id"] != run_id:
        raise DemoFailed(f"The callback is {event['type']} of {run['id']}: {run['error']}")
    _say(f"{event['type']} received, signature verified (webhook-id {headers['webhook-id']})")
    _say(f"{amount(run['credits_charged'])} charged, sandbox: {run['sandbox']}, engine: {run['output']['engine']}")


def _pictures(call: _Caller, run_id: str, folder: Path) -> list[str]:
    _step("Files")
    paths = []
    for number, url in enumerate(call.get(f"/v1/runs/{run_id}")["output"]["image_urls"], 1):
        path = folder / f"{run_id}-{number}.png"
        path.write_bytes(requests.get(url, timeout=30).content)
        _say(f"{_shown(path)} ({path.stat().st_size // 1024} KB)")
        paths.append(str(path))
    return paths


def _shown(path: Path) -> str:
    """Relative where that is shorter to read."""
    absolute = path.resolve()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)


class _Receiver:
    """A small receiver of callbacks, as a caller would run one."""

    def __enter__(self) -> "_Receiver":
        self.received: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
