"""The recipes of CONTRIBUTING.md, run word for word in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RECIPES = re.split(r"^## (Add .*)$", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.M)
TITLES = RECIPES[1::2]
BLOCK = re.compile(r"(?:^`([^`\n]+)`\n\n)?^```(\w+)\n(.*?)^```$", re.M | re.S)
# The tests that hold what any new action, model, generator or setting must keep to.
HOLDING = (
    "tests/catalog",
    "tests/config",
    "tests/conformance/test_coverage.py",
    "tests/conformance/test_flokan.py",
    "tests/definitions",
    "tests/describe",
    "tests/packs/test_building.py",
    "tests/providers/test_every_provider.py",
    "tests/providers/test_endpoints.py",
    "tests/sandbox/test_text.py::test_a_text_generator_writes_valid_clean_data_for_every_option",
    "tests/test_documents.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that git keeps here."""
    folder = tmp_path_factory.mktemp("repository")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def changed(diff: str, folder: Path) -> None:
    """Make the change that a diff shows: each added run of lines goes before the line that follows it there."""
    name = re.search(r"^\+\+\+ b/(.*)$", diff, re.M)
    assert name, diff
    path = folder / name[1]
    text = path.read_text()
    for added, following in re.findall(r"((?:^\+(?!\+\+ ).*\n)+)^ (.*)$", diff, re.M):
        lines = "".join(line[1:] + "\n" for line in added.splitlines())
        assert text.count(f"\n{following}\n") >= 1, f"{name[1]} has no line {following!r} any more"
        text = text.replace(f"\n{following}\n", f"\n{lines}{following}\n", 1)
    path.write_text(text)


def follow(recipe: str, folder: Path) -> list[str]:
    """Do what the recipe says; the test files that it adds."""
    tests = []
    for name, language, body in BLOCK.findall(recipe):
        if language == "sh":
            run(body.replace("python ", f"{sys.executable} "), folder)
        elif language == "diff":
            changed(body, folder)
        else:
            assert not (folder / name).exists(), f"{name} is there already"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(body)
            tests += [name] if name.startswith("tests/") else []
    return tests


def run(command: str, folder: Path) -> None:
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, env=environment(folder))
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GENHOOK_"))}
    return {**kept, "PYTHONPATH": str(folder)}


@pytest.mark.slow
def test_every_recipe_leaves_the_tests_green_with_nothing_else_edited(copy: Path) -> None:
    tests = [name for recipe in RECIPES[2::2] for name in follow(recipe, copy)]
    quick = os.environ.get("GENHOOK_TEST_RECIPES") == "1"
    chosen = "tests" if quick else " ".join([*tests, *HOLDING])
    marks = "--quick" if quick else "--ignore tests/definitions/caller_schemas"
    run(f"{sys.executable} -m pytest -q -x -p no:cacheprovider -n {2 if quick else 0} {marks} {chosen}", copy)


def test_the_recipes_are_those_that_contributors_need() -> None:
    wanted = {"a read action", "a generate action", "a model", "a generator", "a setting", "a provider"}
    assert {title.removeprefix("Add ") for title in TITLES} >= wanted
