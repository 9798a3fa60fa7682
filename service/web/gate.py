"""The gate in front of every API path: who asks, and how often they may.

Every request counts, refused ones too, and every answer carries the rate-limit headers. The limit per IP is for
callers without a valid key and refuses nobody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Request as HttpRequest

from service.accounts import keys
from service.accounts.keys import Caller
from service.accounts.limits import Limiter, Verdict, Window
from service.accounts.plans import windows
from service.context import Context
from service.definitions import Api
from service.errors import Forbidden, RateLimited, ServiceError, Unauthorized
from service.web.faces import face_of, is_v1
from service.web.uses import Uses

V1_PER_IP = 60
DEFAULT_HEADERS = {
    "limit": "X-RateLimit-Limit",
    "remaining": "X-RateLimit-Remaining",
    "reset": "X-RateLimit-Reset",
    "tier": None,
}


@dataclass(frozen=True, slots=True)
class Admission:
    """The outcome at the gate: who came in, or why they didn't; and the headers that the answer carries either way."""

    caller: Caller | None
    headers: Mapping[str, str]
    refusal: RateLimited | Unauthorized | Forbidden | None = None


class Gate:
    """Admits requests. One a web process."""

    def __init__(self, context: Context) -> None:
        """Counts in Redis, and in memory while Redis is down."""
        self._context = context
        self._limiter = Limiter(context.settings.redis)
        context.closing.callback(self._limiter.close)
        self._uses = Uses(context)

    def admit(self, http: HttpRequest, api: Api | None) -> Admission:
        """Count the request and tell who it is; `api` is None on `/v1`."""
        token = _token(http)
        refusal: Unauthorized | Forbidden | None = None
        caller = None
        if token is not None:
            try:
                caller = self._known(token, api)
            except (Unauthorized, Forbidden) as error:
                refusal = error
        if caller is None:
            return self._anonymous(http, api, refusal)
        self._uses.note(caller.key_id)
        identity, limits = self._limits(caller, api)
        verdict = self._limiter.hit(identity, limits)
        return Admission(caller, _headers(api, verdict, caller.plan), _too_many(verdict))

    def knows(self, http: HttpRequest) -> bool:
        """Return whether the request has a key that is good at its path; nothing is counted."""
        token = _token(http)
        if not token:
            return False
        api = None if is_v1(http.path) else face_of(self._context.definitions, http.path)
        try:
            self._known(token, api)
        except ServiceError:
            return False
        return True

    def _known(self, token: str, api: Api | None) -> Caller:
        with self._context.database.read() as db:
            caller = keys.authenticate(db, self._context.vault, token)
        if caller.digest is not None:
            self._context.database.write(lambda db: keys.rehash(db, self._context.vault, caller))
        if api is not None and caller.api != api.name and api.auth.get("keys") != "any":
            raise Unauthorized(f"This is a key of another API; here it begins with {api.auth['key_prefix']}.")
        return caller

    def _anonymous(self, http: HttpRequest, api: Api | None, refusal: Unauthorized | Forbidden | None) -> Admission:
        """Count a caller without a good key by its address; a suspended account is told so, however often it asks."""
        per_minute = V1_PER_IP if api is None else api.anonymous_per_minute
        identity = f"ip:{'v1' if api is None else api.name}:{http.remote_addr}"
        verdict = self._limiter.hit(identity, [Window(60, per_minute)])
        limited = None if isinstance(refusal, Forbidden) else _too_many(verdict)
        return Admission(None, _headers(api, verdict, "anonymous"), limited or refusal)

    def _limits(self, caller: Caller, api: Api | None) -> tuple[str, Sequence[Window]]:
        """A Generor key has one counter for REST and `/v1`; Flokan counts by workspace, Flixly by account."""
        plan = self._context.catalog.plan(caller.plan)
        if api is None or api.limit_scope == "key":
            return f"key:{caller.key_id}", windows(plan, "generor")
        return f"{api.name}:{caller.account_id}", windows(plan, api.name)


def _token(http: HttpRequest) -> str | None:
    header = http.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _headers(api: Api | None, verdict: Verdict, tier: str) -> dict[str, str]:
    names = DEFAULT_HEADERS if api is None else api.headers
    headers = {
        names["limit"]: str(verdict.limit),
        names["remaining"]: str(verdict.remaining),
        names["reset"]: str(verdict.reset),
    }
    if names.get("tier"):
        headers[names["tier"]] = tier
    return {name: value for name, value in headers.items() if name}


def _too_many(verdict: Verdict) -> RateLimited | None:
    if verdict.allowed:
        return None
    return RateLimited(
        f"Rate limit of {verdict.limit} requests exceeded. Try again in {verdict.retry_after} seconds.",
        retry_after=verdict.retry_after,
    )
