"""A caller's clip: its frames, one by one, at another size and speed, and the light that a prompt asks for."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.errors import ReferenceUnreachable, ValidationError
from service.sandbox.film.writer import FPS
from service.sandbox.job import Source

Pixels = NDArray[np.uint8]

MOST_PIXELS = 4096 * 2304
GRADES = {
    ("black and white", "monochrome", "noir", "grayscale"): (0.0, (1.0, 1.0, 1.0), 1.15),
    ("sepia", "vintage", "old film", "retro"): (0.35, (1.12, 1.0, 0.8), 0.95),
    ("warm", "sunset", "golden", "autumn", "summer"): (1.1, (1.1, 1.01, 0.86), 1.05),
    ("cold", "winter", "icy", "snow", "night", "moon"): (0.75, (0.85, 0.97, 1.16), 1.05),
    ("vivid", "vibrant", "colorful", "colourful", "anime", "pop"): (1.45, (1.0, 1.0, 1.0), 1.1),
}
"""What prompts say: saturation, gains of red, green and blue, contrast."""

CINEMATIC = (1.08, (1.04, 1.0, 0.98), 1.1)


def shape(av: Any, reference: Source) -> tuple[int, int, float]:
    """Width and height in pixels and the length in seconds. Raises ReferenceUnreachable."""
    with _opened(av, reference) as container:
        stream = container.streams.video[0]
        length = float(container.duration or 0) / 1_000_000
        return stream.codec_context.width, stream.codec_context.height, length


def frames(av: Any, reference: Source, size: tuple[int, int], seconds: float) -> Iterator[Pixels]:
    """The clip filling `size` at 24 frames a second, no longer than `seconds`. Raises ReferenceUnreachable."""
    with _opened(av, reference) as container:
        written, first = 0, None
        try:
            for frame in container.decode(video=0):
                first = frame.time if first is None else first
                due = round((frame.time - first) * FPS) + 1
                if written >= min(due, seconds * FPS):
                    continue
                pixels = _covering(frame, size)
                for _ in range(min(due, round(seconds * FPS)) - written):
                    written += 1
                    yield pixels.copy()
        except av.FFmpegError as error:
            raise _unreadable(reference) from error
        if not written:
            raise _unreadable(reference)


def graded(cv2: Any, pixels: Pixels, prompt: str) -> Pixels:
    """The frame in the light that the prompt asks for."""
    words = prompt.lower()
    grade = next((look for said, look in GRADES.items() if any(word in words for word in said)), CINEMATIC)
    saturation, gains, contrast = grade
    gray = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    colors = cv2.addWeighted(pixels, saturation, gray, 1 - saturation, 0)
    steps = np.arange(256, dtype=np.float32)
    table = np.stack([((steps - 118) * contrast + 118) * gain for gain in gains], axis=1)
    looked_up: Pixels = cv2.LUT(colors, np.clip(table, 0, 255).astype(np.uint8).reshape(1, 256, 3))
    return looked_up


def _opened(av: Any, reference: Source) -> Any:
    try:
        container = av.open(str(reference.path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _unreadable(reference) from error
    streams = container.streams.video
    if not streams or not 0 < streams[0].codec_context.width * streams[0].codec_context.height <= MOST_PIXELS:
        container.close()
        raise _unreadable(reference)
    return container


def _unreadable(reference: Source) -> ValidationError:
    return ReferenceUnreachable.at(reference.pointer, "The file is no clip that can be read, up to 4096x2304.")


def _covering(frame: Any, size: tuple[int, int]) -> Pixels:
    scale = max(size[0] / frame.width, size[1] / frame.height)
    width, height = max(size[0], round(frame.width * scale)), max(size[1], round(frame.height * scale))
    pixels: Pixels = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    return np.ascontiguousarray(pixels[top : top + size[1], left : left + size[0]])
