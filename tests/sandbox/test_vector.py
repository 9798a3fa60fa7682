"""Tracing: SVG that scales, holds the picture's colours, and nothing that runs. Source: flixly-api, VECTORIZE."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from service.errors import EngineMissing, ReferenceUnreachable
from service.sandbox import stills, vector
from tests.support.stills import halves, product, reference, task

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _engines() -> None:
    pytest.importorskip("vtracer")
    pytest.importorskip("cv2")


def traced(path: Path) -> ElementTree.Element:
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    return root


def test_a_picture_becomes_svg_of_its_size_that_scales(tmp_path: Path) -> None:
    (artifact,) = vector.make(task("vector", reference(tmp_path / "given", halves())), tmp_path)
    root = traced(artifact.path)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("320", "240", "0 0 320 240")
    assert artifact.content_type == "image/svg+xml"
    colors = {path.get("fill") for path in root.iter(f"{SVG}path")}
    reds = [int(color[1:3], 16) for color in colors]
    assert len(colors) == 2
    assert max(reds) < 70, "blue and green, and nothing red"


def test_black_and_white_has_black_alone_and_outlines_have_no_fill(tmp_path: Path) -> None:
    given = reference(tmp_path / "given", product())
    (black,) = vector.make(task("vector", given, parameters={"vector-mode": "monochrome"}), tmp_path)
    assert {path.get("fill") for path in traced(black.path).iter(f"{SVG}path")} == {"#000000"}
    (lines,) = vector.make(task("vector", given, parameters={"vector-mode": "outline"}), tmp_path)
    paths = list(traced(lines.path).iter(f"{SVG}path"))
    assert paths
    assert all(path.get("fill") == "none" and path.get("stroke") for path in paths)


def test_what_is_transparent_stays_empty(tmp_path: Path) -> None:
    source = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    source.paste((220, 30, 30, 255), (60, 60, 140, 140))
    (artifact,) = vector.make(task("vector", reference(tmp_path / "given", source)), tmp_path)
    (path,) = traced(artifact.path).iter(f"{SVG}path")
    assert path.get("fill", "").startswith("#D"), "the red square, and no black ground"


def test_words_alone_are_drawn_first_each_item_anew(tmp_path: Path) -> None:
    first, second = vector.make(task("vector", prompt="a mountain lake", count=2), tmp_path)
    assert traced(first.path).get("viewBox") == "0 0 1024 1024"
    assert first.path.read_bytes() != second.path.read_bytes()


def test_the_same_task_gives_the_same_drawing(tmp_path: Path) -> None:
    given = reference(tmp_path / "given", product())
    once = next(vector.make(task("vector", given), tmp_path)).path.read_bytes()
    assert next(vector.make(task("vector", given), tmp_path)).path.read_bytes() == once


def test_a_missing_extra_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills.importlib, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    with pytest.raises(EngineMissing, match="vtracer: run `make engines`"):
        next(vector.make(task("vector", prompt="a tree"), tmp_path))


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceUnreachable):
        next(vector.make(task("vector", reference(tmp_path / "given", b"<svg/>")), tmp_path))
