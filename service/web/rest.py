"""The APIs' own paths, built from the definitions."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, request
from orjson import dumps as json_bytes

from service.apis.request import FileAnswer
from service.definitions import Action
from service.errors import ValidationError
from service.operations import handlers
from service.operations.call import call
from service.operations.generate import generate
from service.operations.permit import permit
from service.operations.service import Service
from service.operations.submit import submit
from service.runs.submission import EVENTS, FINAL_EVENTS, Submission
from service.web.body import json_object
from service.web.faces import answer
from service.web.files import made_file
from service.web.multipart import fields, is_form
from service.web.stream import streamed
from service.web.v1 import idempotency_key

METADATA_BYTES = 16 * 1024


def register(app: Flask, service: Service) -> None:
    """Add one route a definition."""
    for action in service.context.definitions.operations.values():
        app.add_url_rule(
            action.flask_rule,
            endpoint=action.id,
            view_func=_view(service, action),
            methods=[action.method],
            provide_automatic_options=False,
        )


def _view(service: Service, action: Action) -> Any:
    operate = _generate if action.kind == "generate" else _call

    def view(**path: str) -> Response:
        permit(action, g.caller)
        gathered = _gathered(service, action, path)
        values = action.validate(gathered, unknown=action.api.unknown_fields)
        return operate(service, action, values, gathered)

    return view


def _call(service: Service, action: Action, values: Mapping[str, Any], _: Mapping[str, Any]) -> Response:
    return _answer(service, action, call(service, action, values, g.caller), action.success)


def _answer(service: Service, action: Action, output: Any, status: int) -> Response:
    if isinstance(output, FileAnswer):
        return made_file(service.context, output.path, g.caller.account_id)
    return answer(action.api, output, status)


def _generate(service: Service, action: Action, values: Mapping[str, Any], sent: Mapping[str, Any]) -> Response:
    told = _callback(sent) if action.api.callbacks_in_body else {}
    submission = Submission(
        action, g.caller, values, idempotency_key=idempotency_key(request.environ), waits_its_turn=False, **told
    )
    if action.stream is not None and action.stream.asked(values):
        return streamed(service, submission, action.stream)
    made = generate(service, submission) if action.waits else submit(service, submission)
    output = made.output if not action.rendered else handlers.answered(service.context, submission, made.run or {})
    response = _answer(service, action, output, 200 if made.replayed else action.success)
    if made.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _callback(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Read where the result goes, as `/v1` takes it, from the body of a face that has it there."""
    url, metadata = sent.get("callback_url"), sent.get("metadata")
    if url is not None and not isinstance(url, str):
        raise ValidationError.at("/callback_url", "callback_url must be a string")
    events = tuple(sent.get("events") or FINAL_EVENTS) if isinstance(sent.get("events"), list) else FINAL_EVENTS
    unknown = [event for event in events if event not in EVENTS]
    if unknown:
        raise ValidationError.at("/events", f"events must be of {', '.join(EVENTS)}")
    return {
        "callback_url": url or None,
        "events": events,
        "metadata": metadata if isinstance(metadata, dict) and len(json_bytes(metadata)) <= METADATA_BYTES else None,
    }


def _gathered(service: Service, action: Action, path: Mapping[str, str]) -> dict[str, Any]:
    """Path, query and body members as one flat input; later places win nothing: a field has one place."""
    in_text = {name: value for name, value in request.args.items() if action.placement.get(name, "query") == "query"}
    values: dict[str, Any] = action.coerce({**in_text, **path})
    if action.method in ("GET", "DELETE"):
        return values
    if action.multipart and is_form(request):
        body = fields(service.context, request, action, g.caller)
    else:
        body = json_object(request)
    return {name: value for name, value in body.items() if action.placement.get(name, "body") == "body"} | values
