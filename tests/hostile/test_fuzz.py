"""Every action, by every door, with values that no friendly caller sends: no 500, no hang, no process lost or grown.

The requests come from the definitions (`hostile_requests`), by Hypothesis, the same for the same GENHOOK_FUZZ_SEED;
GENHOOK_FUZZ_SECONDS says for how long (60). Requests are independent, so a fault is told as the request that made it.
"""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings

from service.sandbox.pool.limits import most_memory
from tests.hostile.hostile_requests import Request, request_of
from tests.support.installation import Installation, pids_below

SECONDS = float(os.environ.get("GENHOOK_FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("GENHOOK_FUZZ_SEED", "20260101"))
THREADS, ROUND, KEYS = 3, 60, 8
# Longer than any answer takes, and than any takes that waits for what is made in its turn, behind others' films.
HANG_S, MADE_S = 60.0, 400.0
# What is made costs credits: so many more every so often, so that no film eats them all.
MORE_CREDITS, EVERY_S = 60, 15.0
MEGABYTE = 1_000_000
# What a process may have held at its largest; an engine process has the limit that the kernel holds it to.
MOST_BYTES = {"web": 700 * MEGABYTE, "worker": 700 * MEGABYTE, "callbacks": 500 * MEGABYTE, "sweeper": 500 * MEGABYTE}
LASTING = (*MOST_BYTES, "redis")
LARGEST_REFUSAL = 64 * 1024
# A generate's 503 and 504 say that there is no place or no time; its 500 that a provider failed, which is none here.
ALLOWED = (503, 504)
PHASES = (Phase.generate,)


class Senders:
    """The accounts that send, each request with the next key, and what was answered."""

    def __init__(self, url: str, keys: Mapping[str, Sequence[str]]) -> None:
        self.url, self.faults, self.statuses, self.made = url, list[str](), Counter[str](), Counter[str]()
        self._keys = {api: cycle(listed) for api, listed in keys.items()}
        self._lock = Lock()

    def send(self, request: Request) -> None:
        """Send it, and note what is wrong with the answer. What was accepted is canceled again."""
        with self._lock:
            key = next(self._keys[request.api])
        began = time.monotonic()
        try:
            answer = self._asked(request, key)
        except requests.RequestException as error:
            self._note(f"no answer after {time.monotonic() - began:.0f} s ({error!r:.200}) to {request}")
            return
        with self._lock:
            self.statuses[f"{request.door} {answer.status_code}"] += 1
            self.made[request.door] += request.makes and is_made(request.door, answer)
        for fault in wrong(answer):
            self._note(f"{answer.status_code} {fault}: {answer.text[:300]} — to {request}")
        if answer.status_code == 202:
            with contextlib.suppress(requests.RequestException, KeyError, ValueError):
                self._asked(Request("v1", "POST", f"/v1/runs/{answer.json()['id']}/cancel"), key)

    def _asked(self, request: Request, key: str) -> requests.Response:
        headers = {**request.sent.get("headers", {}), "Authorization": f"Bearer {key}"}
        given: dict[str, Any] = {"timeout": MADE_S if request.makes else HANG_S, **request.sent, "headers": headers}
        return requests.request(request.method, self.url + request.path, allow_redirects=False, **given)

    def _note(self, fault: str) -> None:
        print(fault, flush=True)
        with self._lock:
            self.faults.append(fault)


def is_made(door: str, answer: requests.Response) -> bool:
    """Tell whether something was made: by REST each generate that is well answered, else a run that completed."""
    if answer.status_code not in (200, 201) or door == "rest":
        return answer.status_code in (200, 201)
    return bool(answer.json().get("status") == "completed")


def wrong(answer: requests.Response) -> Iterator[str]:
    """What no answer may be."""
    if answer.status_code >= 500 and answer.status_code not in ALLOWED:
        yield "is a fault of the service"
    if answer.status_code >= 400:
        if len(answer.content) > LARGEST_REFUSAL:
            yield f"is a refusal of {len(answer.content)} bytes"
        if "json" not in answer.headers.get("Content-Type", "") and answer.status_code not in (405, 308):
            yield "is no JSON"


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Genhook, up, in a data dir of its own."""
    with Installation(tmp_path_factory.mktemp("fuzzed") / "data") as made:
        yield made


def senders(installation: Installation) -> Senders:
    """An account that can pay for short things, with as many keys as its limits a minute need, and one that can't."""
    keys: dict[str, list[str]] = {}
    for name, credits, prefix in (("fuzzer", 400, ""), ("poor", 0, "poor ")):
        client = installation.account(name, plan="enterprise", credits=credits)
        flixly = installation.cli("keys", "create", name, "--api", "flixly")["api_key"]
        listed = {"generor": client.keys["generor"], "flokan": client.keys["flokan"], "flixly": flixly}
        keys |= {prefix + api: [key] for api, key in listed.items()}
        if not prefix:
            minted = (client.call("POST", "/api/v1/api-keys", json={"name": f"key {n}"}) for n in range(KEYS))
            keys["generor"] += [answer.json()["data"]["api_key"] for answer in minted]
    return Senders(installation.url, keys)


def largest(pid: int) -> int:
    """Bytes that a process held at its largest."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def families(installation: Installation) -> dict[str, set[int]]:
    """The processes of each kind with those below them, where most of a web's memory is; engines by themselves."""
    engines = set(installation.pids("engine"))
    held = {"engine": engines}
    for kind in MOST_BYTES:
        parents = installation.pids(kind)
        held[kind] = {*parents, *(pid for parent in parents for pid in pids_below(parent))} - engines
    return held


def drawn(number: int) -> list[Request]:
    """A round of requests, the same for the same number."""
    made: list[Request] = []

    @seed(number)
    @settings(max_examples=ROUND, database=None, deadline=None, phases=PHASES, suppress_health_check=[*HealthCheck])
    @given(request_of())
    def draw(request: Request) -> None:
        made.append(request)

    draw()
    return made


def rounds(installation: Installation, seconds: float) -> Iterator[list[Request]]:
    """Rounds of requests until the time is over, and credits for what they make."""
    begins = paid = time.monotonic()
    for number in count(SEED):
        if time.monotonic() > begins + seconds:
            return
        if time.monotonic() > paid + EVERY_S:
            paid = time.monotonic()
            installation.cli("accounts", "set", "fuzzer", "--add-credits", str(MORE_CREDITS))
        yield drawn(number)


def test_whatever_is_sent_the_service_stands(fuzzed: Installation) -> None:
    sending = senders(fuzzed)
    before = {kind: sorted(fuzzed.pids(kind)) for kind in LASTING}
    with ThreadPoolExecutor(THREADS) as pool:
        for made in rounds(fuzzed, SECONDS):
            list(pool.map(sending.send, made))
    print(f"{sum(sending.statuses.values())} answers: {dict(sorted(sending.statuses.items()))}; made: {sending.made}")
    held = {kind: max(map(largest, pids), default=0) for kind, pids in families(fuzzed).items()}
    print({kind: f"{size // MEGABYTE} MB" for kind, size in held.items()})

    assert not sending.faults, "\n".join(sending.faults[:20])
    assert {door for door, number in sending.made.items() if number} >= {"rest", "v1"}
    assert {kind: sorted(fuzzed.pids(kind)) for kind in LASTING} == before
    assert {kind: size for kind, size in held.items() if size > MOST_BYTES.get(kind, most_memory())} == {}
    ended = "SELECT run_id, error FROM run_bodies WHERE error IS NOT NULL"
    told = [row for row in fuzzed.rows(ended) if any(f'"{code}"' in str(row.error) for code in ("internal", "lost"))]
    assert not told, told[:5]
    fuzzed.until(fuzzed.ready)
