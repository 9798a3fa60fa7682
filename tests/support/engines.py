"""The engine processes of a test process: shared by its tests, since each takes a second to start."""

import atexit
import tempfile
from functools import cache
from pathlib import Path

from service.sandbox.pool import EnginePool


@cache
def shared() -> EnginePool:
    """Return the one pool of this test process; its processes start with the first task."""
    pool = EnginePool(Path(tempfile.mkdtemp(prefix="genhook-engines-")) / "engines", 2)
    atexit.register(pool.close)
    return pool
