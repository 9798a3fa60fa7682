"""A worker's ears: rings by pub/sub while it listens, RQ's jobs for what was rung while nobody did."""

import signal
import threading
from collections.abc import Callable, Mapping
from functools import partial

import structlog
from redis.exceptions import RedisError
from rq.exceptions import StopRequested

from service.logs import Outage
from service.queue import LaneWorker, listen, ringing
from service.queue.redis_client import is_cluster
from service.telemetry.threads import SupervisedThread

PAUSE_S = 1.0
log = structlog.get_logger("worker")


def listen_at_once(redis_url: str, wake: Mapping[str, Callable[[], None]], stopping: threading.Event) -> None:
    """Wake a lane at once whenever its bell is rung, in a thread of its own; `wake` is by lane."""
    channels = [ringing(lane) for lane in wake]
    hearing = partial(listen, redis_url, channels, lambda lane: wake[lane](), stopping.is_set)
    SupervisedThread("rings", hearing, stopping).start()


def hear(redis_url: str, lanes: list[str], stopping: threading.Event) -> None:
    """Work RQ's jobs until told to stop, through every loss of Redis; a cluster has none (`queue.Bell`)."""
    if is_cluster(redis_url):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        stopping.wait()
        return
    outage = Outage(log, "redis unavailable, polling the database", "redis is back, working its jobs")
    while not stopping.is_set():
        try:
            worker = LaneWorker(lanes, redis_url, on_stop=stopping.set)
            worker.connection.ping()
            outage.over()
            worker.work(logging_level="WARNING")
            stopping.wait(PAUSE_S)
        except StopRequested:
            stopping.set()
        except RedisError as error:
            outage.lasts(error=str(error))
            _pause(stopping)
        except Exception:
            log.exception("listening for doorbells failed, polling the database")
            _pause(stopping)


def _pause(stopping: threading.Event) -> None:
    """Wait a moment. RQ's handler, which stays in place, raises where a signal comes meanwhile."""
    try:
        stopping.wait(PAUSE_S)
    except StopRequested:
        stopping.set()
