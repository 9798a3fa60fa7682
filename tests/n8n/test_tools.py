"""n8n's own linter and community scanner on the pack, with nothing switched off."""

import json
import re

import pytest

from tests.n8n import tools

# What whoever publishes the pack fills in; the service hands it out by itself and names nobody.
PUBLISHER = {
    "author": {"name": "A Publisher", "email": "publisher@example.com"},
    "homepage": "https://example.com/genhook",
    "repository": {"type": "git", "url": "https://example.com/genhook.git"},
}
DOCUMENTED = "documentationUrl = 'https://example.com/genhook';"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The pack as it would be published."""
    folder = tools.copy_of_pack(tmp_path_factory.mktemp("source"))
    package, credentials = folder / "package.json", folder / "credentials" / "GenhookApi.credentials.ts"
    package.write_text(json.dumps(json.loads(package.read_text()) | PUBLISHER, indent=2))
    text = credentials.read_text()
    credentials.write_text(text.replace("\n\tproperties:", f"\n\t{DOCUMENTED}\n\n\tproperties:", 1))
    return folder


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
