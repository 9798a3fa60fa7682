"""The secret keys of an installation: given by the environment, or made once and kept in the data dir."""

import os
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from service.config.data_dir import make_data_dir, refusing

LENGTH = 32
HOW_TO_MAKE_ONE = "openssl rand -hex 32"


def read(given: Sequence[str], database_url: str, data_dir: Path) -> tuple[str, ...]:
    """Check the secret keys, or read the one that the data dir keeps. Raises ValueError saying how to make one."""
    if given and len(given[0]) < LENGTH:
        raise ValueError(
            f"The first entry of GENHOOK_SECRET_KEY must have {LENGTH} characters or more, not "
            f"{len(given[0])}. Put a new one in front ({HOW_TO_MAKE_ONE}) and keep the old behind it, after a comma."
        )
    if not given and database_url and not database_url.startswith("sqlite"):
        raise ValueError(
            "GENHOOK_SECRET_KEY must be set where DATABASE_URL is not SQLite: every process on that database needs "
            f"the same one. Make it once with: {HOW_TO_MAKE_ONE}"
        )
    return tuple(given) or (_kept(data_dir),)


def _kept(data_dir: Path) -> str:
    """The secret that a first start makes for itself and keeps in the data dir, readable by its owner only.

    It is written beside and linked into place, so that whoever starts at the same moment sees it whole or not at all,
    and the first one's is everybody's. Raises ValueError for an empty one, UnusableDataDir.
    """
    path = data_dir / "secret.key"
    if not path.exists():
        make_data_dir(data_dir)
        with refusing(data_dir):
            _make(path)
    kept = path.read_text().strip()
    if not kept:
        raise ValueError(f"{path} is empty: put back the secret that this data dir was made with")
    return kept


def _make(path: Path) -> None:
    written, place = tempfile.mkstemp(prefix="secret.", dir=path.parent)
    with os.fdopen(written, "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(place, path)
    Path(place).unlink()
