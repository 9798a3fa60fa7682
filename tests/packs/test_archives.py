"""The packs as they are handed out: the same bytes each time, whole, compiled from these sources, in nobody's name."""

import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from service import __version__
from service.config.bundle import PACKS
from service.packs import archives
from service.packs.archives import build

# Ours, had we any.
ADDRESSES = re.compile(r"github\.com/genhook|maintainers|genhook\.(?!example|node)(?:com|dev|io|org|net)\b")

MAIL = re.compile(r"[\w.+-]+@(?!example\.)[\w-]+\.[a-z]{2,}")
# The one that n8n's linter asks for.
PLACEHOLDER = "name@email.com"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return build(PACKS, __version__)


def unpacked(archive: bytes) -> dict[str, bytes]:
    if archive.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(archive)) as found:
            return {name: found.read(name) for name in found.namelist()}
    with tarfile.open(fileobj=io.BytesIO(archive)) as found:
        return {entry.name: found.extractfile(entry).read() for entry in found}  # type: ignore[union-attr]


def test_the_same_version_is_always_the_same_bytes(made: dict[str, bytes], tmp_path: Path) -> None:
    copied = shutil.copytree(PACKS, tmp_path / "elsewhere")
    for path in copied.rglob("*"):
        path.touch()
    assert build(copied, __version__) == made
    assert gzip.decompress(made[f"n8n-nodes-genhook-{__version__}.tgz"])
    assert made[f"n8n-nodes-genhook-{__version__}.tgz"] == made["n8n-nodes-genhook.tgz"]


def test_packages_have_the_services_version(made: dict[str, bytes]) -> None:
    n8n, zapier = unpacked(made["n8n-nodes-genhook.tgz"]), unpacked(made["genhook-zapier.zip"])
    for package in (n8n["package/package.json"], zapier["package.json"]):
        assert json.loads(package)["version"] == __version__
    for page in (n8n["package/README.md"], zapier["README.md"]):
        assert set(re.findall(rb"genhook-(\d[\w.]*)\.(?:tgz|zip)", page)) <= {__version__.encode()}


def test_everything_that_the_n8n_package_names_is_in_it(made: dict[str, bytes]) -> None:
    files = unpacked(made["n8n-nodes-genhook.tgz"])
    listed = json.loads(files["package/package.json"])["n8n"]
    for name in (*listed["nodes"], *listed["credentials"]):
        assert f"package/{name}" in files
    for name, content in files.items():
        for needed in re.findall(r"require\(\"(\.[^\"]+)\"\)", content.decode()) if name.endswith(".js") else ():
            assert f"{(Path('/') / name).parent.joinpath(needed).resolve()}.js"[1:] in files, (name, needed)


def test_the_compiled_modules_are_those_of_the_sources() -> None:
    pack = PACKS / "n8n"
    sources = [
        path.relative_to(pack).as_posix()
        for folder in ("credentials", "nodes")
        for path in (pack / folder).rglob("*.ts")
        if "generated" not in path.parts
    ]
    hashes = {name: hashlib.sha256((pack / name).read_bytes()).hexdigest() for name in sources}
    assert json.loads((pack / "compiled/sources.json").read_text()) == hashes, (
        "run `make compile-n8n`, commit compiled/"
    )


def test_no_package_names_people_or_addresses(made: dict[str, bytes]) -> None:
    for archive in made.values():
        for name, content in unpacked(archive).items():
            text = content.decode()
            assert set(MAIL.findall(text)) <= {PLACEHOLDER}, name
            assert ADDRESSES.findall(text) == [], name


def unpack_node(made: dict[str, bytes], folder: Path) -> None:
    """Unpack the n8n node into `folder`, where it finds what little of n8n it needs to be loaded."""
    with tarfile.open(fileobj=io.BytesIO(made["n8n-nodes-genhook.tgz"])) as archive:
        archive.extractall(folder, filter="data")
    stub = folder / "node_modules/n8n-workflow"
    stub.mkdir(parents=True)
    (stub / "index.js").write_text("exports.NodeConnectionTypes = { Main: 'main' };")


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_handed_out_node_loads_and_has_its_operations(made: dict[str, bytes], tmp_path: Path) -> None:
    unpack_node(made, tmp_path)
    script = (
        "const { Genhook } = require('./package/dist/nodes/Genhook/Genhook.node.js');"
        "require('./package/dist/nodes/GenhookTrigger/GenhookTrigger.node.js');"
        "require('./package/dist/credentials/GenhookApi.credentials.js');"
        "const { properties } = new Genhook().description;"
        "console.log(properties.filter((one) => one.name === 'operation').length)"
    )
    done = subprocess.run(["node", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 5


# As a node finds itself once it was resumed: its batch has ended. The list answers as the service does.
RESUMED = """
const { generate } = require('./package/dist/nodes/Genhook/generate.js');
const run = { id: 'run_1', status: 'completed', error: null };
const output = { creations: ['made'] };
const list = ({ qs }) => ({ ...run, ...(String(qs.include).includes('output') && { output }) });
const context = {
    getInputData: () => [{ json: {} }],
    getExecuteData: () => ({ metadata: { genhook: { ended: true, group: 'g', slots: [{ run: 'run_1' }] } } }),
    getNodeParameter: (name, item, usual) => usual,
    getCredentials: async () => ({ baseUrl: 'http://genhook.test' }),
    helpers: { httpRequestWithAuthentication: async (credential, options) => (
        { statusCode: 200, headers: {}, body: { data: [list(options)], next_cursor: null } }
    ) },
};
generate(context, { summary: ['creations'] }).then((items) => console.log(JSON.stringify(items[0].json)));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_a_resumed_node_puts_out_what_was_made(made: dict[str, bytes], tmp_path: Path) -> None:
    unpack_node(made, tmp_path)
    done = subprocess.run(["node", "-e", RESUMED], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"creations": ["made"], "run_id": "run_1"}


def test_a_generated_module_becomes_plain_javascript() -> None:
    source = (
        "// Made.\nimport type { A } from 'n8n-workflow';\n\nconst options1: A[] = [\n\t{ name: 'const x: y = ' },\n];"
        "\n\nexport const properties: A[] = options1;\n"
    )
    assert archives.constants(source) == (
        '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n'
        "// Made.\n\nconst options1 = [\n\t{ name: 'const x: y = ' },\n];\n\nexports.properties = options1;\n"
    )
