"""Names of files: object keys in the storage, public paths, and the names under which callers know them."""

import mimetypes
import unicodedata
from urllib.parse import quote

from werkzeug.http import dump_options_header

LONGEST_READ = 2000
NAME_LENGTH = 100
UNNAMED = "upload"
# Controls, invisible formatting (right-to-left overrides among them), lone surrogates, line and paragraph ends; but the
# joiners are letters' forms in Persian and in India's scripts.
MISLEADING = ("Cc", "Cf", "Cs", "Zl", "Zp")
JOINERS = "\u200c\u200d"
EXTENSIONS = {"image/jpeg": "jpg", "audio/mpeg": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "image/webp": "webp"}
EXTENSIONS |= {"audio/ogg": "opus", "audio/flac": "flac", "audio/pcm": "pcm"}


def upload_object(identity: str) -> str:
    """The object key of an upload."""
    return f"objects/{identity}"


def upload_path(identity: str, name: str) -> str:
    """The public path of an upload."""
    return f"files/{identity}/{name}"


def made_object(run_id: str, fence: int, index: int) -> str:
    """The object key of a made item: each claim of a run writes its own, so that a late worker replaces nothing."""
    return f"objects/{run_id}/{fence}/{index}"


def made_objects(run_id: str, fence: int | None = None) -> str:
    """Return what the object keys of a run, or of one claim of it, begin with."""
    return f"objects/{run_id}/" if fence is None else f"objects/{run_id}/{fence}/"


def file_name(sent: str) -> str:
    """The last part of a name that a caller sent, in any script, without what could mislead; "upload" for none."""
    # Normalising takes the square of the accents in a row, so what can't be kept is left out before.
    name = unicodedata.normalize("NFC", sent.replace("\\", "/").rpartition("/")[2][-LONGEST_READ:])
    name = "".join(sign for sign in name if unicodedata.category(sign) not in MISLEADING or sign in JOINERS)
    return name.strip(" .")[-NAME_LENGTH:].strip(" .") or UNNAMED


def extension(content_type: str | None) -> str:
    """Choose how a file's name ends by its type: `png` for image/png."""
    kind = content_type or "application/octet-stream"
    return EXTENSIONS.get(kind) or (mimetypes.guess_extension(kind) or ".bin").removeprefix(".")


def name_of_type(content_type: str) -> str:
    """Name a file that came without a name."""
    return f"{content_type.partition('/')[0]}.{extension(content_type)}"


def disposition(path: str, *, download: bool) -> str:
    """A Content-Disposition header with the file's name, in ASCII and, where that is another, extended (RFC 6266)."""
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
    names = {"filename": (_plain(stem) or "file") + dot + _plain(extension)}
    if names["filename"] != name:
        names["filename*"] = f"UTF-8''{quote(name, safe='')}"
    return dump_options_header("attachment" if download else "inline", names)


def _plain(text: str) -> str:
    """The text in ASCII, without what quotes, escapes or percent-encodes in a header."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join("_" if sign in '"\\%' else sign for sign in plain).strip()
