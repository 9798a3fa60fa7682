"""`/v1/actions`: every operation as an automation action."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from service.accounts import scopes
from service.accounts.keys import Caller
from service.definitions import LOCAL, Action
from service.delivery import headers
from service.delivery.schedule import resumes_n8n
from service.errors import ValidationError, below
from service.net.urls import AROUND
from service.operations.estimate import estimate
from service.operations.service import Service
from service.operations.submit import is_queued, submit
from service.runs.accept import Accepted
from service.runs.submission import EVENTS, FINAL_EVENTS, Submission
from service.web import fields
from service.web.body import json_object
from service.web.faces import json
from service.web.v1 import idempotency_key, only_query, v1_body, whole_number

METADATA_BYTES = 16 * 1024
WAIT_S = 60
HOSTED_WAIT_S = 25
UNSAID = -1
ENDED = ("completed", "failed", "canceled")


def blueprint(service: Service) -> Blueprint:
    """Build the routes under /v1/actions."""
    routes = Blueprint("actions", __name__, url_prefix="/v1/actions")
    context = service.context

    @routes.get("")
    def listed() -> Response:
        only_query(())
        summaries = [_summary(action) for action in context.definitions.actions.values()]
        return json({"data": summaries, "next_cursor": None})

    @routes.get("/<action_id>")
    def shown(action_id: str) -> Response:
        only_query(())
        return json(context.definitions.action(action_id).document())

    @routes.post("/<action_id>")
    def submitted(action_id: str) -> Response:
        only_query(("wait",))
        action = context.definitions.action(action_id)
        wait = whole_number("wait", 0, WAIT_S, UNSAID)
        scopes.require(g.caller, action)
        submission = read_submission(service, action, g.caller, json_object(request), request.environ)
        if wait == UNSAID:
            # Who names no time waits for a queued run of another kind, and for no generate.
            wait = 0 if action.kind == "generate" else HOSTED_WAIT_S
        return _answer(submission, submit(service, submission, wait))

    @routes.post("/<action_id>/estimate")
    def estimated(action_id: str) -> Response:
        only_query(())
        action = context.definitions.action(action_id)
        body = v1_body(service, "estimate.request", json_object(request))
        with below("/input"):
            values = action.validate(body["input"], unknown="refuse")
        connection = _connection(service, action, body)
        submission = Submission(action, g.caller, values, connection=connection, input_at="/input")
        return json(estimate(service, submission))

    @routes.post("/<action_id>/fields")
    def filled(action_id: str) -> Response:
        only_query(())
        body = v1_body(service, "fields.request", json_object(request))
        return json(fields.resolve(service, context.definitions.action(action_id), body, g.caller))

    return routes


def _status(submission: Submission, accepted: Accepted) -> int:
    """200 for a replay and for a run that has ended, unless its caller wants to hear of it by a callback; else 202."""
    if accepted.replayed:
        return 200
    if is_queued(submission):
        return 200 if accepted.shown["status"] in ENDED else 202
    return 202 if submission.callback_url else 200


def _answer(submission: Submission, accepted: Accepted) -> Response:
    response = json(accepted.shown, _status(submission, accepted))
    response.headers.update(headers_of(accepted))
    return response


def headers_of(accepted: Accepted, path: str = "") -> dict[str, str]:
    """Name the headers that tell of a run, which lies below the `path` of the service's address."""
    headers = {"Location": f"{path}/v1/runs/{accepted.run_id}"}
    if accepted.replayed:
        headers["Idempotency-Replayed"] = "true"
    return headers


def _connection(service: Service, action: Action, body: Mapping[str, Any]) -> str:
    """Read where the action is to run. Raises ValidationError for what is no connection at all."""
    named = str(body.get("connection") or action.home)
    if named != LOCAL and named not in service.context.definitions.apis:
        raise ValidationError.at("/connection", f"must be {' or '.join(action.connections)}")
    if action.api.added and named == LOCAL:
        raise ValidationError.at("/connection", f"{action.id} runs on {action.api.name} alone; leave it out")
    return named


def read_submission(
    service: Service, action: Action, caller: Caller, sent: Mapping[str, Any], environ: Mapping[str, Any]
) -> Submission:
    """Read the body that was sent as a submission. Raises ValidationError whose pointers begin at its members."""
    body = v1_body(service, "submission.request", sent)
    metadata = body.get("metadata")
    if metadata is not None and len(orjson.dumps(metadata)) > METADATA_BYTES:
        raise ValidationError.at("/metadata", f"metadata must be at most {METADATA_BYTES} bytes of JSON")
    events = tuple(body.get("events", FINAL_EVENTS))
    callback_url = body.get("callback_url")
    if callback_url is not None:
        callback_url = callback_url.strip(AROUND)
    if callback_url is not None and events != FINAL_EVENTS:
        refuse_passing_events_for_n8n(callback_url, events, "/events")
    callback_headers = _callback_headers(service, body) if "callback_headers" in body else None
    with below("/input"):
        values = action.validate(body["input"], unknown="refuse")
    return Submission(
        action=action,
        caller=caller,
        input=values,
        connection=_connection(service, action, body),
        callback_url=callback_url,
        callback_headers=callback_headers,
        events=events,
        metadata=metadata,
        group=body.get("group"),
        max_credits=body.get("max_credits"),
        idempotency_key=idempotency_key(environ),
        input_at="/input",
    )


def _callback_headers(service: Service, body: Mapping[str, Any]) -> str | None:
    """Read and seal the headers of callbacks. Raises ValidationError, also where there is nothing to send them to."""
    given = body.get("callback_headers")
    if given is None:
        return None
    if body.get("callback_url") is None:
        raise ValidationError.at("/callback_headers", "callback_headers need a callback_url")
    return headers.sealed(service.context.vault, headers.check(given, "/callback_headers"))


def refuse_passing_events_for_n8n(url: str, events: tuple[str, ...], pointer: str) -> None:
    """Refuse passing events for an n8n resume URL, which resumes at the first post. Raises ValidationError."""
    passing = set(EVENTS) - set(FINAL_EVENTS)
    if passing & set(events) and resumes_n8n(url):
        raise ValidationError.at(pointer, "run.started and run.progress can't be posted to an n8n resume URL")


def _summary(action: Action) -> dict[str, Any]:
    return {
        "id": action.id,
        "title": action.title,
        "description": action.description,
        "kind": action.kind,
        "http": {"method": action.method, "path": action.path},
        "scope": action.scope,
        **({"added": True} if action.api.added else {}),
    }
