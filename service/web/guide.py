"""`/docs/guide`: the guides, built with the wheel or by `make docs`; where they were not, the reference instead."""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from flask import Blueprint, Response, redirect, request, send_file
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as BaseResponse

from service.errors import NotFound

BUILT = Path(__file__).with_name("guide")
# The theme's own short scripts stand in its pages; each is allowed by its hash, and nothing else that is inline.
INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def blueprint(built: Path = BUILT) -> Blueprint:
    """Make the routes, which need no key and count towards no limit."""
    routes = Blueprint("guide", __name__)

    @routes.get("/docs/guide/")
    @routes.get("/docs/guide/<path:name>")
    def shown(name: str = "") -> BaseResponse:
        if not (built / "index.html").exists():
            return redirect("/docs")
        is_page = not Path(name).suffix
        if is_page and name and not name.endswith("/"):
            # Pages link to each other relative to their folder.
            return redirect(f"/docs/guide/{name}/")
        path = safe_join(str(built), name, "index.html") if is_page else safe_join(str(built), name)
        if path is None or not Path(path).is_file():
            raise NotFound(f"There is nothing at {request.path}.")
        return _page(Path(path)) if path.endswith(".html") else _guarded(send_file(path, conditional=True, max_age=0))

    return routes


def _page(path: Path) -> Response:
    text = path.read_bytes()
    return _guarded(Response(text, content_type="text/html; charset=utf-8"), INLINE.findall(text))


def _guarded(response: Response, scripts: Iterable[bytes] = ()) -> Response:
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one).digest()).decode()}'" for one in scripts)
    allowed = {"default-src": "'none'", "script-src": f"'self' {hashes}".strip(), "style-src": "'self' 'unsafe-inline'"}
    allowed |= {"img-src": "'self' data:", **dict.fromkeys(("font-src", "connect-src", "worker-src"), "'self'")}
    allowed |= dict.fromkeys(("base-uri", "form-action", "frame-ancestors"), "'none'")
    response.headers["Content-Security-Policy"] = "; ".join(f"{name} {sources}" for name, sources in allowed.items())
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
