"""A hosted original that answers with its document's literal examples, or with what a test has prepared.

Source: the three documents: flokan 'Response 201', 'Response 200', 'Errors'; flixly 'Error Codes'; generor
'Response Format', 'POST /generators/{slug}/estimate', 'POST /generators/{slug}/generate'.
"""

from collections import deque
from typing import Any, ClassVar

from tests.fakes.provider import KEY, FakeProvider, Reply, Request

FLOKAN_GENERATION: dict[str, Any] = {
    "id": "f24a8c52-...",
    "workspace_id": "...",
    "card_id": None,
    "video_title": "10 Hidden Hiking Trails",
    "prompt": "Bold red text 'TOP 10' over surprised hiker, mountain backdrop",
    "image_model": "pro",
    "aspect_ratio": "16:9",
    "image_count": 2,
    "status": "completed",
    "image_paths": ["WORKSPACE_ID/styles/GENERATION_ID/1.png", "WORKSPACE_ID/styles/GENERATION_ID/2.png"],
    "image_urls": [
        "https://images.flokan.com/WORKSPACE_ID/styles/GENERATION_ID/1.png",
        "https://images.flokan.com/WORKSPACE_ID/styles/GENERATION_ID/2.png",
    ],
    "total_file_size_bytes": 2841291,
    "generation_time_ms": 18432,
    "created_at": "2026-05-04T11:00:00.000Z",
    "provider_used": "system",
    "credits_consumed": 12,
}
FLOKAN_SEARCH: dict[str, Any] = {
    "results": [
        {
            "video_id": "dQw4w9WgXcQ",
            "title": "Example Video Title",
            "channel_name": "Example Channel",
            "thumbnail_url": "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg",
            "view_count": "1623847391",
        }
    ],
    "next_page_token": "CAUQAA",
}
GENEROR_JOKE: dict[str, Any] = {
    "generator": "joke",
    "model_id": 37,
    "model_type": "text",
    "model_name": "Gemini 3.5 Flash",
    "creations": [
        {
            "creation_id": 6144,
            "text": "Why do programmers prefer dark mode? Because light attracts bugs!",
            "illustration_desc": "a minimalist bug icon on a dark background",
        }
    ],
    "credit_cost": 1,
    "credit_cost_estimated": 1,
    "credits_remaining": 36024,
    "time_taken_seconds": 4.18,
}
GENEROR_ESTIMATE: dict[str, Any] = {
    "generator": "horoscope",
    "model_id": 37,
    "model_type": "text",
    "model_name": "Gemini 3.5 Flash",
    "credit_cost": {"total": 15, "per_item": 3, "count": 5, "discount": 0, "discount_percent": 5},
    "time_estimate": {
        "seconds": 50,
        "per_item": 10,
        "min_seconds": 8,
        "max_seconds": 14,
        "sample_count": 10,
        "has_historical": True,
        "source": "historical",
    },
    "applied_parameters": {
        "zodiac-sign": "aries",
        "horoscope-length": "long",
        "model-text": "3",
        "horoscope-count": "5",
    },
}
GENEROR_META = {"page": 1, "per_page": 20, "total": 142, "total_pages": 8, "has_next": True, "has_prev": False}
GENEROR_NOT_FOUND = {
    "success": False,
    "error": {"code": "NOT_FOUND", "message": "Creation not found", "status": 404},
}
FLIXLY_POOR = {
    "error": {
        "code": "insufficient_credits",
        "status": 402,
        "message": "You need at least 10 credits for this model.",
    }
}
FLOKAN = "/api/v1/thumbnail-generator"
EXAMPLES = {
    ("POST", f"{FLOKAN}/generate"): (201, {"success": True, "data": FLOKAN_GENERATION}),
    ("POST", f"{FLOKAN}/youtube-search"): (200, {"success": True, "data": FLOKAN_SEARCH}),
    ("DELETE", f"{FLOKAN}/generations/f24a8c52-6f0d-7b39-8f62-0d5b9a3c7e11"): (
        200,
        {"success": True, "data": {"id": "...", "deleted": True}},
    ),
    ("POST", "/api/v1/generators/joke/generate"): (201, {"success": True, "data": GENEROR_JOKE}),
    ("POST", "/api/v1/generators/joke/estimate"): (200, {"success": True, "data": GENEROR_ESTIMATE}),
    ("GET", "/api/v1/creations"): (200, {"success": True, "data": [], "meta": GENEROR_META}),
}


class FakeHosted(FakeProvider):
    """All three originals at one address; every request is kept."""

    name: ClassVar[str] = "hosted"

    def __init__(self) -> None:
        super().__init__()
        self._prepared: dict[tuple[str, str], deque[Reply]] = {}

    def prepare(self, method: str, path: str, *replies: Reply) -> None:
        """Return what the next requests there are answered."""
        self._prepared.setdefault((method, path), deque()).extend(replies)

    def received(self, method: str, path: str) -> list[Request]:
        """The requests that came there."""
        return [request for request in self.requests if (request.method, request.path) == (method, path)]

    def authorized(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {KEY}"

    def unauthorized(self) -> Reply:
        told = {"code": "UNAUTHORIZED", "message": "Missing or invalid API key", "status": 401}
        return Reply(401, {"success": False, "error": told})

    def answer(self, request: Request) -> Reply:
        prepared = self._prepared.get((request.method, request.path))
        if prepared:
            return prepared.popleft()
        status, body = EXAMPLES.get((request.method, request.path), (404, GENEROR_NOT_FOUND))
        return Reply(status, body)
