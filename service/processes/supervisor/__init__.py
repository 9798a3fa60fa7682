"""`python -m service up`: every process of the Procfile, and an embedded Redis, kept alive until told to stop."""

from service.processes.supervisor.up import up
from service.store.data_dir_lock import StartRefused

__all__ = ["StartRefused", "up"]
