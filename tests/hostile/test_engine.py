"""What is hostile to the embedded engine costs its own run, and nobody else's."""

import os
import signal

from tests.hostile.conftest import Attack
from tests.support.installation import Client, Installation

ACTION = "generor.generators.generate"
# A process has to be killed, and another started in its place.
KILLED_S = 20.0
SHAPES = ["A" * 3000 + "!", "Aa " * 3000, " " * 9000 + "!", "joke about " * 900, "\n " * 4500, "a" * 9999]


def test_prompts_of_any_shape_end_soon(attack: Attack, attacker: Client) -> None:
    with attack("prompts that patterns are slow at"):
        prompts = [{"slug": "joke", "model_id": 37, "prompt": f"x{shape}"} for shape in SHAPES]
        runs = [attacker.submit(ACTION, values) for values in prompts]
        ended = [attacker.ended(run["id"], 30) for run in runs]
    assert [run["status"] for run in ended] == ["completed"] * len(SHAPES)


def test_an_engine_process_that_is_killed_takes_only_its_run(
    attack: Attack, attacker: Client, installation: Installation
) -> None:
    with attack("engine processes that die at work", within=KILLED_S):
        film = {"model": "veo-3-1", "type": "TEXT_TO_VIDEO", "prompt": "rain", "duration": 8}
        run = attacker.submit("flixly.media.generate", film)
        installation.until(lambda: attacker.run(run["id"])["status"] == "running")
        for pid in installation.pids("engine"):
            os.kill(pid, signal.SIGKILL)
        ended = attacker.ended(run["id"], 120)
    assert (ended["status"], ended["error"]["code"], ended["credits_charged"]) == ("failed", "provider_error", 0)
