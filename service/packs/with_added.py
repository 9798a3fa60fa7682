"""The packs with the operator's own APIs in them, for a folder of the operator's choice.

They have a version of their own, since a name with a version never changes its bytes.
"""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from service import __version__
from service.config.bundle import INSTALLED, PACKS
from service.definitions import Definitions
from service.packs import building, handed_out
from service.packs.archives import N8N, ZAPIER, constants, tarball, zipped

GENERATED = {"n8n": "nodes/Genhook/generated/", "zapier": "generated/"}
IGNORED = shutil.ignore_patterns("node_modules", ".compiler")


def write(definitions: Definitions, folder: Path) -> list[Path]:
    """Write each pack's folder as `packs/` has it, and its archive. Answers with what was written."""
    made = {name: build(definitions) for name, build in building.builders().items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, files in made.items():
        if not INSTALLED:
            shutil.copytree(PACKS / name, folder / name, dirs_exist_ok=True, ignore=IGNORED)
        building.write(folder / name, files)
    version = _version(made)
    archives = {
        f"{N8N}-{version}.tgz": tarball(_n8n(made["n8n"], version)),
        f"{ZAPIER}-{version}.zip": zipped(_zapier(made["zapier"], version)),
    }
    for name, content in archives.items():
        (folder / name).write_bytes(content)
    return [*(folder / name for name in made), *(folder / name for name in archives)]


def _version(made: Mapping[str, Mapping[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, files in sorted(made.items()):
        for path, content in sorted(files.items()):
            digest.update(f"{name}/{path}\n".encode() + content)
    return f"{__version__}-added.{digest.hexdigest()[:8]}"


def _n8n(made: Mapping[str, bytes], version: str) -> dict[str, bytes]:
    """The package that the service hands out, with other generated modules."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(handed_out.archives()[f"{N8N}.tgz"]))) as archive:
        files = {
            entry.name.removeprefix("package/"): opened.read()
            for entry in archive
            if (opened := archive.extractfile(entry)) is not None
        }
    kept = {name: content for name, content in files.items() if f"/{GENERATED['n8n']}" not in name}
    for name, content in made.items():
        if name.startswith(GENERATED["n8n"]) and name.endswith(".ts"):
            kept[f"dist/{name.removesuffix('.ts')}.js"] = constants(content.decode()).encode()
    return kept | {"package.json": _versioned(kept["package.json"], version)}


def _zapier(made: Mapping[str, bytes], version: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(handed_out.archives()[f"{ZAPIER}.zip"])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    kept = {name: content for name, content in files.items() if not name.startswith(GENERATED["zapier"])}
    return kept | dict(made) | {"package.json": _versioned(kept["package.json"], version)}


def _versioned(package: bytes, version: str) -> bytes:
    return (json.dumps({**json.loads(package), "version": version}, indent=2, ensure_ascii=False) + "\n").encode()
