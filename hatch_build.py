"""What the wheel's build adds: dependencies from the requirements files, the packs as archives, and the guides.

Only hatchling, the standard library and requirements-docs.txt are there when this runs.
"""

import os
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).parent
EXTRAS = {
    "engines": ("requirements-engines.txt", "requirements-engines-nodeps.txt"),
    "otel": ("requirements-otel.txt",),
}


def _requirements(name: str) -> list[str]:
    path = ROOT / name
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [line for line in lines if re.match(r"[a-zA-Z]", line)]


class Metadata(MetadataHookInterface):
    """Reads what is installed with the wheel from the files that developers install."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in the dynamic members of pyproject.toml."""
        metadata["dependencies"] = _requirements("requirements.txt")
        metadata["optional-dependencies"] = {
            extra: [line for name in names for line in _requirements(name)] for extra, names in EXTRAS.items()
        }


class Build(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the packs' archives and the guides into the wheel."""

    def dependencies(self) -> list[str]:
        """Return what the guides are built with; an editable installation serves those of `make docs`."""
        return _requirements("requirements-docs.txt")

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make them, and say where they go."""
        self._folder = tempfile.TemporaryDirectory(prefix="genhook-wheel-")
        made = Path(self._folder.name)
        archives = runpy.run_path(str(ROOT / "service/packs/archives.py"))
        for name, content in archives["build"](ROOT / "packs", self.metadata.version).items():
            (made / name).write_bytes(content)
            build_data["force_include"][str(made / name)] = f"service/bundle/packs/{name}"
        if version != "editable":
            _build_guides(made / "guide")
            build_data["force_include"][str(made / "guide")] = "service/web/guide"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made on the way."""
        self._folder.cleanup()


def _build_guides(folder: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-f", str(ROOT / "mkdocs.yml"), "-d", str(folder)]
    subprocess.run(command, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=True)
