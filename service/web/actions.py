"""`/v1/actions`: every operation as an automation action. Source: contract, section 3."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from service.accounts import scopes
from service.definitions import LOCAL, Action
from service.delivery.schedule import resumes_n8n
from service.errors import ValidationError, below
from service.runs.submission import EVENTS, FINAL_EVENTS, Submission
from service.web import fields
from service.web.body import json_object
from service.web.faces import json
from service.web.operate import Service
from service.web.rest import idempotency_key
from service.web.v1 import only_query, v1_body, whole_number

METADATA_BYTES = 16 * 1024
WAIT_S = 60
HOSTED_WAIT_S = 25
UNSAID = -1


def blueprint(service: Service) -> Blueprint:
    """Routes under /v1/actions."""
    routes = Blueprint("actions", __name__, url_prefix="/v1/actions")
    definitions = service.context.definitions

    @routes.get("")
    def listed() -> Response:
        only_query(())
        summaries = [_summary(action) for action in definitions.actions.values()]
        return json({"data": summaries, "next_cursor": None})

    @routes.get("/<action_id>")
    def shown(action_id: str) -> Response:
        only_query(())
        return json(definitions.action(action_id).document())

    @routes.post("/<action_id>")
    def submitted(action_id: str) -> Response:
        only_query(("wait",))
        action = definitions.action(action_id)
        wait = whole_number("wait", 0, WAIT_S, UNSAID)
        scopes.require(g.caller, action)
        submission = _submission(action, v1_body(service, "submission.request", json_object(request)))
        if action.kind == "generate" or submission.connection != LOCAL:
            return _queued(service, submission, _wait_s(action) if wait == UNSAID else wait)
        run, replayed = service.perform(submission)
        status = 202 if submission.callback_url and not replayed else 200
        return _answer(run, status, replayed)

    @routes.post("/<action_id>/estimate")
    def estimated(action_id: str) -> Response:
        only_query(())
        action = definitions.action(action_id)
        body = v1_body(service, "estimate.request", json_object(request))
        if action.kind != "generate":
            raise ValidationError.at("", f"{action.id} is a {action.kind} and costs nothing.")
        with below("/input"):
            values = action.validate(body["input"], unknown="refuse")
        if (connection := body["connection"]) != LOCAL:
            estimate = service.hosted_estimate(action, values, g.caller, connection)
            if estimate is None:
                raise ValidationError.at("/input", f"What this costs on {connection} is not known.")
            return json(estimate)
        with below("/input"):
            order = service.order(action, values, g.caller, estimating=True)
        return json(order.estimate)

    @routes.post("/<action_id>/fields")
    def filled(action_id: str) -> Response:
        only_query(())
        body = v1_body(service, "fields.request", json_object(request))
        return json(fields.resolve(service, definitions.action(action_id), body, g.caller))

    return routes


def _queued(service: Service, submission: Submission, wait: int) -> Response:
    """202 with the queued run, or 200 with the ended one where the caller waits long enough."""
    if wait:
        with service.waiter.place():
            accepted = service.submit(submission)
            service.waiter.wait(accepted.run_id, wait)
    else:
        accepted = service.submit(submission)
    run = None if wait else accepted.run
    run = run or service.read(submission.caller, accepted.run_id)
    ended = run["status"] in ("completed", "failed", "canceled")
    return _answer(run, 200 if accepted.replayed or ended else 202, accepted.replayed)


def _answer(run: Mapping[str, Any], status: int, replayed: bool) -> Response:
    response = json(run, status)
    response.headers["Location"] = f"/v1/runs/{run['id']}"
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _submission(action: Action, body: Mapping[str, Any]) -> Submission:
    """The body as a submission. Raises ValidationError whose pointers begin at the body's members."""
    metadata = body.get("metadata")
    if metadata is not None and len(orjson.dumps(metadata)) > METADATA_BYTES:
        raise ValidationError.at("/metadata", f"metadata must be at most {METADATA_BYTES} bytes of JSON")
    events = tuple(body.get("events", FINAL_EVENTS))
    callback_url = body.get("callback_url")
    if callback_url is not None:
        refuse_passing_events_for_n8n(callback_url, events, "/events")
    with below("/input"):
        values = action.validate(body["input"], unknown="refuse")
    return Submission(
        action=action,
        caller=g.caller,
        input=values,
        connection=body["connection"],
        callback_url=callback_url,
        events=events,
        metadata=metadata,
        group=body.get("group"),
        max_credits=body.get("max_credits"),
        idempotency_key=idempotency_key(),
        input_at="/input",
    )


def _wait_s(action: Action) -> int:
    """How long a caller who doesn't say so waits for a queued run: not for a generate."""
    return 0 if action.kind == "generate" else HOSTED_WAIT_S


def refuse_passing_events_for_n8n(url: str, events: tuple[str, ...], pointer: str) -> None:
    """An n8n resume URL resumes at the first post: only the end may be posted to it (contract, section 4)."""
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
    }
