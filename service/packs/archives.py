"""The packs as their users install them: one archive each, whose bytes depend on the sources and the version alone.

Only the standard library is used here: the wheel's build makes the archives too, where nothing else is installed. An
installed service hands out those; one that runs from its sources makes them when they are first asked for.
"""

import gzip
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

N8N = "n8n-nodes-genhook"
ZAPIER = "genhook-zapier"
# Archives hold no moment of their making.
EPOCH = 499162500
ZIP_EPOCH = (1985, 10, 26, 8, 15, 0)
IMPORT = re.compile(r"^import type .*\n", re.MULTILINE)
CONSTANT = re.compile(r"^(export )?const (\w+): [^=\n]+ = ", re.MULTILINE)


def build(packs: Path, version: str) -> dict[str, bytes]:
    """Make every archive from the sources in `packs`, by its name; the one that npm installs has two names."""
    n8n = tarball(_n8n(packs / "n8n", version))
    return {
        f"{N8N}.tgz": n8n,
        f"{N8N}-{version}.tgz": n8n,
        f"{ZAPIER}.zip": zipped(_zapier(packs / "zapier", version)),
    }


def tarball(files: Mapping[str, bytes]) -> bytes:
    """Pack files as npm does, below `package/`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mtime, entry.mode = len(files[name]), EPOCH, 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    return gzip.compress(packed.getvalue(), compresslevel=9, mtime=0)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=ZIP_EPOCH)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, files[name])
    return packed.getvalue()


def _n8n(pack: Path, version: str) -> dict[str, bytes]:
    """Collect what npm would pack: the compiled modules, the codex files and icons beside them."""
    compiled = pack / "compiled"
    files = {f"dist/{path.relative_to(compiled).as_posix()}": path.read_bytes() for path in compiled.rglob("*.js")}
    for path in (pack / "nodes/Genhook/generated").glob("*.ts"):
        files[f"dist/nodes/Genhook/generated/{path.stem}.js"] = constants(path.read_text("utf-8")).encode()
    for path in (*pack.glob("nodes/**/*.node.json"), *pack.glob("icons/*.svg")):
        files[f"dist/{path.relative_to(pack).as_posix()}"] = path.read_bytes()
    for name in ("README.md", "LICENSE"):
        files[name] = (pack / name).read_bytes()
    package = json.loads((pack / "package.json").read_text("utf-8"))
    kept = {name: value for name, value in package.items() if name not in ("scripts", "devDependencies")}
    return files | {"package.json": _package(kept, version)}


def constants(source: str) -> str:
    """Compile a generated TypeScript module, which holds constants and nothing else, to CommonJS."""
    body = CONSTANT.sub(lambda found: f"{'exports.' if found[1] else 'const '}{found[2]} = ", IMPORT.sub("", source))
    return f'"use strict";\nObject.defineProperty(exports, "__esModule", {{ value: true }});\n{body}'


def _zapier(pack: Path, version: str) -> dict[str, bytes]:
    files = {path.relative_to(pack).as_posix(): path.read_bytes() for path in pack.rglob("*") if _of_zapier(pack, path)}
    return files | {"package.json": _package(json.loads(files["package.json"]), version)}


def _of_zapier(pack: Path, path: Path) -> bool:
    return path.is_file() and path.suffix in (".js", ".json", ".md") and "node_modules" not in path.parts


def _package(package: Mapping[str, object], version: str) -> bytes:
    return (json.dumps({**package, "version": version}, indent=2, ensure_ascii=False) + "\n").encode()
