"""The peer of a chain on Celery: a Flask route, a task that makes nothing, and one that posts, over Redis."""

import os
import threading
from typing import Any

import requests
from celery import Celery
from flask import Flask, Response, jsonify
from flask import request as asked

tasks = Celery("pipeline", broker=os.environ["PIPELINE_REDIS"].replace("unix://", "redis+socket://"))
# No result is kept: the callback is the result. The clocks of other workers are not asked for.
tasks.conf.update(task_ignore_result=True, worker_enable_remote_control=False, worker_send_task_events=False)
app = Flask(__name__)
_local = threading.local()


@app.route("/", methods=["GET", "POST"])
def accept() -> tuple[Response, int]:
    """Answer 202 once the first task is asked."""
    body = asked.get_json(silent=True)
    if body:
        make.delay(body)
    return jsonify({"status": "queued"}), 202


@tasks.task(name="make")  # type: ignore[untyped-decorator]
def make(body: dict[str, Any]) -> None:
    """Ask the second task."""
    deliver.delay(body["url"], {"type": "run.completed", "data": body})


@tasks.task(name="deliver")  # type: ignore[untyped-decorator]
def deliver(url: str, event: dict[str, Any]) -> None:
    """Post the event over a connection that is kept."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
    _local.session.post(url, json=event, timeout=15)
