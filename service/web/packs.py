"""`/packs/…`: the packs of the running version, for `npm install` and for uploading to Zapier."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from service import __version__
from service.errors import NotFound
from service.packs.handed_out import archives

TYPES = {"tgz": "application/gzip", "zip": "application/zip"}


def blueprint() -> Blueprint:
    """Make the routes, which need no key and count towards no limit."""
    routes = Blueprint("packs", __name__)

    @routes.get("/packs/<name>")
    def hand_out(name: str) -> BaseResponse:
        content = archives().get(name)
        if content is None:
            raise NotFound(f"There is no pack {name}; there are {', '.join(archives())}.")
        response = Response(content, content_type=TYPES[name.rpartition(".")[2]])
        # Bytes of a name with a version never change; the other names go with the running version.
        fixed = __version__ in name
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
        response.add_etag()
        return response.make_conditional(request)

    return routes
