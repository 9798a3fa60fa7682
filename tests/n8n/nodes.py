"""Nodes for workflows, as n8n's editor would write them."""

from typing import Any
from uuid import uuid4

Json = dict[str, Any]


def webhook() -> Json:
    """Starts the workflow; its body has `items`."""
    path = str(uuid4())
    parameters = {"httpMethod": "POST", "path": path, "responseMode": "onReceived", "options": {}}
    return _node("Start", "n8n-nodes-base.webhook", 2, parameters, webhookId=path)


def split() -> Json:
    """One item for each member of `items`."""
    return _node("Items", "n8n-nodes-base.splitOut", 1, {"fieldToSplitOut": "body.items", "options": {}})


def genhook(credential: Json, operation: str, name: str = "Genhook", **settings: Any) -> Json:
    """The Genhook node: `operation` is resource.operation, `parameters` its fields; the rest are its settings."""
    resource, _, what = operation.partition(".")
    parameters = {"resource": resource, "operation": what, **settings.pop("parameters", {})}
    credentials = {"genhookApi": {"id": credential["id"], "name": credential["name"]}}
    return _node(name, "n8n-nodes-genhook.genhook", 1, parameters, credentials=credentials, **settings)


def trigger(credential: Json, **parameters: Any) -> Json:
    """The Genhook Trigger."""
    credentials = {"genhookApi": {"id": credential["id"], "name": credential["name"]}}
    kind = "n8n-nodes-genhook.genhookTrigger"
    return _node("Trigger", kind, 1, parameters, credentials=credentials, webhookId=str(uuid4()))


def to_text(field: str) -> Json:
    """Makes a text file of a field."""
    return _node(
        "To Text", "n8n-nodes-base.convertToFile", 1.1, {"operation": "toText", "sourceProperty": field, "options": {}}
    )


def write(path: str) -> Json:
    """Writes the item's file to disk."""
    parameters = {"operation": "write", "fileName": path, "dataPropertyName": "data", "options": {}}
    return _node("Write", "n8n-nodes-base.readWriteFile", 1, parameters)


def post(url: str, body: str) -> Json:
    """Posts JSON; both are n8n's expressions."""
    parameters = {
        "method": "POST",
        "url": url,
        "sendBody": True,
        "specifyBody": "json",
        "jsonBody": body,
        "options": {},
    }
    return _node("Post", "n8n-nodes-base.httpRequest", 4.2, parameters)


def nothing(name: str) -> Json:
    """Takes items, and hands them on."""
    return _node(name, "n8n-nodes-base.noOp", 1, {})


def _node(name: str, kind: str, version: float, parameters: Json, **settings: Any) -> Json:
    return {
        "id": str(uuid4()),
        "name": name,
        "type": kind,
        "typeVersion": version,
        "position": [0, 0],
        "parameters": parameters,
        **settings,
    }
