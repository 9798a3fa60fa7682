"""The files that a run sends to an API's server: fetched from where the caller said, and named as they were there."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from service.errors import ReferenceUnreachable
from service.files import data_urls
from service.files.naming import file_name, name_of_type
from service.files.references import References
from service.hosted.original import SentFile
from service.net.client import UNKNOWN_TYPE
from service.providers.base import Reference
from service.store.database import Database

# A body of parts is put together in memory.
MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class SentFiles:
    """The files of one order."""

    database: Database
    access: References
    references: Sequence[Reference]

    def brought(self, account_id: str, folder: Path) -> Mapping[str, SentFile]:
        """Bring local copies, by their place in the input. Raises ReferenceUnreachable, AddressRefused."""
        found, left = {}, MOST_BYTES
        for number, reference in enumerate(self.references):
            copy = self.access.fetch(self.database, account_id, reference, folder / f"sent-{number}")
            assert copy.path is not None, "a fetched reference has a path"
            left -= copy.path.stat().st_size
            if left < 0:
                raise ReferenceUnreachable.at(reference.at, f"The files of one request may have {MOST_BYTES:,} bytes.")
            found[reference.at] = _named(reference, copy.path, copy.content_type or UNKNOWN_TYPE)
        return found


def _named(reference: Reference, path: Path, content_type: str) -> SentFile:
    """The file under the name that its URL ends with; what its bytes don't tell, the name does."""
    inline = data_urls.is_inline(reference.url)
    given = "" if inline else PurePosixPath(unquote(urlsplit(reference.url).path)).name
    if content_type == UNKNOWN_TYPE:
        content_type = mimetypes.guess_type(given)[0] or UNKNOWN_TYPE
    return SentFile(path, file_name(given) if given else name_of_type(content_type), content_type)
