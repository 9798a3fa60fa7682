"""The benchmarks' own arithmetic: what is told of a figure, and which figures a name stands for."""

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import figures
from benchmarks.__main__ import main
from benchmarks.figures import Figure, measured


def test_a_figure_is_the_median_of_its_rounds_and_tells_each() -> None:
    services, limits = iter([30.0, 10.0, 20.0]), iter([40.0, 40.0, 40.0])
    found = measured(Figure("things a second", lambda: next(services), lambda: next(limits)), rounds=3)
    assert (found["value"], found["limit"], found["ratio"], found["unit"]) == (20.0, 40.0, 0.5, "things a second")
    assert [one["value"] for one in found["rounds"]] == [30.0, 10.0, 20.0]
    assert (found["min"], found["max"], found["min_ratio"], found["max_ratio"]) == (10.0, 30.0, 0.25, 0.75)


def test_peers_are_measured_in_the_same_rounds_and_one_that_is_not_installed_says_so() -> None:
    celery = iter([10.0, 5.0])
    figure = Figure("things a second", lambda: 20.0, lambda: 40.0, peers={"celery": lambda: next(celery), "n8n": None})
    found = measured(figure, rounds=2)
    assert [one["celery"] for one in found["rounds"]] == [10.0, 5.0]
    assert (found["peers"]["celery"]["value"], found["peers"]["celery"]["ratio"]) == (7.5, 3.0)
    assert found["peers"]["n8n"] == "not installed"


def test_a_slow_figure_ends_after_its_time_with_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(0.0, figures.BUDGET_S * 0.75)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    assert len(measured(Figure("ms", lambda: 1.0, lambda: 1.0), rounds=50)["rounds"]) == 2


def test_a_name_that_is_no_benchmark_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["accept.oracle"])
    assert "accept, text, latency, deliver, chain" in capsys.readouterr().err


def test_json_stands_alone_on_stdout_and_holds_what_could_be_measured(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def bench(_: Any) -> Iterator[list[Figure]]:
        print("something is ready")
        yield [
            Figure("things a second", lambda: 1.0, lambda: 2.0),
            Figure("things a second", lambda: 1 / 0, lambda: 1.0, "b"),
        ]

    monkeypatch.setitem(benchmarks.BENCHMARKS, "some", SimpleNamespace(WHAT="things", bench=bench))
    with pytest.raises(SystemExit) as ended:
        main(["some.sqlite", "--json", "--rounds", "2"])
    told = json.loads(capfd.readouterr().out)
    assert list(told["figures"]) == ["some.sqlite"]
    assert len(told["figures"]["some.sqlite"]["rounds"]) == 2
    assert "some" in str(ended.value)
