"""The peer of a chain: a Flask route, an actor that makes nothing, and one that posts, on Dramatiq over Redis."""

import os
import threading
from typing import Any

import dramatiq
import requests
from dramatiq.brokers.redis import RedisBroker
from flask import Flask, Response, jsonify, request

dramatiq.set_broker(RedisBroker(url=os.environ["PIPELINE_REDIS"]))  # type: ignore[no-untyped-call]
app = Flask(__name__)
_local = threading.local()


@app.route("/", methods=["GET", "POST"])
def accept() -> tuple[Response, int]:
    """Answer 202 once the first actor is asked."""
    body = request.get_json(silent=True)
    if body:
        make.send(body)
    return jsonify({"status": "queued"}), 202


@dramatiq.actor
def make(body: dict[str, Any]) -> None:
    """Ask the second actor."""
    deliver.send(body["url"], {"type": "run.completed", "data": body})


@dramatiq.actor
def deliver(url: str, event: dict[str, Any]) -> None:
    """Post the event over a connection that is kept."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
    _local.session.post(url, json=event, timeout=15)
