"""Bodies of multipart/form-data: texts are fields, files are kept as uploads, and their URLs are the fields."""

import re
import tempfile
from pathlib import Path
from typing import Any

from flask import Request
from werkzeug.datastructures import FileStorage

from service.accounts.keys import Caller
from service.context import Context
from service.definitions import Action
from service.errors import ValidationError, below, pointer

FORM = "multipart/form-data"
# Keeping one takes three transactions.
MOST_FILES = 20
# What clients put behind the name of a field that is sent several times.
SEVERAL = "[]"
# A member of a field that is an object: metadata[order].
MEMBER = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")


def is_form(http: Request) -> bool:
    """Tell whether the request has such a body."""
    return http.mimetype == FORM


def names(http: Request) -> tuple[str, ...]:
    """List the names of a form's parts, each once. Raises ValidationError where a part has none."""
    found = dict.fromkeys((*http.form, *http.files))
    # Werkzeug's name of a part whose Content-Disposition has none, or one that can't be read.
    if None in found:
        raise ValidationError("Each part of the form must have a name in its Content-Disposition.")
    return tuple(found)


def fields(context: Context, http: Request, action: Action, caller: Caller) -> dict[str, Any]:
    """Read the fields; one that comes several times, or is named so, is a list.

    Raises ValidationError for an empty file and for a part without a name, PayloadTooLarge, StorageLimitExceeded.
    """
    found: dict[str, Any] = {}
    sent = names(http)
    _check_number(http)
    for name in sent:
        texts = [text for text in http.form.getlist(name) if text]
        if any("\0" in text for text in (name, *texts)):
            raise ValidationError.at(pointer(name.replace("\0", "")), "must not contain a NUL character")
        values: list[Any] = [action.coerce({name: text})[name] for text in texts]
        values += [_kept(context, caller, name, upload) for upload in http.files.getlist(name)]
        if not values:
            continue
        value = values if name.endswith(SEVERAL) or len(values) > 1 else values[0]
        if (inside := MEMBER.fullmatch(name)) is not None:
            held = found.setdefault(inside[1], {})
            if isinstance(held, dict):
                held[inside[2]] = value
        else:
            found[name.removesuffix(SEVERAL)] = value
    return found


def _check_number(http: Request) -> None:
    """Refuse more files than any action takes before one of them is kept. Raises ValidationError."""
    files = [name for name in http.files for _ in http.files.getlist(name)]
    if len(files) > MOST_FILES:
        raise ValidationError.at(pointer(files[MOST_FILES]), f"A request may hold {MOST_FILES} files at most.")


def _kept(context: Context, caller: Caller, name: str, upload: FileStorage) -> str:
    with tempfile.TemporaryDirectory(prefix="genhook-") as folder, below(pointer(name.removesuffix(SEVERAL))):
        local = Path(folder) / "upload"
        upload.save(local)
        return str(context.uploads.keep(caller.account_id, local, upload.filename or ""))
