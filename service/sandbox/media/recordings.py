"""Callers' films and sounds without their notes: what is coded in them as it is, in a container made anew.

Phones and cameras write where, when, by whom and with what a film was taken into its container, and into tracks beside
its pictures and its sound. Of those two kinds of track alone a copy is made, without a decoder.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.errors import EngineMissing, ReferenceUnreachable

# The container to write, by the media type that `service.net.media_types` reads.
CONTAINERS = {
    "video/mp4": "mp4",
    "video/x-m4v": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "video/webm": "webm",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/mpeg": "mpeg",
    "video/x-flv": "flv",
    "video/x-ms-wmv": "asf",
    "video/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "ipod",
    "audio/aac": "adts",
    "audio/ogg": "ogg",
    "audio/x-flac": "flac",
    "audio/x-wav": "wav",
    "audio/x-aiff": "aiff",
    "audio/amr": "amr",
    "audio/webm": "webm",
    "audio/x-matroska": "matroska",
}
# An MP3 has notes before and behind its sound, none of which is wanted.
OPTIONS = {"mp3": {"id3v2_version": "0", "write_id3v1": "0"}}
KINDS = ("video", "audio")


def copy_bare(given: Path, content_type: str, copy: Path, name: str, pointer: str) -> None:
    """Write what is seen and heard in a film or a sound to `copy`, and nothing else, in a container of its kind.

    Raises ReferenceUnreachable at `pointer`, naming the film or sound, where it can't be read; EngineMissing.
    """
    try:
        import av
    except ImportError:
        raise EngineMissing(
            "Films and sounds go to providers without notes of where they were taken; that needs the extra engines: "
            "run `make engines`."
        ) from None
    kind = "film" if content_type.startswith("video/") else "sound"
    container = CONTAINERS.get(content_type)
    if container is None:
        raise ReferenceUnreachable.at(pointer, f"{name} is {content_type}; send {_usual(kind)}.")
    try:
        _copy(av, given, copy, container)
    except (av.error.FFmpegError, ValueError, TypeError, MemoryError) as error:
        raise ReferenceUnreachable.at(pointer, f"{name} is no {kind} that can be read.") from error


def _copy(av: Any, given: Path, copy: Path, container: str) -> None:
    """Copy coded packets. Raises FFmpegError, and ValueError where there are none to copy."""
    options = OPTIONS.get(container, {})
    with (
        av.open(str(given), metadata_errors="ignore") as source,
        av.open(str(copy), "w", format=container, container_options=options) as made,
    ):
        # Else it writes its own name and version into the file.
        made.flags |= av.container.Flags.bitexact.value
        tracks = {track.index: _like(made, track) for track in _tracks(av, source)}
        if not tracks:
            raise ValueError("neither pictures nor sound")
        copied = 0
        for packet in source.demux([source.streams[index] for index in tracks]):
            if packet.dts is None and packet.pts is None:
                continue
            packet.stream = tracks[packet.stream.index]
            made.mux(packet)
            copied += 1
        if not copied:
            raise ValueError("empty tracks")


def _tracks(av: Any, source: Any) -> Iterator[Any]:
    """Yield the tracks that are seen or heard; a cover is a picture of its own."""
    cover = av.stream.Disposition.attached_pic
    return (track for track in source.streams if track.type in KINDS and not track.disposition & cover)


def _like(made: Any, track: Any) -> Any:
    """Add a track of the same coding, whose name is nobody's to know."""
    copy = made.add_stream_from_template(track)
    copy.metadata.clear()
    return copy


def _usual(kind: str) -> str:
    return "MP4, MOV or WebM" if kind == "film" else "MP3, M4A, WAV, FLAC or OGG"
