"""The APIs' own paths, built from the definitions."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Flask, Response, g, request

from service.definitions import Action
from service.errors import ValidationError
from service.operations.call import call
from service.operations.generate import generate
from service.operations.permit import permit
from service.operations.service import Service
from service.runs.submission import Submission
from service.web.body import json_object
from service.web.faces import answer
from service.web.stream import streamed

IDEMPOTENCY_KEY_LENGTH = 255


def register(app: Flask, service: Service) -> None:
    """Add one route a definition."""
    for action in service.context.definitions.actions.values():
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
        values = action.validate(_gathered(action, path), unknown=action.api.unknown_fields)
        return operate(service, action, values)

    return view


def _call(service: Service, action: Action, values: Mapping[str, Any]) -> Response:
    return answer(action.api, call(service, action, values, g.caller), action.success)


def _generate(service: Service, action: Action, values: Mapping[str, Any]) -> Response:
    submission = Submission(action, g.caller, values, idempotency_key=idempotency_key(), waits_its_turn=False)
    if action.stream is not None and values.get(action.stream.field):
        return streamed(service, submission, action.stream)
    made = generate(service, submission)
    response = answer(action.api, made.output, 200 if made.replayed else action.success)
    if made.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def idempotency_key() -> str | None:
    """Read the request's `Idempotency-Key`. Raises ValidationError for one that is empty or too long."""
    key = request.headers.get("Idempotency-Key")
    if key is not None:
        # Headers arrive as Latin-1; what callers mean by their bytes is UTF-8.
        with suppress(UnicodeDecodeError, UnicodeEncodeError):
            key = key.encode("latin-1").decode()
    if key is not None and not 1 <= len(key) <= IDEMPOTENCY_KEY_LENGTH:
        raise ValidationError.at(
            "/Idempotency-Key", f"Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_LENGTH} characters."
        )
    return key


def _gathered(action: Action, path: Mapping[str, str]) -> dict[str, Any]:
    """Path, query and body members as one flat input; later places win nothing: a field has one place."""
    in_text = {name: value for name, value in request.args.items() if action.placement.get(name, "query") == "query"}
    values: dict[str, Any] = action.coerce({**in_text, **path})
    if action.method in ("GET", "DELETE"):
        return values
    body = json_object(request)
    return {name: value for name, value in body.items() if action.placement.get(name, "body") == "body"} | values
