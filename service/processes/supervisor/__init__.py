"""`python -m service up`: every process of the Procfile, and an embedded Redis, kept alive until told to stop.

Source: contract, section 2; design, floor 7 («exec, waitpid, parent-death signal, a lock on the data dir»).
"""

from service.processes.supervisor.up import up
from service.system.data_dir import StartRefused

__all__ = ["StartRefused", "up"]
