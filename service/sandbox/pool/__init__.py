"""Engine processes: where the embedded engine works, and the only place where callers' media is decoded.

Each works one task after another, within limits on computing time, memory and the clock. One that overruns is killed,
its task fails, and another is started in its place; nobody else's task is touched. `service.processes.engine` is the
program that they run.
"""

from service.sandbox.pool.asking import Asking
from service.sandbox.pool.pool import EnginePool
from service.sandbox.pool.task import PoolClosed

__all__ = ["Asking", "EnginePool", "PoolClosed"]
