"""The entrance of accepts: submissions that arrive together at `POST /v1/actions/<id>` are accepted as one list.

One thread takes them through the gate by one look and one count, reads each, makes its order and its answer, and
commits all in one transaction. Only what becomes a 202 is answered here. Everything else (a refusal, a replay, one that
has to wait for something) goes on to the Flask route with its admission, as if it had not been here: what is called
here are the route's own functions, and it alone words errors. While traces are taken the route has them all.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection
from structlog.contextvars import bind_contextvars, clear_contextvars

from service.accounts import scopes
from service.accounts.keys import Caller
from service.errors import ServiceError
from service.operations.at_once import Begun, begin, commit
from service.operations.service import Service
from service.runs.accept import Accepted
from service.store.database import CommitUncertain
from service.telemetry import metrics, traces
from service.web import cors, forwarded
from service.web.actions import headers_of, read_submission
from service.web.body import object_of
from service.web.edge.bodies import FOR_ANYBODY
from service.web.edge.wsgi import FAULT, WsgiAnswer
from service.web.gate import ADMITTED, Admission, Arrival, Gate, token_of
from service.web.request_id import HEADER, request_id

PREFIX = "/v1/actions/"
ROUTE = PREFIX + "<action_id>"
ACCEPTED = 202
Environ = dict[str, Any]
log = structlog.get_logger("entrance")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was at the gate; `environ` is as the proxies meant it."""

    environ: Environ
    request_id: str
    admission: Admission


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission that only its commit stands before, and the answer that it will have then."""

    begun: Begun
    answer: WsgiAnswer


class Entrance:
    """One a web process. Called by several threads."""

    def __init__(self, service: Service, gate: Gate, prepare: Sequence[Callable[[Environ], None]]) -> None:
        """`prepare` reads what proxies say into a request's environment."""
        self._service, self._gate, self._prepare = service, gate, prepare
        self._settings = service.context.settings

    def takes(self, environ: Environ) -> bool:
        """Tell whether a request looks like a submission that can be accepted at once."""
        path = environ["PATH_INFO"].removeprefix(self._settings.url_path)
        return (
            environ["REQUEST_METHOD"] == "POST"
            and path.startswith(PREFIX)
            and not environ["QUERY_STRING"]
            and "HTTP_AUTHORIZATION" in environ
            and "HTTP_CONTENT_ENCODING" not in environ
            and FAULT not in environ
            and isinstance(environ["wsgi.input"], io.BytesIO)
            and int(environ.get("CONTENT_LENGTH") or 0) <= FOR_ANYBODY
            and self._is_generate(path.removeprefix(PREFIX))
            and not traces.on()
        )

    def _is_generate(self, action_id: str) -> bool:
        action = self._service.context.definitions.actions.get(action_id)
        return action is not None and action.kind == "generate"

    def answer(self, environs: Sequence[Environ]) -> list[WsgiAnswer | None]:
        """Accept what can be accepted at once; None for the others, which the Flask route answers.

        The environments are left as they came, but for what the route is to know of those that go on.
        """
        try:
            asked = self._admitted(environs)
        except Exception:
            log.warning("a group was not let through the gate together, each goes alone", exc_info=True)
            return [None] * len(environs)
        with self._service.context.database.read_lazily() as db:
            prepared = [self._prepared(db, one) for one in asked]
        clear_contextvars()
        answers = self._committed(environs, prepared)
        for environ, one, answer in zip(environs, asked, answers, strict=True):
            if answer is None:
                environ[ADMITTED] = one.admission
        return answers

    def _admitted(self, environs: Sequence[Environ]) -> list[Asked]:
        meant = [self._meant(environ) for environ in environs]
        admissions = self._gate.admit_all([Arrival(token_of(one), None, one["REMOTE_ADDR"]) for one in meant])
        for caller in {admission.caller for admission in admissions if admission.caller is not None}:
            self._gate.note(caller)
        return [
            Asked(one, request_id(one.get("HTTP_X_REQUEST_ID")), admission)
            for one, admission in zip(meant, admissions, strict=True)
        ]

    def _meant(self, environ: Environ) -> Environ:
        if self._prepare:
            environ = dict(environ)
            for step in self._prepare:
                step(environ)
        return environ

    def _prepared(self, db: Connection, asked: Asked) -> Prepared | None:
        """Do everything before the commit; None where the route has to do it."""
        caller = asked.admission.caller
        if caller is None or asked.admission.refusal is not None:
            return None
        clear_contextvars()
        bind_contextvars(request_id=asked.request_id, account=caller.account_id)
        try:
            begun = self._begun(db, asked.environ, caller)
            return None if begun is None else Prepared(begun, self._answer(asked, begun.accepted))
        except ServiceError:
            return None
        except Exception:
            # The route meets it again, and tells of it.
            log.debug("a submission could not be read in its group", exc_info=True)
            return None

    def _begun(self, db: Connection, environ: Environ, caller: Caller) -> Begun | None:
        action = self._service.context.definitions.action(environ["PATH_INFO"].removeprefix(PREFIX))
        scopes.require(caller, action)
        body = object_of(environ["wsgi.input"].getvalue(), environ.get("CONTENT_TYPE"))
        return begin(self._service, db, read_submission(self._service, action, caller, body, environ))

    def _answer(self, asked: Asked, accepted: Accepted) -> WsgiAnswer:
        environ = asked.environ
        body = orjson.dumps(forwarded.linked(accepted.shown, environ))
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **asked.admission.headers,
            HEADER: asked.request_id,
            **headers_of(accepted, forwarded.path(environ, self._settings.url_path)),
            **cors.marks(environ.get("HTTP_ORIGIN"), self._settings.cors_origins),
        }
        return WsgiAnswer(ACCEPTED, list(headers.items()), body)

    def _committed(self, environs: Sequence[Environ], prepared: Sequence[Prepared | None]) -> list[WsgiAnswer | None]:
        """Commit what is prepared; the answers of those that were entered."""
        places = [place for place, one in enumerate(prepared) if one is not None]
        answers: list[WsgiAnswer | None] = [None] * len(prepared)
        try:
            entered = commit(self._service, [one.begun for one in prepared if one is not None])
        except CommitUncertain as error:
            # Nobody may accept these again.
            for place in places:
                environs[place][FAULT] = error
            return answers
        except Exception:
            log.warning("a group was not committed together, each is tried alone", exc_info=True)
            return answers
        for place, is_entered in zip(places, entered, strict=True):
            if is_entered and (one := prepared[place]) is not None:
                answers[place] = one.answer
        metrics.requests.labels("POST", ROUTE, str(ACCEPTED)).inc(sum(entered))
        return answers
