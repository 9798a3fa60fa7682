"""Nothing that users meet is undocumented, and nothing that is documented is stale or leads nowhere."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from click import Group

from service.cli import main
from service.config import ROOT, Settings
from service.describe import commands, formats, problems, providers
from tests.support.definitions import built_in

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
PYTHON = [path for folder in ("service", "tests") for path in (ROOT / folder).rglob("*.py") if path != Path(__file__)]
# Where a reference in code may point beside the files of this repository.
DOCUMENTS = ("generor-api", "flixly-api", "flokan", "the three documents", "the documents")
# In an API's own folder an endpoint alone names its place in that API's document.
ENDPOINT = re.compile(r"(GET|POST|PATCH|DELETE) /")


def built() -> dict[str, str]:
    """Make every document that the code makes, by its name."""
    from service.catalog import load as catalogue

    definitions = built_in()
    assert isinstance(main, Group)
    return {
        "commands.md": commands.build(main),
        "definitions.md": formats.build(Settings().schemas_dir),
        "errors.md": problems.build(definitions.apis.values()),
        "providers.md": providers.build(catalogue()),
    }


@pytest.mark.parametrize("name", ["commands", "definitions", "errors", "providers"])
def test_a_document_made_from_the_code_is_what_the_code_makes(name: str) -> None:
    stale = f"run: python -m service docs {name} --output docs/{name}.md"
    assert (DOCS / f"{name}.md").read_text() == built()[f"{name}.md"], stale


def test_every_setting_is_in_the_readme() -> None:
    tree = ast.parse((ROOT / "service" / "config" / "__init__.py").read_text())
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = {
        call.args[0].value
        for call in calls
        if call.args
        and isinstance(call.args[0], ast.Constant)
        and re.fullmatch(r"[A-Z][A-Z_]+", str(call.args[0].value))
    }
    readme = (ROOT / "README.md").read_text()
    assert len(named) > 10
    assert [name for name in sorted(named) if name not in readme] == []


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)
    assert phony
    silent = {"chromium"}
    assert [
        name for name in phony[1].split() if name not in silent and not re.search(rf"^{name}:.*## ", makefile, re.M)
    ] == []


def test_every_event_is_in_the_guide_to_callbacks() -> None:
    source = (ROOT / "schemas" / "v1" / "subscription.request.json").read_text()
    guide = (DOCS / "callbacks.md").read_text()
    events = set(re.findall(r'"((?:run|budget)\.[a-z]+)"', source))
    assert events
    assert [event for event in sorted(events) if event not in guide] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text)
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_source_that_a_file_names_is_here_or_one_of_the_three_documents() -> None:
    absent = []
    for path in (*PYTHON, *PAGES, *(ROOT / "service").rglob("*.md"), *(ROOT / "packs").rglob("*.ts")):
        for source in re.findall(r"\bSource: ([^\n]+)", path.read_text()):
            named = re.findall(r"[\w./-]+\.(?:md|json|py)\b", source)
            inside = "apis" in path.parts and ENDPOINT.match(source)
            if not inside and not source.startswith(DOCUMENTS) and not any((ROOT / name).exists() for name in named):
                absent.append(f"{path.relative_to(ROOT)}: {source}")
    assert absent == []


def test_every_room_stands_on_its_floor_in_the_architecture() -> None:
    linted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    floors = [set(re.findall(r"\w+", layer)) for layer in linted if layer != "__main__"]
    told: dict[int, set[str]] = {}
    for floor, rooms in re.findall(r"^\| (\d) \| (.*?) \|", (DOCS / "architecture.md").read_text(), re.MULTILINE):
        told.setdefault(int(floor), set()).update(re.findall(r"`(\w+)", rooms))
    assert [told[floor] for floor in sorted(told, reverse=True)] == floors


def test_every_promise_and_pool_of_the_security_page_names_a_test_that_is_there() -> None:
    parts = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)+)", (DOCS / "security.md").read_text(), re.MULTILINE))
    tables = [parts["Promises, and the tests that hold them"], parts["Pools, their bounds, and who shares them"]]
    rows = [row for table in tables for row in re.findall(r"^\| (?!promise |pool ).*\|$", table, re.MULTILINE)]
    assert len(rows) > 50
    absent = []
    for row in rows:
        tests = re.findall(r"(tests/[\w/.]+)::(\w+)", row.rpartition("| ")[2])
        if not tests or not all(is_test(ROOT / path, name) for path, name in tests):
            absent.append(row)
    assert absent == []


def is_test(path: Path, name: str) -> bool:
    """Tell whether a file has a test of this name."""
    return path.is_file() and f"def {name}(" in path.read_text()
