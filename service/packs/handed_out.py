"""The archives that the running version hands out: made by the wheel's build, or from the sources at the first ask."""

from functools import cache

from service import __version__
from service.config.bundle import INSTALLED, PACKS
from service.packs.archives import build


@cache
def archives() -> dict[str, bytes]:
    """Read or make every archive, by its name."""
    if INSTALLED:
        return {path.name: path.read_bytes() for path in sorted(PACKS.iterdir())}
    return build(PACKS, __version__)
