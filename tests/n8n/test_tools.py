"""n8n's own linter and community scanner on the pack, with nothing switched off."""

import re

import pytest

from tests.n8n import tools


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tools.copy_of_pack(tmp_path_factory.mktemp("source"))


def test_the_linter_finds_nothing(source):
    code, printed = tools.output_of(["npx", "--no-install", "n8n-node", "lint"], source)
    assert code == 0, printed


def test_the_community_scanner_finds_nothing(source):
    code, printed = tools.output_of(["node", str(tools.tooling() / "scan.mjs"), str(source)], source)
    assert code == 0, printed
    assert printed.strip().endswith("passed")


def test_no_rule_is_switched_off(source):
    for path in [*source.glob("nodes/**/*.ts"), *source.glob("credentials/*.ts")]:
        assert not re.search(r"eslint-disable|@ts-ignore|@ts-nocheck|@ts-expect-error", path.read_text()), path
    assert (source / "eslint.config.mjs").read_text().split() == (
        ["import", "{", "config", "}", "from", "'@n8n/node-cli/eslint';", "export", "default", "config;"]
    )
