"""The tables of the documents, written from the figures that were measured."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import tables


def figure(value: float, limit: float, **more: Any) -> dict[str, Any]:
    ratio = {"ratio": value / limit, "min_ratio": value / limit / 2, "max_ratio": value / limit * 2}
    return {"value": value, "limit": limit, "min": value / 2, "max": value * 2, **ratio, **more}


FIGURES = {
    "accept.sqlite": figure(500, 1000),
    "chain.postgres": figure(300, 100, peers={"celery": figure(60, 60), "n8n": "not installed"}),
    "workers.2.sqlite": figure(200, 100),
    "workers.worker-2.sqlite": figure(4, 5),
    "workers.web-2.sqlite": figure(1.5, 2),
    "provider_calls.4.postgres": figure(70, 20),
    "provider_calls.worker-4.postgres": figure(18, 16),
    "rows.end-32.postgres": figure(600, 1200),
    "memory.web.sqlite": figure(119, 100),
    "costs.accept.sqlite": figure(1.1, 1.0, peers={"with 100000 runs": figure(1.05, 1)}),
    "pictures.artworks.sqlite": figure(4, 5),
}


def test_each_figure_has_its_row_with_least_and_most() -> None:
    told = tables.performance(FIGURES)
    assert (
        "| accepts a second, to a bare Flask route | sqlite | 500 (250 to 1000) | 1000 | 0.50 (0.25 to 1.00) |" in told
    )
    assert "| chain.postgres | n8n | not installed |  |" in told
    assert "| web | sqlite | 100 MB | 119 MB |" in told
    assert "| accept | sqlite | 1.00 | 1.05 | 1.10 | 1.10 (0.55 to 2.20) |" in told
    assert "| artworks | 4.0 | 5.0 |" in told


def test_workers_are_told_with_one_beside_more() -> None:
    rows = [line for line in tables.scaling(FIGURES).splitlines() if line.startswith(("| 1", "| 2", "| 4"))]
    assert rows == [
        "| 1 | sqlite | 100 | 1 | 5.0 | 2.0 |",
        "| 2 | sqlite | 200 | 2.00 (1.00 to 4.00) | 4.0 | 1.5 |",
        "| 1 | postgres | 20 | 1 | 16.0 |  |",
        "| 4 | postgres | 70 | 3.50 (1.75 to 7.00) | 18.0 |  |",
    ]


def test_a_row_that_runs_share_is_told_beside_rows_of_their_own() -> None:
    assert "| ends: the account | 32 | 600 | 1200 | 0.50 (0.25 to 1.00) |" in tables.scaling(FIGURES)


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- end -->\nafter\n")
    tables._replace(page, "new")
    assert page.read_text() == "before\n<!-- figures -->\n\nnew\n\n<!-- end -->\nafter\n"


@pytest.mark.parametrize("name", ["performance.md", "scaling.md"])
def test_the_documents_have_the_marks(name: str) -> None:
    text = (tables.ROOT / "docs" / name).read_text()
    assert text.count(tables.BEGIN) == text.count(tables.END) == 1
