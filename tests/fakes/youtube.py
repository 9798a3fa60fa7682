"""A local HTTP server that speaks the YouTube Data API v3: search.list, videos.list, page tokens, quota errors.

Source: docs/providers/youtube.md. It also draws the thumbnails it names, so that they can be fetched as references.
`python -m tests.fakes.youtube` serves until its input ends, and prints its address.
"""

import colorsys
import hashlib
import html
import io
import json
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from PIL import Image, ImageDraw, ImageFilter

KEY = "fake-youtube-key"
TOTAL = 60
SHAPES = (
    "I Tried {q} for 30 Days",
    "{q}: the Complete Beginner's Guide",
    "10 {q} Mistakes & How to Fix Them",
    "Nobody Tells You This About {q}",
    "The Hidden World of {q}",
    "{q} in 100 Seconds",
)
CHANNELS = ("Wide Open Maps", "Sam Builds", "The Field Desk", "Slow Mornings", "North & Co")


class FakeYouTube:
    """One server on a port of its own; `quota_left` counts searches down to the real quota error."""

    def __init__(self, quota: int = 100) -> None:
        self.quota_left = quota
        self.requests: list[tuple[str, dict[str, str]]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                fake.requests.append((parts.path, query))
                status, content_type, body = fake.answer(parts.path, query, self.headers.get("X-Goog-Api-Key"))
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.base_url = f"{self.url}/youtube/v3"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, query: dict[str, str], key: str | None) -> tuple[int, str, bytes]:
        if path.startswith("/vi/"):
            return 200, "image/jpeg", _picture(path.split("/")[2])
        if key != KEY:
            return _error(400, "API key not valid. Please pass a valid API key.", "badRequest", "global")
        if path.endswith("/search"):
            return self._search(query)
        if path.endswith("/videos"):
            return _json(200, {"kind": "youtube#videoListResponse", "items": _statistics(query["id"].split(","))})
        return _error(404, "Not Found", "notFound", "global")

    def _search(self, query: dict[str, str]) -> tuple[int, str, bytes]:
        if self.quota_left <= 0:
            message = 'The request cannot be completed because you have exceeded your <a href="/quota">quota</a>.'
            return _error(403, message, "quotaExceeded", "youtube.quota")
        self.quota_left -= 1
        size, token = int(query.get("maxResults", 5)), query.get("pageToken", "")
        if token and not (token.startswith("CAUQ") and token[4:].isdigit()):
            return _error(400, "The request specifies an invalid page token.", "invalidPageToken", "youtube.parameter")
        start = int(token[4:]) if token else 0
        items = [self._item(query["q"], number) for number in range(start, min(start + size, TOTAL))]
        page = {"totalResults": TOTAL, "resultsPerPage": size}
        body = {"kind": "youtube#searchListResponse", "regionCode": "US", "pageInfo": page, "items": items}
        if start + size < TOTAL:
            body["nextPageToken"] = f"CAUQ{start + size}"
        return _json(200, body)

    def _item(self, q: str, number: int) -> dict[str, object]:
        video_id = hashlib.sha256(f"{q}/{number}".encode()).hexdigest()[:11]
        title = SHAPES[number % len(SHAPES)].format(q=q.title())
        sizes = {"default": ("default", 120, 90), "medium": ("mqdefault", 320, 180), "high": ("hqdefault", 480, 360)}
        return {
            "kind": "youtube#searchResult",
            "id": {"kind": "youtube#video", "videoId": video_id},
            "snippet": {
                "publishedAt": "2026-03-01T12:00:00Z",
                "channelId": f"UC{video_id}",
                "title": html.escape(title),
                "description": f"All about {q}.",
                "thumbnails": {
                    name: {"url": f"{self.url}/vi/{video_id}/{file}.jpg", "width": width, "height": height}
                    for name, (file, width, height) in sizes.items()
                },
                "channelTitle": html.escape(CHANNELS[number % len(CHANNELS)]),
                "liveBroadcastContent": "none",
            },
        }


def _statistics(video_ids: list[str]) -> list[dict[str, object]]:
    """Counts are strings; every seventh video hides its own, as real ones may."""
    return [
        {
            "kind": "youtube#video",
            "id": video_id,
            "statistics": {"commentCount": "12"}
            if _number(video_id) % 7 == 0
            else {"viewCount": str(_number(video_id))},
        }
        for video_id in video_ids
    ]


def _number(video_id: str) -> int:
    return int(hashlib.sha256(video_id.encode()).hexdigest()[:6], 16)


def _picture(video_id: str) -> bytes:
    """A low sun over ridges that fade into the distance, in colours of the video's own, 1280 by 720."""
    chance = random.Random(video_id)
    width, height = 1280, 720
    hue = chance.random()
    top, low, dark = (
        _rgb(hue + turn, *tone)
        for turn, tone in ((0.0, (0.55, 0.7)), (chance.uniform(0.04, 0.1) - hue, (0.4, 1.0)), (0.02, (0.6, 0.16)))
    )
    ramp = Image.linear_gradient("L").resize((width, height))
    picture = Image.composite(Image.new("RGB", (width, height), low), Image.new("RGB", (width, height), top), ramp)
    sun = (chance.randint(300, 980), chance.randint(230, 330))
    glow = Image.new("L", (width, height))
    ImageDraw.Draw(glow).ellipse([sun[0] - 150, sun[1] - 150, sun[0] + 150, sun[1] + 150], fill=170)
    picture.paste((255, 244, 214), mask=glow.filter(ImageFilter.GaussianBlur(70)))
    disc = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(disc).ellipse([sun[0] * 2 - 110, sun[1] * 2 - 110, sun[0] * 2 + 110, sun[1] * 2 + 110], fill=255)
    picture.paste((255, 248, 228), mask=disc.resize((width, height)))
    for layer in range(5):
        near = layer / 4
        colour = tuple(int(a + (b - a) * (0.25 + 0.75 * near)) for a, b in zip(low, dark, strict=True))
        picture.paste(colour, mask=_ridge(chance, (width, height), 300 + layer * 85, 150 - layer * 14))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _ridge(chance: random.Random, size: tuple[int, int], base: float, rough: float) -> Image.Image:
    """The mask of one ridge: midpoints displaced, drawn at twice the size."""
    heights = [base + chance.uniform(-rough, rough) / 2 for _ in range(3)]
    while len(heights) < 257:
        between = [(a + b) / 2 + chance.uniform(-rough, rough) / 2 for a, b in pairwise(heights)]
        heights = [height for pair in zip(heights, between, strict=False) for height in pair] + [heights[-1]]
        rough *= 0.52
    width, height = size[0] * 2, size[1] * 2
    step = width / (len(heights) - 1)
    mask = Image.new("L", (width, height))
    points = [(place * step, up * 2) for place, up in enumerate(heights)]
    ImageDraw.Draw(mask).polygon([(0, height), *points, (width, height)], fill=255)
    return mask.resize(size)


def _rgb(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)


def _error(status: int, message: str, reason: str, domain: str) -> tuple[int, str, bytes]:
    errors = [{"message": message, "domain": domain, "reason": reason}]
    return _json(status, {"error": {"code": status, "message": message, "errors": errors}})


def _json(status: int, body: object) -> tuple[int, str, bytes]:
    return status, "application/json; charset=UTF-8", json.dumps(body).encode()


if __name__ == "__main__":
    server = FakeYouTube()
    print(server.url, flush=True)
    sys.stdin.read()
    server.close()
