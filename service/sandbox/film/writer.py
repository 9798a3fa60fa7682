"""Frames and sound to an MP4 that plays everywhere and starts at once: H.264, yuv420p, faststart, AAC."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.sandbox.film.bed import RATE

FPS = 24
QUALITY = {"preset": "veryfast", "crf": "21"}
BT709 = 1
"""ffmpeg's number of the colours of high definition, for matrix, transfer and primaries alike."""


def write(
    av: Any,
    path: Path,
    frames: Iterator[NDArray[np.uint8]],
    size: tuple[int, int],
    sound: Iterator[NDArray[np.float32]] | None,
) -> float:
    """Writes frames of height x width x RGB bytes and 1 s blocks of stereo sound; the clip's length in seconds."""
    count = 0
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        picture = _picture_stream(container, size)
        voice = container.add_stream("aac", rate=RATE, layout="stereo", bit_rate=128_000) if sound else None
        for pixels in frames:
            if sound is not None and count % FPS == 0:
                _sound(av, container, voice, next(sound, None), count // FPS * RATE)
            image = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            image = image.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
            image.pts, image.time_base = count, Fraction(1, FPS)
            container.mux(picture.encode(image))
            count += 1
        for stream in (picture, voice):
            if stream is not None:
                container.mux(stream.encode(None))
    return count / FPS


def _picture_stream(container: Any, size: tuple[int, int]) -> Any:
    stream = container.add_stream("libx264", rate=FPS, options=QUALITY)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.time_base = Fraction(1, FPS)
    context = stream.codec_context
    context.thread_count = 2
    context.colorspace = context.color_trc = context.color_primaries = BT709
    context.color_range = 1
    return stream


def _sound(av: Any, container: Any, stream: Any, block: NDArray[np.float32] | None, start: int) -> None:
    if block is None:
        return
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
    container.mux(stream.encode(frame))
