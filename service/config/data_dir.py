"""The data dir, made where it isn't there, or refused with what mends it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)


class UnusableDataDir(RuntimeError):
    """The data dir can't be made or written; the message says why, and what mends it."""


def make_data_dir(data_dir: Path) -> None:
    """Make the data dir where it isn't there. Raises UnusableDataDir where it can't be made or written."""
    with refusing(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
        if not os.access(data_dir, os.W_OK | os.X_OK):
            read_only = os.statvfs(data_dir).f_flag & os.ST_RDONLY
            raise OSError(errno.EROFS if read_only else errno.EACCES, "")


@contextmanager
def refusing(data_dir: Path) -> Iterator[None]:
    """Take a file that can't be written in the data dir for an unusable one."""
    try:
        yield
    except OSError as error:
        mend = "Free some space there" if error.errno in FULL else "Let this user write there"
        why = os.strerror(errno.ENOTDIR if error.errno == errno.EEXIST else error.errno or errno.EIO).lower()
        where = f"The data dir {data_dir.absolute()} can't be used: {why}"
        raise UnusableDataDir(f"{where}. {mend}, or name another folder in GENHOOK_DATA_DIR.") from error
