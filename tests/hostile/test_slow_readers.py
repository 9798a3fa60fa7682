"""Readers who take an answer as slowly as they can hold no request thread, and no copy of a file in memory."""

import io
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.hostile.conftest import Attack
from tests.hostile.connections import many
from tests.support.installation import Client, Installation

FILE_BYTES = 60_000_000
# For two web processes and all; a copy of the file for each of 330 readers would be 20 GB.
MEMORY_BYTES = 700_000_000


def test_slow_readers_of_a_big_file_keep_nobody_waiting(
    attack: Attack, installation: Installation, attacker: Client
) -> None:
    upload = attacker.call("POST", "/v1/files", files={"file": ("film.bin", io.BytesIO(bytes(FILE_BYTES)))})
    assert upload.status_code == 201, upload.text
    place = urlsplit(upload.json()["url"])
    asked = f"GET {place.path}?{place.query} HTTP/1.1\r\nHost: genhook.test\r\n\r\n".encode()
    with many(installation.port, 330, addresses=24, sent=asked, receive_buffer=4096) as readers:
        with attack("330 slow readers of a 60 MB file"):
            for _ in range(8):
                for reader in readers:
                    _sip(reader)
                time.sleep(1)
        assert _web_memory(installation) < MEMORY_BYTES


def test_slow_readers_of_an_ended_runs_events_keep_nobody_waiting(
    attack: Attack, installation: Installation, attacker: Client
) -> None:
    said = [{"role": "user", "content": "long story " * 17_000} for _ in range(3)]
    chat = {"model": "gemini-3-5-flash", "messages": said, "max_tokens": 10}
    run = attacker.ended(attacker.submit("flixly.chat.complete", chat)["id"])
    wanted = f"GET /v1/runs/{run['id']}/events HTTP/1.1\r\nHost: genhook.test\r\n"
    asked = f"{wanted}Authorization: Bearer {attacker.keys['generor']}\r\n\r\n".encode()
    readers = many(installation.port, 360, addresses=24, sent=asked, receive_buffer=4096)
    with readers, attack("360 slow readers of an ended run's events"):
        time.sleep(8)


def _sip(reader: object) -> None:
    try:
        reader.recv(1)  # type: ignore[attr-defined]
    except OSError:
        return


def _web_memory(installation: Installation) -> int:
    """Resident bytes of the web processes."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in installation.pids("web"))
    return pages * 4096
