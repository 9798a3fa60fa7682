"""Uploads, and the bytes behind every file URL of the service."""

import tempfile
from pathlib import Path

from flask import Blueprint, Request, Response, g, request
from werkzeug.datastructures import FileStorage

from service.accounts import authentication, scopes
from service.context import Context
from service.errors import Problem, Unauthorized, ValidationError, pointer
from service.files.serving import Download, download
from service.operations.service import Service
from service.web.edge.stored import StoredBytes
from service.web.faces import json
from service.web.multipart import names
from service.web.v1 import only_query


def blueprint(service: Service) -> Blueprint:
    """POST /v1/files, and GET of every public path."""
    routes = Blueprint("files", __name__)
    context = service.context

    @routes.post("/v1/files")
    def uploaded() -> Response:
        only_query(())
        scopes.require_any(g.caller)
        context.uploads.check_room(g.caller.account_id)
        upload = _one_file()
        with tempfile.TemporaryDirectory(prefix="genhook-") as folder:
            local = Path(folder) / "upload"
            upload.save(local)
            return json({"url": context.uploads.keep(g.caller.account_id, local, upload.filename or "")}, 201)

    @routes.get("/files/<path:path>")
    @routes.get("/users/<path:path>")
    def served(path: str) -> Response:
        return _serve(context, request.path.lstrip("/"))

    return routes


def _one_file() -> FileStorage:
    """Find the upload. Raises ValidationError where it is lacking, or isn't all that was sent."""
    unknown = [name for name in names(request) if name != "file"]
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


def _serve(context: Context, path: str) -> Response:
    """Answer the file, a range of it, or that it is unchanged. Raises NotFound."""
    query = request.query_string.decode("latin-1")
    with context.database.read() as db:
        found = download(db, context.objects, context.links, path, query, lambda: _reader(context, request))
    if request.if_none_match.contains(found.etag):
        return _described(Response(status=304), found)
    return _bytes_of(context, found)


def made_file(context: Context, path: str, account_id: str) -> Response:
    """Answer a file of the account as the body of another request. Raises NotFound."""
    with context.database.read() as db:
        found = download(db, context.objects, context.links, path, "", lambda: account_id)
    return _bytes_of(context, found)


def _reader(context: Context, http: Request) -> str | None:
    """Tell whose key came with the request; None without one, and for one that is not good."""
    scheme, _, token = http.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        with context.database.read() as db:
            return authentication.authenticate(db, context.vault, token.strip()).account_id
    except Unauthorized:
        return None


def _bytes_of(context: Context, found: Download) -> Response:
    start, stop, status = 0, found.size, 200
    wanted = request.range
    if wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1:
        asked = wanted.range_for_length(found.size)
        if asked is None:
            return Response(status=416, headers={"Content-Range": f"bytes */{found.size}"})
        (start, stop), status = asked, 206
    body = b"" if request.method == "HEAD" else StoredBytes(context.objects, found.object, start, stop)
    response = Response(body, status, direct_passthrough=True)
    response.headers["Content-Length"] = str(stop - start)
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{found.size}"
    return _described(response, found)


def _described(response: Response, found: Download) -> Response:
    response.headers.update(found.headers)
    response.set_etag(found.etag)
    return response
