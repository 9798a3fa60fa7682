"""What is handed out for deploying names commands, lanes, settings and metrics that there are."""

import json
import re
from typing import Any

import click
import pytest
import yaml

from service import __version__
from service.cli import main
from service.config import LANES
from service.config.bundle import ROOT
from tests.support.house import House

DRAIN_S, MORE_S = 1000, 30
METRIC = re.compile(r"genhook_[a-z_]+")


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def command_of(words: list[str]) -> click.Command:
    """The command that these words name. Raises KeyError where there is none."""
    found: click.Command = main
    for word in words:
        if not isinstance(found, click.Group):
            break
        one = found.get_command(click.Context(found), word)
        if one is None:
            raise KeyError(word)
        found = one
    return found


def test_every_process_of_compose_is_a_command() -> None:
    services = {name: one for name, one in read("compose.yml")["services"].items() if "build" in one}
    assert set(services) == {"migrate", "web", "worker", "callbacks", "sweeper"}
    for service in services.values():
        assert not isinstance(command_of(service["command"]), click.Group)
        assert service["image"] == f"genhook:{__version__}"
    for name in ("web", "worker"):
        assert services[name]["stop_grace_period"] == f"${{WORKER_GRACE:-{DRAIN_S + MORE_S}s}}"


def test_compose_asks_for_what_has_no_default() -> None:
    text = (ROOT / "compose.yml").read_text()
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"\$\{([A-Z_]+)", text)) - {"PORT"}
    assert named <= set(re.findall(r"^([A-Z_0-9]+)=", example, re.MULTILINE))


def test_the_chart_has_every_lane_and_the_grace_of_the_drain() -> None:
    values = read("deploy/helm/genhook/values.yaml")
    lanes = [lane for worker in values["workers"].values() for lane in worker["lanes"]]
    assert sorted(lanes) == sorted(LANES)
    assert values["workerGraceSeconds"] == int(values["env"]["WORKER_DRAIN_S"]) + MORE_S == DRAIN_S + MORE_S
    chart = read("deploy/helm/genhook/Chart.yaml")
    assert chart["version"] == chart["appVersion"] == __version__


def test_systemd_waits_for_the_drain() -> None:
    unit = (ROOT / "deploy/systemd/genhook@.service").read_text()
    assert f"TimeoutStopSec={DRAIN_S + MORE_S}\n" in unit


def test_the_platforms_lines_are_commands() -> None:
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert procfile["release"] == "python -m service migrate"
    app, render = json.loads((ROOT / "deploy/app.json").read_text()), read("deploy/render.yaml")
    assert set(app["formation"]) == set(procfile) - {"release"}
    lines = [line.removeprefix("python -m service ") for line in procfile.values()]
    lines += [one["dockerCommand"].removeprefix("genhook ") for one in render["services"] if "dockerCommand" in one]
    lines.append(
        json.loads((ROOT / "deploy/railway.json").read_text())["deploy"]["startCommand"].removeprefix("genhook ")
    )
    for line in lines:
        assert not isinstance(command_of(line.split()), click.Group), line


@pytest.mark.parametrize(
    "path",
    ["deploy/grafana/genhook.json", "deploy/prometheus/alerts.yml", "deploy/helm/genhook/templates/scaling.yaml"],
)
def test_every_metric_that_is_watched_exists(idle_house: House, path: str) -> None:
    account = idle_house.account()
    account.submit("generor.generators.generate", {"slug": "joke", "model_id": 37, "prompt": "A joke about metrics"})
    told = idle_house.client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).get_data(as_text=True)
    watched = set(METRIC.findall((ROOT / path).read_text())) - {"genhook_json"}
    types = re.findall(r"^# TYPE (\S+) (\S+)", told, re.MULTILINE)
    # A histogram is watched by its samples.
    there = {name for name, _ in types}
    there |= {f"{name}_{end}" for name, kind in types for end in ("bucket", "count", "sum") if kind == "histogram"}
    assert watched
    assert watched <= there


def test_the_image_is_run_by_nobody_and_asks_after_itself() -> None:
    image = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER 10001:10001$", image, re.MULTILINE)
    (check,) = re.findall(r"HEALTHCHECK .* CMD (\[.*\])", image)
    assert command_of(json.loads(check)[1:]).name == "healthy"


def test_the_image_reads_films_and_sounds_unless_it_is_built_without() -> None:
    image = (ROOT / "Dockerfile").read_text()
    (extras,) = re.findall(r'^ARG EXTRAS="(.*)"$', image, re.MULTILINE)
    installed = [ROOT / "locks" / f"requirements-{extra}.txt" for extra in extras.split()]
    loop = re.search(r"for extra in \$EXTRAS; do pip install (.*?); done", image)
    assert loop
    assert loop[1].endswith('-r "/locks/requirements-$extra.txt" || exit 1')
    assert any(lock.read_text().startswith("av==") for lock in installed)
