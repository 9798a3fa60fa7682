"""The hook in the test client: every answer of an operation is held against its definition's output schema."""

from typing import Any

from flask import has_request_context, request
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse


class Checked(FlaskClient):
    """Validates each 2xx answer of the REST face, and each output of a run, against the action's own schema."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self:
            response = super().open(*args, **kwargs)
            # The entrance of accepts answers without Flask.
            endpoint = request.endpoint if has_request_context() else None
        service = self.application.extensions["genhook"]
        actions = service.context.definitions.actions
        if response.is_json and response.status_code < 300:
            body = response.get_json()
            if endpoint in actions:
                check(actions[endpoint], output_of(actions[endpoint], body))
            elif isinstance(body, dict) and body.get("status") == "completed" and body.get("action") in actions:
                check(actions[body["action"]], body["output"])
        return response


def output_of(action: Any, body: dict[str, Any]) -> Any:
    """Return what an API's envelope holds, as a run's output has it."""
    if action.api.answer["data"] == "":
        return body
    return {"data": body["data"], "meta": body["meta"]} if "meta" in body else body["data"]


def check(action: Any, output: Any) -> None:
    """Raises AssertionError naming what does not fit."""
    faults = [
        f"{fault.json_path}: {fault.message}"
        for fault in Draft202012Validator(action.output_schema).iter_errors(output)
    ]
    assert not faults, f"{action.id} answers what its schema does not allow: {faults}"
