"""Helm renders the chart to what Kubernetes takes; Prometheus reads alerts and the queries of dashboard and scaling."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from service.config import LANES
from service.config.bundle import ROOT
from tests.test_deploy import command_of

helm = pytest.importorskip("helm_python", reason="pip install -r requirements-operating.txt")
kubernetes = pytest.importorskip("kubernetes_validate", reason="pip install -r requirements-operating.txt")
CHART = ROOT / "deploy/helm/genhook"
# Oldest and newest that the chart is held to.
VERSIONS = ("1.29", "1.35")
EVERYTHING = {
    "keda": {"enabled": True},
    "serviceMonitor": {"enabled": True},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "tls": [{"secretName": "tls", "hosts": ["genhook.example.com"]}],
    },
}
PROCESSES = {"web", "callbacks", "sweeper", "worker-quick", "worker-slow", "worker-calls"}


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Every document that Helm makes of the chart, its hooks too."""
    with helm.Chart.load(str(CHART)) as chart:
        texts = chart.render(values, name="genhook", namespace="prod").values()
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


def of(documents: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Those of a kind, by what follows the release's name."""
    found = [one for one in documents if one["kind"] == kind]
    return {one["metadata"]["name"].removeprefix("genhook").removeprefix("-"): one for one in found}


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    return rendered(EVERYTHING)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["as it comes", "everything"])
def test_kubernetes_takes_every_document(values: dict[str, Any], version: str) -> None:
    own = [one for one in rendered(values) if not one["apiVersion"].startswith(("keda.sh", "monitoring.coreos.com"))]
    assert own
    for document in own:
        kubernetes.validate(document, version, strict=True)


def test_every_process_is_a_deployment_that_may_be_disrupted_one_at_a_time(documents: list[dict[str, Any]]) -> None:
    deployments, budgets = of(documents, "Deployment"), of(documents, "PodDisruptionBudget")
    assert set(deployments) == set(budgets) == PROCESSES
    for name, deployment in deployments.items():
        selected = deployment["spec"]["selector"]["matchLabels"]
        assert selected.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
        assert budgets[name]["spec"]["selector"]["matchLabels"] == selected
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert not isinstance(command_of(container["args"]), click.Group)
        assert container["securityContext"]["readOnlyRootFilesystem"]


def test_a_release_migrates_before_anything_starts(documents: list[dict[str, Any]]) -> None:
    job = of(documents, "Job")["migrate"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]


def test_each_deployment_of_workers_is_scaled_by_its_own_lanes(documents: list[dict[str, Any]]) -> None:
    scaled, deployments = of(documents, "ScaledObject"), of(documents, "Deployment")
    worked = []
    for name, one in scaled.items():
        assert one["spec"]["scaleTargetRef"]["name"] == f"genhook-{name}"
        # Else each upgrade would undo what was scaled.
        assert "replicas" not in deployments[name]["spec"]
        lanes = deployments[name]["spec"]["template"]["spec"]["containers"][0]["args"][2::2]
        assert f'lane=~"{"|".join(lanes)}"' in one["spec"]["triggers"][0]["metadata"]["query"]
        worked += lanes
    assert sorted(worked) == sorted(LANES)


def test_prometheus_finds_the_web_processes_by_their_service(documents: list[dict[str, Any]]) -> None:
    (monitor,), (service,) = of(documents, "ServiceMonitor").values(), of(documents, "Service").values()
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    ports = {port["name"] for port in service["spec"]["ports"]}
    assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= ports


@pytest.mark.skipif(shutil.which("promtool") is None, reason="apt-get install --no-install-recommends prometheus")
def test_prometheus_reads_the_alerts_and_every_query(documents: list[dict[str, Any]], tmp_path: Path) -> None:
    queries = [
        *dashboard(),
        *(one["spec"]["triggers"][0]["metadata"]["query"] for one in of(documents, "ScaledObject").values()),
    ]
    rules = [{"record": f"asked:{number}", "expr": query} for number, query in enumerate(queries)]
    asked = tmp_path / "asked.yml"
    asked.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    for file in (ROOT / "deploy/prometheus/alerts.yml", asked):
        done = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


def dashboard() -> Iterator[str]:
    """Every query of the dashboard, with its variables filled in."""
    for panel in json.loads((ROOT / "deploy/grafana/genhook.json").read_text())["panels"]:
        for target in panel.get("targets", []):
            yield re.sub(r"\$\{?__\w+\}?", "5m", target["expr"])
