"""Pages for people: templates, the files that they load, and the headers that keep both to themselves.

Nothing is fetched from elsewhere and nothing inline is run, so that text in a run's output can never act.
"""

from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, send_from_directory
from jinja2 import Environment, PackageLoader

STATIC = Path(__file__).with_name("static")
TEMPLATES = Environment(
    loader=PackageLoader("service.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False
)


def blueprint() -> Blueprint:
    """The route of scripts, styles and the icon."""
    routes = Blueprint("pages", __name__)

    @routes.get("/static/<path:name>")
    def static(name: str) -> Response:
        response = send_from_directory(STATIC, name, conditional=True, max_age=0)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        return response

    return routes


def render(template: str, url: str, **matter: object) -> str:
    """A page's text."""
    return TEMPLATES.get_template(template).render(base=urlsplit(url).path.rstrip("/"), **matter)


def html(text: str, url: str, scripted: bool = False) -> Response:
    """A page. `scripted` ones run the service's own scripts and show media, made here at `url` or at an original."""
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(url, scripted)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _policy(url: str, scripted: bool) -> str:
    allowed = {"default-src": "'none'", "style-src": "'self'", "img-src": "'self'"}
    if scripted:
        place = urlsplit(url)
        media = f"'self' {place.scheme}://{place.netloc} https:"
        allowed |= {"script-src": "'self'", "connect-src": "'self'", "img-src": media, "media-src": media}
        allowed |= {"require-trusted-types-for": "'script'", "trusted-types": "'none'"}
    allowed |= {"base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'"}
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())
