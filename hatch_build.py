"""What the wheel's build adds: dependencies from the requirements files, and the packs as archives.

Only hatchling and the standard library are there when this runs.
"""

import re
import runpy
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
    """Puts the packs' archives into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make them, and say where they go."""
        archives = runpy.run_path(str(ROOT / "service/packs/archives.py"))
        self._folder = tempfile.TemporaryDirectory(prefix="genhook-packs-")
        for name, content in archives["build"](ROOT / "packs", self.metadata.version).items():
            path = Path(self._folder.name) / name
            path.write_bytes(content)
            build_data["force_include"][str(path)] = f"service/bundle/packs/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made on the way."""
        self._folder.cleanup()
