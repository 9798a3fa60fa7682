"""The Flask application: the gate before every API path, the faces' envelopes around every error."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from service.config import Settings
from service.context import Context, open_context
from service.definitions import Api
from service.errors import (
    BadRequest,
    Internal,
    MethodNotAllowed,
    NotFound,
    ServiceError,
    Unauthorized,
    Unavailable,
    ValidationError,
    pointer,
)
from service.operations import handlers
from service.operations.service import Service, open_service
from service.store.database import unavailable
from service.store.disk import full
from service.store.memory_shares import LARGE
from service.telemetry import metrics, traces
from service.web import (
    account,
    actions,
    bin,
    connections,
    console,
    cors,
    deliveries,
    docs,
    extensions,
    files,
    forwarded,
    guide,
    health,
    hints,
    keys,
    mcp,
    operator,
    own_keys,
    packs,
    pages,
    rest,
    runs,
    subscriptions,
)
from service.web.edge.wsgi import FAULT
from service.web.entrance import Entrance
from service.web.faces import face_of, is_v1, refusal
from service.web.forwarded import ForwardedAddress
from service.web.gate import Gate
from service.web.limits import WITHOUT_KEY, AskedLimits, BodyLimits, too_large
from service.web.proxies import BelowPath, CallerAddress
from service.web.request_id import HEADER, request_id
from service.web.unpacking import unpack

# Threads kept free of waiting callers, so that health checks and short calls are answered.
FREE_THREADS = 24
# Sent with a refusal whose cause passes: a database that is busy or away, a full disk.
RETRY_AFTER_S = 5
METHODS = frozenset(method.value for method in HTTPMethod)
log = structlog.get_logger("web")
if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_app(settings: Settings, context: Context | None = None) -> Flask:
    """The application of one web process. Raises DefinitionError or HandlerMissing: a broken start is refused."""
    if context is None:
        context = open_context(settings)
        context.scratch.use_for_all()
    handlers.check(context.definitions)
    places = max(1, settings.web_threads - FREE_THREADS)
    service, gate = open_service(context, places), Gate(context)
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    # The redirect to the merged path would be built from the Host header, and name http behind a proxy.
    app.url_map.merge_slashes = False
    app.extensions["genhook"] = service
    app.extensions["genhook.gate"] = gate
    limits = BodyLimits(context.definitions)
    app.extensions["genhook.limits"] = AskedLimits(app, limits, gate.knows, hints.knows(context))
    cors.allow(app, settings.cors_origins)
    _guard(app, service, gate, limits)
    rest.register(app, service)
    for routes in (
        actions.blueprint(service),
        runs.blueprint(service),
        deliveries.blueprint(service),
        bin.blueprint(service),
        extensions.blueprint(service),
        subscriptions.blueprint(service),
        files.blueprint(service),
        connections.blueprint(service),
        own_keys.blueprint(service),
        keys.blueprint(service),
        account.blueprint(service),
        operator.blueprint(service),
        mcp.blueprint(service),
        hints.blueprint(context),
        health.blueprint(context),
        docs.blueprint(context),
        guide.blueprint(),
        console.blueprint(context),
        pages.blueprint(),
        packs.blueprint(),
    ):
        app.register_blueprint(routes)
    _answer_errors(app)
    prepare: list[Callable[[dict[str, Any]], None]] = []
    if settings.trusted_proxies:
        prepare += [CallerAddress(settings.trusted_proxies), ForwardedAddress(settings)]
    if settings.url_path:
        prepare.append(BelowPath(settings.url_path, app.url_map))
    app.extensions["genhook.entrance"] = Entrance(service, gate, prepare)
    app.wsgi_app = _traced(app.wsgi_app, prepare)  # type: ignore[method-assign, assignment]
    return app


def _traced(application: "WSGIApplication", prepare: Sequence[Callable[[dict[str, Any]], None]]) -> "WSGIApplication":
    """Read what proxies say, and trace each request until its answer begins, as a part of the caller's own trace."""

    def traced(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with traces.span("request", environ.get("HTTP_TRACEPARENT"), "server"):
            for step in prepare:
                step(environ)
            return application(environ, start_response)

    return traced


def _guard(app: Flask, service: Service, gate: Gate, limits: BodyLimits) -> None:
    own_path = service.context.settings.url_path

    @app.before_request
    def admit() -> None:
        g.caller, g.api, g.limits, g.request_id = None, None, {}, request_id(request.headers.get(HEADER))
        clear_contextvars()
        bind_contextvars(request_id=g.request_id)
        request.max_content_length = None
        on_v1 = is_v1(request.path)
        g.api = None if on_v1 else face_of(service.context.definitions, request.path)
        if g.api is None and not on_v1:
            _refuse_what_the_edge_did()
            return
        admission = gate.admit(request, g.api)
        g.caller, g.limits = admission.caller, admission.headers
        if g.caller is not None:
            bind_contextvars(account=g.caller.account_id)
        if admission.refusal is not None:
            raise admission.refusal
        if on_v1 and g.caller is None:
            raise Unauthorized("This needs an API key: Authorization: Bearer …")
        _refuse_what_the_edge_did()
        if request.query_string:
            # A blank member of the query counts as absent, on every face.
            request.args = ImmutableMultiDict((name, text) for name, text in request.args.items(multi=True) if text)
        if request.query_string or "\0" in request.path:
            _refuse_nul()
        g.body_limit = limits.of(request.endpoint, request.view_args, g.caller is not None)
        request.max_content_length = g.body_limit
        if "Content-Encoding" in request.headers:
            unpack(request, g.body_limit)
        if (request.content_length or 0) >= LARGE:
            g.memory = hold_memory(service.context)

    @app.teardown_request
    def forgotten(_: BaseException | None) -> None:
        if (memory := g.pop("memory", None)) is not None:
            memory.close()

    @app.after_request
    def told_always(response: Response) -> Response:
        route = "none" if request.url_rule is None else request.url_rule.rule
        # A method that there is not is told as another, for nobody may make up metrics' labels.
        method = request.method if request.method in METHODS else "other"
        metrics.requests.labels(method, route, str(response.status_code)).inc()
        traces.rename(f"{method} {route}", status=response.status_code, request_id=g.get("request_id") or "")
        response.headers.update(g.get("limits", {}))
        response.headers[HEADER] = g.get("request_id") or request_id(None)
        if (place := response.headers.get("Location", "")).startswith("/"):
            response.headers["Location"] = forwarded.path(request.environ, own_path) + place
        return response


def hold_memory(context: Context) -> ExitStack:
    """Hold memory for the body until the request is answered. A form is read piece by piece, and needs none.

    Raises Busy where there is none.
    """
    held = ExitStack()
    if request.mimetype != "multipart/form-data":
        account = "" if g.caller is None else g.caller.account_id
        held.enter_context(context.memory.take(account, request.content_length or 0))
    return held


def _refuse_what_the_edge_did() -> None:
    """Raises what was wrong before the application was asked: a body that is too large or came too slowly."""
    if (fault := request.environ.get(FAULT)) is not None:
        raise fault


def _refuse_nul() -> None:
    """No database column holds a NUL, and no caller means one. Raises NotFound, ValidationError."""
    if "\0" in request.path:
        raise NotFound("There is nothing at a path with a NUL character.")
    for name, text in request.args.items(multi=True):
        if "\0" in name + text:
            raise ValidationError.at(pointer(name), f"{name} must not contain a NUL character")


def _answer_errors(app: Flask) -> None:
    @app.errorhandler(ServiceError)
    def told(error: ServiceError) -> Response:
        return _refused(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        return _refused(_as_service_error(error))

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        if (reason := unavailable(error) or full(error)) is not None:
            log.warning("request refused for now", path=request.path, method=request.method, error=str(error))
            return _refused(Unavailable(reason, retry_after=RETRY_AFTER_S))
        log.exception("a request failed", path=request.path, method=request.method)
        return _refused(Internal("Something went wrong here; it is logged."))


def _refused(error: ServiceError) -> Response:
    api: Api | None = g.get("api")
    if error.status == 401:
        error.headers.setdefault("WWW-Authenticate", "Bearer")
    return refusal(api, error)


def _as_service_error(error: HTTPException) -> ServiceError:
    if isinstance(error, RequestEntityTooLarge):
        return too_large(g.get("body_limit") or WITHOUT_KEY)
    if error.code == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        headers = {"Allow": allowed} if allowed else {}
        return MethodNotAllowed(f"{request.method} is not supported at {request.path}.", headers=headers)
    if error.code == 404:
        return NotFound(f"There is nothing at {request.path}.")
    kind = Internal if (error.code or 500) >= 500 else BadRequest
    return kind(error.description or error.name)
