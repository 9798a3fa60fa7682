"""Uploads, and the bytes behind every file URL of the service. Source: contract, sections 3 and 4."""

import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import filetype
from flask import Blueprint, Request, Response, g, request
from sqlalchemy import Row, insert, select
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename

from service.accounts import keys, scopes
from service.context import Context
from service.errors import NotFound, PayloadTooLarge, Problem, Unauthorized, ValidationError, pointer
from service.operations.service import Service
from service.store.clock import new_id, now
from service.store.tables import files
from service.web.faces import json
from service.web.v1 import only_query

UPLOAD_BYTES = 100 * 1024 * 1024
# With the multipart framing around the file itself.
REQUEST_BYTES = UPLOAD_BYTES + 64 * 1024
KEPT_MS = 24 * 3600 * 1000
# Types that a browser would run as a page of this service's origin are handed out as downloads.
ACTIVE_TYPES = {"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"}


def blueprint(service: Service) -> Blueprint:
    """POST /v1/files, and GET of every public path."""
    routes = Blueprint("files", __name__)
    context = service.context

    @routes.post("/v1/files")
    def uploaded() -> Response:
        only_query(())
        scopes.require_any(g.caller)
        if (request.content_length or 0) > REQUEST_BYTES:
            raise PayloadTooLarge(f"A file may be {UPLOAD_BYTES} bytes at most.")
        upload = _one_file()
        with tempfile.TemporaryDirectory(prefix="genhook-") as folder:
            local = Path(folder) / "upload"
            upload.save(local)
            return json({"url": _keep(context, g.caller.account_id, local, upload.filename or "")}, 201)

    @routes.get("/files/<path:path>")
    @routes.get("/users/<path:path>")
    def served(path: str) -> Response:
        return _serve(service, request.path.lstrip("/"))

    return routes


def _one_file() -> FileStorage:
    """The upload. Raises ValidationError where it is lacking, or isn't all that was sent."""
    unknown = [name for name in (*request.form, *request.files) if name != "file"]
    if unknown:
        raise ValidationError(
            f"Unknown part {', '.join(unknown)}; known is file.",
            errors=[Problem(pointer(name), "is not known here; known is file") for name in unknown],
        )
    uploads = request.files.getlist("file")
    if not uploads:
        raise ValidationError.at("/file", "file is required, as multipart/form-data")
    if len(uploads) > 1:
        raise ValidationError.at("/file", "file must be sent once; upload each file by itself")
    return uploads[0]


def _keep(context: Context, account_id: str, local: Path, filename: str) -> str:
    """Store an upload; its signed URL. Raises ValidationError for an empty file, PayloadTooLarge."""
    size = local.stat().st_size
    if size == 0:
        raise ValidationError.at("/file", "file is empty")
    if size > UPLOAD_BYTES:
        raise PayloadTooLarge(f"A file may be {UPLOAD_BYTES} bytes at most.")
    identity, kind = new_id("file"), filetype.guess(str(local))
    name = secure_filename(filename)[-100:] or "upload"
    path, moment = f"files/{identity}/{name}", now()
    context.objects.put(f"objects/{identity}", local)
    row = {
        "path": path,
        "account_id": account_id,
        "object": f"objects/{identity}",
        "content_type": kind.mime if kind else "application/octet-stream",
        "size": size,
        "private": True,
        "created_at": moment,
        "expires_at": moment + KEPT_MS,
    }
    context.database.write(lambda db: db.execute(insert(files), row))
    return context.links.signed(path, 0)


def _serve(service: Service, path: str) -> Response:
    """The file's bytes, a range of them where asked. Raises NotFound for what isn't there or isn't the caller's."""
    context = service.context
    if "\0" in path:
        raise NotFound("There is no such file.")
    with context.database.read() as db:
        row = db.execute(select(files).where(files.c.path == path)).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at < now()):
        raise NotFound("There is no such file.")
    if row.private and not _may_read(context, request, row):
        raise NotFound("There is no such file.")
    return _bytes_of(context, row)


def _may_read(context: Context, http: Request, row: Row[*tuple[Any, ...]]) -> bool:
    if context.links.verified(row.path, row.link_version, http.query_string.decode("latin-1")):
        return True
    scheme, _, token = http.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    try:
        with context.database.read() as db:
            return bool(keys.authenticate(db, context.vault, token.strip()).account_id == row.account_id)
    except Unauthorized:
        return False


def _bytes_of(context: Context, row: Row[*tuple[Any, ...]]) -> Response:
    if request.if_none_match.contains(row.object):
        return _described(Response(status=304), row)
    start, stop, status = 0, row.size, 200
    wanted = request.range
    if wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1:
        asked = wanted.range_for_length(row.size)
        if asked is None:
            return Response(status=416, headers={"Content-Range": f"bytes */{row.size}"})
        (start, stop), status = asked, 206
    body = b"" if request.method == "HEAD" else context.objects.stream(row.object, start, stop)
    response = Response(body, status, content_type=row.content_type, direct_passthrough=True)
    response.headers["Content-Length"] = str(stop - start)
    response.headers["Accept-Ranges"] = "bytes"
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{row.size}"
    return _described(response, row)


def _described(response: Response, row: Row[*tuple[Any, ...]]) -> Response:
    response.set_etag(row.object)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    # Caches ask again each time: a public file may be private or gone by then.
    response.headers["Cache-Control"] = "private, no-store" if row.private else "public, no-cache"
    if row.content_type in ACTIVE_TYPES:
        name = PurePosixPath(row.path).name
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
