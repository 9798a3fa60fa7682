"""Cuts free what stands out of a picture: GrabCut started from what differs from the border, edges by a guided filter.

Source: generor-api and flixly-api (REMOVE_BACKGROUND). Guided filter: He, Sun, Tang, 'Guided Image Filtering'.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.errors import RefusedByProvider
from service.sandbox import stills
from service.sandbox.job import Job, Product

ENGINE, KEPT_ENGINE = "local/grabcut", "local/kept-alpha"
CUT_AT = 640
"""Longest side in pixels at which the subject is parted from its ground; edges are refined at up to REFINED_AT."""

REFINED_AT = 4096
ROUNDS = 4
GROUND_COLORS = 5
EVEN = 5.0
"""CIELAB distance within which two colours count as one ground."""

MAJORITY = 0.7
"""Share of the border that one colour has where the ground is even."""

SMALLEST_HOLE = 0.001
"""Share of the picture below which a hole is a fault of the mask."""

SMALLEST_PART = 0.08
"""Parts smaller than this share of the largest are crumbs, and go."""

LEAST, MOST = 0.002, 0.995
"""Shares of the picture below and above which nothing was told apart."""

RADIUS = {"soft": 5, "sharp": 2}
"""The guided filter's radius in pixels at CUT_AT, by the generator's «Edges»."""

Floats = NDArray[np.float32]
Mask = NDArray[np.uint8]


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """PNGs with alpha; a picture that is transparent already keeps its own.

    Parameters read: the generator's background-remover-edges. Raises EngineMissing without the extra, ValidationError
    without a picture, ReferenceUnreachable where it can't be read, RefusedByProvider where nothing stands out.
    """
    cv2 = stills.engine("cv2", "Removing backgrounds")
    picture = stills.required(job)
    edges = str((job.params.get("parameters") or {}).get("background-remover-edges"))
    engine, cut = (KEPT_ENGINE, picture) if picture.mode == "RGBA" else (ENGINE, None)
    for index in range(job.count):
        if cut is None:
            cut = cut_out(cv2, picture, RADIUS.get(edges, RADIUS["soft"]), job.seed)
        path = workdir / f"{index + 1}.png"
        cut.save(path, "PNG", compress_level=3)
        yield Product(index, engine, path, "image/png", cut.width, cut.height)


def cut_out(cv2: Any, picture: Image.Image, radius: int, seed: int) -> Image.Image:
    """The RGB picture with its ground made transparent, at its own size. Raises RefusedByProvider."""
    small = np.asarray(stills.within(picture, CUT_AT))
    subject = _subject(cv2, small, seed)
    share = float(subject.mean())
    if not LEAST < share < MOST:
        raise RefusedByProvider("Nothing in the picture stands out from its background.")
    refined = stills.within(picture, REFINED_AT)
    pixels = np.asarray(refined)
    scale = max(refined.size) / max(small.shape)
    mask = cv2.resize(subject.astype(np.float32), refined.size, interpolation=cv2.INTER_LINEAR)
    alpha = _guided(cv2, pixels, mask, max(2, round(radius * scale)))
    colors = _without_spill(cv2, pixels, alpha, max(3, round(2 * radius * scale)))
    layers = np.dstack([colors, (alpha * 255 + 0.5).astype(np.uint8)])
    if refined is picture:
        return Image.fromarray(layers)
    picture.putalpha(Image.fromarray(layers[..., 3]).resize(picture.size, Image.Resampling.BICUBIC))
    return picture


def _subject(cv2: Any, pixels: Mask, seed: int) -> Mask:
    """1 where the subject is: what is not the one colour of an even ground, else what GrabCut finds."""
    cv2.setRNGSeed(seed % 2**31)
    lab = cv2.cvtColor(cv2.medianBlur(pixels, 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    ring = _ring(*pixels.shape[:2])
    even = np.linalg.norm(lab - np.median(lab[ring], axis=0), axis=2)
    if float((even[ring] < EVEN).mean()) > MAJORITY:
        return _tidied(cv2, (even > 2 * EVEN).astype(np.uint8), even)
    distance = _distance(cv2, cv2.GaussianBlur(lab, (0, 0), 1.5), ring)
    marked = _marks(cv2, distance, ring)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    bgr = cv2.cvtColor(cv2.bilateralFilter(pixels, 7, 25, 5), cv2.COLOR_RGB2BGR)
    if np.isin(marked, (cv2.GC_FGD, cv2.GC_PR_FGD)).any():
        cv2.grabCut(bgr, marked, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return _tidied(cv2, np.isin(marked, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8), None)


def _ring(height: int, width: int) -> NDArray[np.bool_]:
    """The border, where the ground is: without the middle of the lower edge, where subjects stand."""
    band = max(2, min(height, width) // 30)
    ring = np.ones((height, width), bool)
    ring[band:-band, band:-band] = False
    ring[-band:, width // 5 : -width // 5] = False
    return ring


def _distance(cv2: Any, lab: Floats, ring: NDArray[np.bool_]) -> Floats:
    """Return how far each pixel's colour (CIELAB) is from the nearest of the few that the border has."""
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    _, _, grounds = cv2.kmeans(lab[ring], GROUND_COLORS, None, criteria, 2, cv2.KMEANS_PP_CENTERS)
    nearest: Floats = np.min([np.linalg.norm(lab - ground, axis=2) for ground in grounds], axis=0)
    return nearest


