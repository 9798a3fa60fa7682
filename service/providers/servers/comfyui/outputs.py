"""The outputs of ComfyUI's nodes: files of every kind, under whichever name a node lists them, and texts."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEMPORARY = "temp"
_MEDIA = {
    "video": ("mp4", "webm", "mov", "mkv", "m4v"),
    "music": ("wav", "mp3", "flac", "ogg", "opus", "m4a", "aac"),
}
_MEDIA_OF = {ending: media for media, endings in _MEDIA.items() for ending in endings}
_PNG = b"\x89PNG\r\n\x1a\n"
# PNG's chunks of text, in which the whole graph stands, the prompt and the server's paths among it.
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")


@dataclass(frozen=True, slots=True)
class File:
    """A file of an output, as `/view` is asked for it; `media` by its name's ending."""

    name: str
    subfolder: str
    type: str

    @property
    def media(self) -> str:
        """The media that it is of; a picture where its ending says nothing else."""
        return _MEDIA_OF.get(self.name.rpartition(".")[2].lower(), "image")


def kept(output: Any) -> Iterator[File | str]:
    """Files first, those that are not temporary before those that are; then texts."""
    members = list(output.values()) if isinstance(output, dict) else []
    listed = [one for member in members if isinstance(member, list) for one in member]
    files = [
        File(str(one["filename"]), str(one.get("subfolder") or ""), str(one.get("type") or "output"))
        for one in listed
        if isinstance(one, dict) and one.get("filename")
    ]
    yield from sorted(files, key=lambda file: file.type == TEMPORARY)
    yield from (one for one in listed if isinstance(one, str) and one.strip())


def without_texts(path: Path) -> None:
    """Take the texts out of a PNG in place; other files, and what is no sound PNG, stay as they are."""
    body = path.read_bytes() if path.stat().st_size >= len(_PNG) else b""
    if not body.startswith(_PNG):
        return
    left, at = [_PNG], len(_PNG)
    while at + 12 <= len(body):
        (size,) = struct.unpack(">I", body[at : at + 4])
        following = at + 12 + size
        if body[at + 4 : at + 8] not in _TEXTS:
            left.append(body[at:following])
        at = following
    if at == len(body):
        path.write_bytes(b"".join(left))
