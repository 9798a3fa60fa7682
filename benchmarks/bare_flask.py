"""The limit of an accept: a route that reads JSON and answers JSON, and does nothing else."""

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.route("/", methods=["GET", "POST"])
def bare() -> tuple[Response, int]:
    """Answer with the input that was sent."""
    body = request.get_json(silent=True) or {}
    return jsonify({"status": "queued", "input": body.get("input")}), 202
