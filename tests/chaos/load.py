"""Mixed work, submitted by callers who ask again under their idempotency key until they have their 202."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.support.installation import Client

JOKE = ("generor.generators.generate", {"slug": "joke", "model_id": 37, "prompt": "A joke about chaos"})
PICTURE = ("generor.generators.generate", {"slug": "image", "model_id": 10003, "prompt": "A fox", "aspect_ratio": 1})
INLINE = ("flixly.media.generate", {"model": "gpt-image-2", "prompt": "a red fox"})
TICKETED = ("flixly.media.generate", {"model": "flux-dev", "prompt": "a red fox"})
PAID = (INLINE[0], TICKETED[0])
# How often each comes.
MIX = ((JOKE, 6), (PICTURE, 1), (INLINE, 3), (TICKETED, 3))
PAUSE_S = 0.4
AGAIN_S = 0.5


@dataclass
class Load:
    """Callers at work until they are told to stop; `accepted` holds the action of each run that was answered 202."""

    client: Client
    receiver: str
    seed: int
    callers: int = 3
    accepted: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(self.callers)]
        for thread in self._threads:
            thread.start()

    def stop(self, patience_s: float) -> None:
        """Begin nothing new, and wait until each caller has the answer that it asks for."""
        self._stopping.set()
        until = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
            assert not thread.is_alive(), f"a caller got no answer within {patience_s} s of the last fault"

    def _call(self, caller: int) -> None:
        chance = random.Random(f"{self.seed}/{caller}")
        kinds, weights = zip(*MIX, strict=True)
        number = 0
        while not self._stopping.wait(PAUSE_S * chance.uniform(0.5, 2)):
            action, values = chance.choices(kinds, weights)[0]
            run = self._submit(action, values, f"chaos-{caller}-{number}")
            if run is not None:
                self.accepted[run["id"]] = action
            number += 1

    def _submit(self, action: str, values: dict[str, Any], key: str) -> dict[str, Any] | None:
        """Ask until there is an answer that counts: a 202, its replay, or a refusal of the caller's own making."""
        body = {"input": values, "callback_url": self.receiver}
        while True:
            try:
                answer = self.client.call(
                    "POST", f"/v1/actions/{action}", json=body, headers={"Idempotency-Key": key}, timeout=20
                )
            except requests.RequestException:
                time.sleep(AGAIN_S)
                continue
            if answer.status_code in (200, 202):
                run: dict[str, Any] = answer.json()
                return run
            if answer.status_code < 500 and answer.status_code not in (409, 429):
                self.refused.append(f"{answer.status_code} {answer.text[:200]}")
                return None
            time.sleep(AGAIN_S)
