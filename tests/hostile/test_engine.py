"""What is hostile to the embedded engine costs its own run, and nobody else's."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from tests.hostile.conftest import Attack
from tests.support.installation import Client, Installation

ACTION = "generor.generators.generate"
# A process has to be killed, and another started in its place.
KILLED_S = 20.0
# What takes the embedded engine minutes, and what takes it seconds, many at once.
LONG: tuple[tuple[dict[str, Any], int], ...] = (
    ({"model": "elevenlabs-music", "type": "TEXT_TO_MUSIC", "prompt": "slow piano", "duration": 300}, 4),
    ({"model": "veo-3-1", "type": "TEXT_TO_VIDEO", "prompt": "rain", "duration": 8}, 3),
    ({"model": "tts-1-hd", "type": "TEXT_TO_SPEECH", "prompt": "Hello there. " * 300}, 6),
    ({"model": "flux-dev", "prompt": "a castle", "count": 10}, 6),
)
# With nothing before it: a letter before the first is enough for the pattern to give up.
SHAPES = ["A" * 3000, "Aa " * 3000, " " * 9000, "joke about " * 900, "\n " * 4500, "a" * 9990]


def test_prompts_of_any_shape_end_soon(attack: Attack, attacker: Client) -> None:
    with attack("prompts that patterns are slow at"):
        prompts = [
            {"slug": "joke", "model_id": 37, "prompt": f"{before}{shape}!"} for shape in SHAPES for before in ("", "x")
        ]
        runs = [attacker.submit(ACTION, values) for values in prompts]
        ended = [attacker.ended(run["id"], 30) for run in runs]
    assert [run["status"] for run in ended] == ["completed"] * len(prompts)


def test_long_work_of_one_account_keeps_no_short_work_waiting(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    installation.cli("accounts", "set", attacker.name, "--add-credits", "1000000")
    with attack("films, music, speech and pictures by the dozen"):
        runs = [attacker.submit("flixly.media.generate", values) for values, times in LONG for _ in range(times)]
        time.sleep(10)
    for run in runs:
        attacker.call("POST", f"/v1/runs/{run['id']}/cancel")
    for run in runs:
        attacker.ended(run["id"])


def test_an_engine_process_that_is_killed_takes_only_its_run(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    with attack("an engine process that dies at work", within=KILLED_S):
        film = {"model": "veo-3-1", "type": "TEXT_TO_VIDEO", "prompt": "rain", "duration": 8}
        run = attacker.submit("flixly.media.generate", film)
        installation.until(lambda: attacker.run(run["id"])["status"] == "running")
        # The busiest may be one that only starts, once or twice; it is never the one that makes a bystander's text.
        while attacker.run(run["id"])["status"] == "running":
            os.kill(busiest(installation.pids("engine")), signal.SIGKILL)
        ended = attacker.ended(run["id"], 120)
    assert (ended["status"], ended["error"]["code"], ended["credits_charged"]) == ("failed", "provider_error", 0)


def busiest(pids: list[int]) -> int:
    """The process that computes most within a second."""
    before = {pid: computed(pid) for pid in pids}
    time.sleep(1)
    return max(before, key=lambda pid: computed(pid) - before[pid])


def computed(pid: int) -> int:
    """The ticks of computing of a process; 0 for one that has ended."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(words[11]) + int(words[12])