def _marks(cv2: Any, distance: Floats, ring: NDArray[np.bool_]) -> Mask:
    """GrabCut's marks: what differs most from the border, weighed by its nearness to the middle, is the subject."""
    height, width = distance.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    weighed = distance * np.exp(-0.7 * (x**2 + y**2))
    standing_out = np.clip(weighed * 255 / max(float(weighed.max()), 1e-3), 0, 255).astype(np.uint8)
    least, _ = cv2.threshold(standing_out, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    marked = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    marked[standing_out > least] = cv2.GC_PR_FGD
    marked[standing_out > max(least * 1.6, 150)] = cv2.GC_FGD
    marked[ring & (distance < 2 * EVEN)] = cv2.GC_BGD
    return marked


def _tidied(cv2: Any, found: Mask, distance: Floats | None) -> Mask:
    """The mask without crumbs and holes; `distance` from an even ground keeps holes open through which it shows."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    whole = cv2.morphologyEx(cv2.morphologyEx(found, cv2.MORPH_OPEN, kernel), cv2.MORPH_CLOSE, kernel)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(whole)
    if count < 2:
        return np.zeros_like(found)
    areas = facts[1:, cv2.CC_STAT_AREA]
    kept = [number + 1 for number, area in enumerate(areas) if area >= SMALLEST_PART * areas.max()]
    tidy: Mask = np.isin(labels, kept).astype(np.uint8)
    holes, numbers = cv2.connectedComponents(1 - tidy)
    edge = set(np.unique(np.concatenate([numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]])))
    for number in set(range(1, holes)) - edge:
        hole = numbers == number
        if distance is None or hole.mean() < SMALLEST_HOLE or float(np.median(distance[hole])) > 2 * EVEN:
            tidy[hole] = 1
    return tidy


def _guided(cv2: Any, pixels: Mask, mask: Floats, radius: int) -> Floats:
    """The mask drawn to the edges of the picture's brightness, from 0 to 1."""
    guide = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    box = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Floats) -> Floats:
        blurred: Floats = cv2.blur(values, box)
        return blurred

    guide_mean, mask_mean = mean(guide), mean(mask)
    spread = mean(guide * guide) - guide_mean**2
    slope = (mean(guide * mask) - guide_mean * mask_mean) / (spread + 1e-4)
    refined = mean(slope) * guide + mean(mask_mean - slope * guide_mean)
    inside = cv2.erode(mask, np.ones((3, 3)), iterations=2 * radius)
    outside = cv2.dilate(mask, np.ones((3, 3)), iterations=2 * radius)
    alpha: Floats = np.clip((refined - 0.1) / 0.8, 0, 1)
    return np.where(inside > 0.5, 1, np.where(outside < 0.5, 0, alpha)).astype(np.float32)


def _without_spill(cv2: Any, pixels: Mask, alpha: Floats, radius: int) -> Mask:
    """Half transparent pixels in the colours of the subject beside them, nothing of the old ground kept."""
    sure = (alpha > 0.95).astype(np.float32)
    size = (2 * radius + 1, 2 * radius + 1)
    weight = cv2.blur(sure, size)
    near = cv2.blur(pixels * sure[..., None], size) / np.maximum(weight, 1e-3)[..., None]
    replaced = (alpha <= 0.95) & (weight > 0.01)
    kept = np.where((alpha > 0)[..., None], pixels, 0)
    return np.where(replaced[..., None], np.clip(near, 0, 255), kept).astype(np.uint8)
