"""What a web process carries: no engine, no provider's SDK, and a bounded memory after it has served."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.house import Account, House

ROOT = Path(__file__).resolve().parents[2]
# psycopg with its libpq is 8.
MOST_MB = 128 if os.environ.get("TEST_DATABASE_URL") else 120
# What the engines, the deliverer, commands and stored files are made with, and the providers' own SDKs.
ENGINES = {
    "PIL",
    "aiohttp",
    "alembic",
    "av",
    "cv2",
    "espeakng_loader",
    "numpy",
    "obstore",
    "onnxruntime",
    "rapidocr",
    "scipy",
    "vtracer",
    "yt_dlp",
}
SDKS = {"byteplussdkarkruntime", "fal_client", "google", "litellm", "openai", "replicate"}
HEAVY = ENGINES | SDKS
IMPORTED = "import json, sys, service.web.app; print(json.dumps(sorted(sys.modules)))"
SERVED = """
import json, os, re, sys
from pathlib import Path
# Libraries use them where they find them; only the tests' own tools bring them along.
found = ["opentelemetry", "rich", "fqdn", "isoduration", "jsonpointer", "rfc3987", "uri_template", "webcolors"]
sys.modules |= dict.fromkeys(found)
from service.config import load
from service.web.app import create_app

client = create_app(load()).test_client()
for method, path, body in json.loads(os.environ["REQUESTS"]):
    answer = client.open(path, method=method, json=body, headers={"Authorization": "Bearer " + os.environ["KEY"]})
    assert answer.status_code < 300, (path, answer.status_code, answer.text)
kilobytes = re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(json.dumps({"modules": sorted(sys.modules), "mb": int(kilobytes) / 1024}))
"""


def told(program: str, **environment: str) -> object:
    """Return what a new interpreter prints as JSON."""
    command, given = [sys.executable, "-c", program], {**os.environ, **environment}
    done = subprocess.run(command, env=given, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def packages(modules: list[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_the_application_imports_no_engine_and_no_sdk() -> None:
    modules = told(IMPORTED)
    assert isinstance(modules, list)
    assert "service.web.app" in modules
    assert not packages(modules) & HEAVY
    engine = [module for module in modules if module.startswith("service.sandbox.")]
    assert not [module for module in engine if module.split(".")[2] not in ("pool", "job")]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's size there")
def test_a_web_process_that_has_served_carries_no_engine_and_stays_small(idle_house: House) -> None:
    account: Account = idle_house.account()
    joke = {"input": {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke"}}
    picture = {"input": {"model": "flux-dev", "prompt": "a red fox"}}
    asked = [
        ("GET", "/healthz", None),
        ("GET", "/v1/actions", None),
        ("POST", "/v1/actions/generor.generators.generate", joke),
        ("POST", "/v1/actions/flixly.media.generate", picture),
        ("GET", "/v1/runs", None),
    ]
    served = told(
        SERVED,
        GENHOOK_DATA_DIR=str(idle_house.settings.data_dir),
        DATABASE_URL=idle_house.settings.database,
        REDIS_URL=idle_house.settings.redis,
        GENHOOK_SECRET_KEY=idle_house.settings.secret_keys[0],
        KEY=account.key("generor"),
        REQUESTS=json.dumps(asked * 4),
    )
    assert isinstance(served, dict)
    assert not packages(served["modules"]) & HEAVY
    assert served["mb"] < MOST_MB
