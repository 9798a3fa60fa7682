"""A sound in another format: what was spoken, as the caller wants to have it. Needs the extra `engines`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.errors import EngineMissing
from service.sandbox.job import SOUND_FORMATS, Job, Product

ENGINE = "local/encoding"


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Encode the job's one sound as `params["format"]`, mono. Raises EngineMissing."""
    try:
        import av
    except ImportError:
        raise EngineMissing("Other formats than the model's own need the extra engines: make engines.") from None
    container, codec, rate, layout, content_type = SOUND_FORMATS[job.params["format"]]
    path = workdir / f"encoded.{container}"
    with av.open(str(job.references[0].path)) as source, av.open(str(path), "w", format=container) as made:
        _transcode(av, source, made, codec, rate, layout)
    yield Product(index=0, engine=ENGINE, path=path, content_type=content_type)


def _transcode(av: Any, source: Any, made: Any, codec: str, rate: int | None, layout: str) -> None:
    given = source.streams.audio[0]
    stream = made.add_stream(codec, rate=rate or given.rate, layout="mono")
    resampler = av.AudioResampler(format=layout, layout="mono", rate=rate or given.rate)
    for frame in source.decode(given):
        for piece in resampler.resample(frame):
            made.mux(stream.encode(piece))
    for piece in resampler.resample(None):
        made.mux(stream.encode(piece))
    made.mux(stream.encode(None))
