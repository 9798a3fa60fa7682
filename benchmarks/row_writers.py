"""Processes that write runs by the service's own transactions, step by step as they are told, and say when they did.

`python -m benchmarks.row_writers` reads one JSON object a line, the name of a step and its arguments, and answers with
the runs that it wrote, and when it began and ended, by the clock that all processes of a machine share.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from service.accounts import authentication
from service.config import load
from service.context import open_context
from service.generation.engine import Finished
from service.generation.made import MadeItem
from service.operations import handlers
from service.runs import finish
from service.runs.admission import AcceptTransaction
from service.runs.batch import Batch
from service.runs.claim import Claim, claim
from service.runs.entry import NewRun, entry
from service.runs.submission import Submission
from service.store.clock import new_uuid
from service.store.heartbeat import Heartbeat

ACTION = "generor.generators.generate"
JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about rows"}
CALLBACK = "http://127.0.0.1:9/hook"
TEXT = MadeItem(index=0, engine="sandbox", fields={"text": "A row walked into a transaction, and nobody else got in."})


class RowWriter:
    """One connection to the database, and the runs that it is about to write."""

    def __init__(self) -> None:
        """Open what a process of the service opens."""
        self._context = open_context(load())
        self._accepting = AcceptTransaction(self._context)
        self._worker = Heartbeat(self._context.database, "worker").id
        self._lane, self._size = "", 0
        self._groups: list[list[NewRun]] = []
        self._claims: list[list[Claim]] = []

    def prepare(self, key: str, lane: str, size: int, times: int) -> int:
        """Make the rows of `times` groups of `size` runs of the key's account, without writing them."""
        self._lane, self._size = lane, size
        action = self._context.definitions.actions[ACTION]
        with self._context.database.read() as db:
            caller = authentication.authenticate(db, self._context.vault, key)
            whole = Submission(action, caller, JOKE, callback_url=CALLBACK, idempotency_key="")
            order = replace(handlers.order(self._context, whole, db), lane=lane)
        self._groups = [
            [entry(replace(whole, idempotency_key=new_uuid()), order, lane, {}) for _ in range(size)]
            for _ in range(times)
        ]
        return 0

    def accept(self) -> int:
        """Accept each group in a transaction of its own."""
        for group in self._groups:
            self._context.database.write(lambda db, group=group: self._enter(db, group))
        return sum(map(len, self._groups))

    def claim(self) -> int:
        """Claim as many groups, as long as the lane has any; others may take from it too."""
        self._claims = [claim(self._context, self._worker, self._lane, self._size) for _ in self._groups]
        return sum(map(len, self._claims))

    def end(self) -> int:
        """End what was claimed as completed, each group in a transaction of its own."""
        for claims in filter(None, self._claims):
            finish.commit(self._context, [finish.Outcome(one, Finished((TEXT,))) for one in claims], handlers.present)
        return sum(map(len, self._claims))

    def _enter(self, db: Any, group: Sequence[NewRun]) -> None:
        batch = Batch()
        refused = self._accepting.enter_all(db, batch, group)
        assert not any(refused), refused
        batch.enter(db)


Step = Callable[..., Sequence[Mapping[str, Any]]]


@contextmanager
def writers(number: int, environment: Mapping[str, str]) -> Iterator[Step]:
    """Run so many, and yield what has all of them do a step at once, with the arguments of each."""
    command = [sys.executable, "-m", "benchmarks.row_writers"]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) for _ in range(number)]

    def step(name: str, arguments: Sequence[Mapping[str, Any]] = ({},) * number) -> list[dict[str, Any]]:
        for process, given in zip(running, arguments, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps([name, given]) + "\n")
            process.stdin.flush()
        answers = [process.stdout.readline() for process in running if process.stdout is not None]
        return [json.loads(answer) for answer in answers]

    try:
        yield step
    finally:
        for process in running:
            process.kill()
            process.communicate()


def main() -> None:
    """Do each step that is read."""
    writer = RowWriter()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        began = time.monotonic()
        runs = getattr(writer, name)(**arguments)
        print(json.dumps({"runs": runs, "began": began, "ended": time.monotonic()}), flush=True)


if __name__ == "__main__":
    main()
