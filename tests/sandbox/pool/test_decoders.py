"""No code outside the engine processes loads what decodes media: not at its top, not inside a function."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from service.config import ROOT

# Whatever opens pictures, sound, film, fonts or archives of media, here or in a later version; numpy opens none.
DECODERS = {
    *("PIL", "av", "cv2", "imageio", "imageio_ffmpeg", "mutagen", "onnxruntime", "pillow_heif", "pydub"),
    *("rapidocr", "scipy", "skimage", "soundfile", "tinytag", "vtracer", "xml", "lxml", "aifc", "sunau", "audioop"),
}
# Of the embedded engine's room, what other processes load: they ask, and read answers.
ASKING = ("pool", "job.py", "__init__.py")


def outside() -> Iterator[Path]:
    """Every module of the service that no engine process is needed for."""
    engine = ROOT / "service" / "sandbox"
    for path in (ROOT / "service").rglob("*.py"):
        if not path.is_relative_to(engine) or path.relative_to(engine).parts[0] in ASKING:
            yield path


def imported(path: Path) -> Iterator[str]:
    """The names of all modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_media_is_decoded_in_engine_processes_alone() -> None:
    loaded = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in outside()
        for name in imported(path)
        if name.partition(".")[0] in DECODERS
    }
    assert not loaded


def test_a_worker_loads_no_decoder_through_what_it_imports() -> None:
    told = "import service.processes.worker, service.apis.flokan.thumbnails, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "service" in loaded
    assert not loaded & DECODERS - {"xml"}
