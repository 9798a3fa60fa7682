"""The worker process: hears doorbells, claims due runs in batches, and works them a step at a time.

A ring comes by pub/sub, or by an RQ job where it was rung while nobody listened. Each lane is drained by a thread of
its own, which also looks at the database once a second, so that work goes on with Redis down.
"""

import os
import signal
import threading
import time
from collections.abc import Sequence

import structlog

from service.config import FETCH, LANES, Settings
from service.context import Context, open_context
from service.operations import handlers
from service.processes import doorbells
from service.processes.lane import Lane
from service.runs import recover
from service.store.heartbeat import Heartbeat
from service.telemetry import traces
from service.telemetry.gathering import Gathering

LOOK_S = 1.0
# What is in hand when the worker is told to stop has this long to end by itself before it is given back.
GRACE_S = 5.0
log = structlog.get_logger("worker")
_lanes: dict[str, Lane] = {}


def drain(lane: str) -> None:
    """The RQ job: the lane's doorbell was rung. Waits while the lane is busy, so that an idle worker hears the next."""
    _lanes[lane].ring()


def run(settings: Settings, lanes: Sequence[str] = LANES) -> None:
    """Work `lanes`, the medium one too where the slow one is among them, and fetch references, until told to stop.

    Paid calls that were sent are finished first, everything else is given back. A second signal ends the process at
    once.
    """
    # Who began these workers when there was no medium lane has nobody else for it.
    lanes = tuple(dict.fromkeys((*lanes, *(("medium",) if "slow" in lanes else ()), FETCH)))
    context = open_context(settings)
    context.scratch.use_for_all()
    context.engines.start()
    context.extensions.watch()
    handlers.check(context.definitions)
    heart = Heartbeat(context.database, "worker")
    heart.start()
    stopping = threading.Event()
    _lanes.update({name: Lane(name, context, heart, stopping) for name in lanes})
    for lane in _lanes.values():
        lane.start()
    traces.start("worker")
    gathering = Gathering(settings.redis)
    gathering.start()
    doorbells.listen_at_once(settings.redis, {name: lane.wake for name, lane in _lanes.items()}, stopping)
    log.info("working", lanes=list(lanes), worker=heart.id)
    doorbells.hear(settings.redis, list(lanes), stopping)
    _let_go(context, heart, settings.worker_drain_s)
    heart.stop()
    context.close()
    gathering.flush()
    # Threads whose work was given back may be in the middle of a call, and nobody needs what they bring.
    os._exit(0)


def _let_go(context: Context, heart: Heartbeat, patience_s: float) -> None:
    """Give back what is in hand, after a moment in which short work ends by itself, and wait for paid calls."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(1))
    began, said = time.monotonic(), -1
    for lane in _lanes.values():
        lane.join(timeout=max(0.0, began + GRACE_S - time.monotonic()))
    while (left := _given_back(context, heart)) and time.monotonic() - began < patience_s:
        if left != said:
            log.warning("told to stop, waiting for paid calls to end", runs=left, patience_s=patience_s)
        said = left
        time.sleep(LOOK_S)
    log.info("stopped", worker=heart.id, left=left)


def _given_back(context: Context, heart: Heartbeat) -> int:
    """Return how many runs are still in hand; while the database can't be asked, one."""
    try:
        return recover.give_back(context, heart.id)
    except Exception as error:
        log.warning("work not given back yet, trying again", error=str(error))
        return 1
