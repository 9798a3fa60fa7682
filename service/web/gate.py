"""The gate in front of every API path: who asks, and how often they may.

Every request counts, refused ones too, and every answer carries the rate-limit headers. The limit per IP is for
callers without a valid key and refuses nobody else. Requests that arrive together are looked up by one statement and
counted by one call: each is judged by what is committed when it comes, and nothing of a caller is remembered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Request as HttpRequest

from service.accounts import authentication
from service.accounts.keys import Caller
from service.accounts.limits import Counted, Limiter, Verdict, Window
from service.accounts.plans import windows
from service.context import Context
from service.definitions import Api
from service.errors import Forbidden, RateLimited, Unauthorized
from service.store.micro_batcher import Group, MicroBatcher
from service.web.faces import face_of, is_v1
from service.web.uses import Uses

V1_PER_IP = 60
# In the environment: the admission of a request that was at the gate already, and is counted once.
ADMITTED = "genhook.admitted"
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


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request at the gate: its token where it came with one, the API it asks for (None on `/v1`), its address."""

    token: str | None
    api: Api | None
    address: str | None


class Gate:
    """Admits requests. One a web process."""

    def __init__(self, context: Context) -> None:
        """Counts in Redis, and in memory while Redis is down."""
        self._context = context
        self._limiter = Limiter(context.settings.redis)
        self._together: MicroBatcher[Arrival, Admission] = MicroBatcher("gate", self._admit_together)
        context.closing.callback(self._together.close)
        self._uses = Uses(context)

    def admit(self, http: HttpRequest, api: Api | None) -> Admission:
        """Count the request and tell who it is; `api` is None on `/v1`."""
        known: Admission | None = http.environ.pop(ADMITTED, None)
        if known is not None:
            return known
        admission = self._together.ask(Arrival(token_of(http.environ), api, http.remote_addr))
        if admission.caller is not None:
            self.note(admission.caller)
        return admission

    def admit_all(self, arrivals: Sequence[Arrival]) -> list[Admission]:
        """Count requests that arrived together and tell who each is; `note` those that come in."""
        found = self._identified(arrivals)
        counted = [self._limits(arrival, who) for arrival, who in zip(arrivals, found, strict=True)]
        verdicts = self._limiter.hit_all(counted)
        return [
            _admission(arrival.api, who, verdict)
            for arrival, who, verdict in zip(arrivals, found, verdicts, strict=True)
        ]

    def note(self, caller: Caller) -> None:
        """Note that the caller's key was used, and hash it by the first secret key where it is not yet."""
        self._uses.note(caller.key_id)
        if caller.digest is not None:
            self._context.database.write(lambda db: authentication.rehash(db, self._context.vault, caller))

    def _admit_together(self, group: Group[Arrival, Admission]) -> None:
        admissions = self.admit_all([arrival for arrival, _ in group])
        for (_, future), admission in zip(group, admissions, strict=True):
            future.set_result(admission)

    def _identified(self, arrivals: Sequence[Arrival]) -> list[Caller | Unauthorized | Forbidden | None]:
        """Tell who each is, why its key is not good here, or None where it came without one."""
        tokens = list({arrival.token for arrival in arrivals if arrival.token is not None})
        known: dict[str | None, Caller | Unauthorized | Forbidden] = {}
        if tokens:
            with self._context.database.read() as db:
                known |= zip(tokens, authentication.identify(db, self._context.vault, tokens), strict=True)
        found = [(arrival.api, known.get(arrival.token)) for arrival in arrivals]
        return [who if api is None else _at(api, who) for api, who in found]

    def _limits(self, arrival: Arrival, who: Caller | Unauthorized | Forbidden | None) -> Counted:
        """Name what is counted, and its windows.

        A Generor key has one counter for REST and `/v1`; Flokan counts by workspace, Flixly by account; a caller
        without a good key is counted by its address.
        """
        api = arrival.api
        if not isinstance(who, Caller):
            per_minute = V1_PER_IP if api is None else api.anonymous_per_minute
            return f"ip:{'v1' if api is None else api.name}:{arrival.address}", [Window(60, per_minute)]
        plan = self._context.catalog.plan(who.plan)
        if api is None or api.limit_scope == "key":
            return f"key:{who.key_id}", windows(plan, "generor")
        return f"{api.name}:{who.account_id}", windows(plan, api.name)

    def knows(self, http: HttpRequest) -> bool:
        """Return whether the request has a key that is good at its path; nothing is counted."""
        token = token_of(http.environ)
        if not token:
            return False
        api = None if is_v1(http.path) else face_of(self._context.definitions, http.path)
        with self._context.database.read() as db:
            (who,) = authentication.identify(db, self._context.vault, [token])
        return isinstance(who if api is None else _at(api, who), Caller)


def _at(api: Api, who: Caller | Unauthorized | Forbidden | None) -> Caller | Unauthorized | Forbidden | None:
    """The caller, or that its key is another API's, which is not good here."""
    if isinstance(who, Caller) and who.api != api.name and api.auth.get("keys") != "any":
        return Unauthorized(f"This is a key of another API; here it begins with {api.auth['key_prefix']}.")
    return who


def _admission(api: Api | None, who: Caller | Unauthorized | Forbidden | None, verdict: Verdict) -> Admission:
    """Tell the request's outcome; a suspended account is told so, however often it asks."""
    if isinstance(who, Caller):
        return Admission(who, _headers(api, verdict, who.plan), None if verdict.allowed else _too_many(verdict))
    limited = None if verdict.allowed or isinstance(who, Forbidden) else _too_many(verdict)
    return Admission(None, _headers(api, verdict, "anonymous"), limited or who)


def token_of(environ: Mapping[str, Any]) -> str | None:
    """The token that a request came with: "" for another scheme's, None without any."""
    header: str | None = environ.get("HTTP_AUTHORIZATION")
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


def _too_many(verdict: Verdict) -> RateLimited:
    return RateLimited(
        f"Rate limit of {verdict.limit} requests exceeded. Try again in {verdict.retry_after} seconds.",
        retry_after=verdict.retry_after,
    )
