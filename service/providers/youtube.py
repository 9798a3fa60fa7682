"""YouTube search: the Data API where a key is set, else a keyless route through yt-dlp.

Source: flokan, 'POST /youtube-search'. Searches are cached for some minutes, since search.list has 100 calls a day.
The keyless route's page tokens are offsets; the Data API's are its own.
"""

import html
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from cachetools import TTLCache, cached
from cachetools.keys import hashkey

from service.config import ProviderSettings
from service.errors import RateLimited, Unavailable, ValidationError
from service.net.failures import why
from service.net.outbound import outbound_session, proxies_for
from service.net.trust import is_own

SITE = "https://www.youtube.com"
DATA_API = "https://www.googleapis.com/youtube/v3"
PAGE = 25
KEYLESS_MOST = 250
TIMEOUT_S = (3.05, 10)
HOW = "Set YOUTUBE_API_KEY to a YouTube Data API v3 key (and YOUTUBE_BASE_URL where a proxy stands in front of it)."
QUOTA_REASONS = {"quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded"}
KEYLESS_TOKEN = re.compile(r"offset-(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Video:
    """One found video; `view_count` is digits, as Flokan shows it, None where YouTube does not say."""

    video_id: str
    title: str
    channel_name: str
    thumbnail_url: str
    view_count: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of results, and the token of the next."""

    videos: tuple[Video, ...]
    next_page_token: str | None


@cached(
    TTLCache(maxsize=512, ttl=300),
    key=lambda settings, query, token: hashkey(settings, query.strip().lower(), token),
    lock=threading.Lock(),
)
def search(settings: ProviderSettings, query: str, page_token: str | None) -> Page:
    """Up to 25 videos. Raises RateLimited (quota), ValidationError (page token), Unavailable (no key, no network)."""
    if settings.key:
        return _with_key(settings, query, page_token)
    return _keyless(query, page_token)


def _with_key(settings: ProviderSettings, query: str, page_token: str | None) -> Page:
    asked = {"part": "snippet", "type": "video", "q": query, "maxResults": PAGE, "safeSearch": "moderate"}
    if page_token:
        asked["pageToken"] = page_token
    found = _get(settings, "search", asked)
    items = [item for item in found.get("items", []) if item.get("id", {}).get("videoId")]
    views = _views(settings, [item["id"]["videoId"] for item in items])
    return Page(tuple(_video(item, views) for item in items), found.get("nextPageToken"))


def _video(item: Mapping[str, Any], views: Mapping[str, str]) -> Video:
    snippet, video_id = item["snippet"], item["id"]["videoId"]
    pictures = snippet.get("thumbnails", {})
    best = pictures.get("high") or pictures.get("medium") or pictures.get("default") or {}
    return Video(
        video_id=video_id,
        title=html.unescape(snippet.get("title", "")),
        channel_name=html.unescape(snippet.get("channelTitle", "")),
        thumbnail_url=best.get("url") or f"https://i.ytimg.com/vi/{video_id}/hqdefault.jpg",
        view_count=views.get(video_id),
    )


def _views(settings: ProviderSettings, video_ids: Sequence[str]) -> dict[str, str]:
    """View counts in one call for all; a video that hides its count is left out."""
    if not video_ids:
        return {}
    listed = _get(settings, "videos", {"part": "statistics", "id": ",".join(video_ids)})
    return {
        item["id"]: str(item["statistics"]["viewCount"])
        for item in listed.get("items", [])
        if "viewCount" in item.get("statistics", {})
    }


def _get(settings: ProviderSettings, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
    base = (settings.base_url or DATA_API).rstrip("/")
    try:
        # The key goes in a header: a query string ends up in logs.
        headers = {"X-Goog-Api-Key": settings.key or ""}
        with outbound_session(base) as session:
            answer = session.get(f"{base}/{path}", params=params, headers=headers, timeout=TIMEOUT_S)
        body = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(f"YouTube can't be reached: {why(error)}.", retry_after=30) from error
    if answer.ok and isinstance(body, dict):
        return body
    raise _refusal(answer.status_code, body)


def _refusal(status: int, body: Any) -> Exception:
    """YouTube's error as ours."""
    error = body.get("error", {}) if isinstance(body, dict) else {}
    reasons = {entry.get("reason") for entry in error.get("errors", [])}
    message = str(error.get("message", ""))
    if status == 429 or reasons & QUOTA_REASONS:
        return RateLimited(
            "The YouTube API key has used up its search quota (100 searches a day by default; it is reset at "
            "midnight Pacific time).",
            retry_after=3600,
        )
    if "invalidPageToken" in reasons or "page token" in message.lower():
        return ValidationError.at("/page_token", "page_token must be a next_page_token of this search")
    if status in (400, 401, 403):
        return Unavailable(f"YouTube refuses the API key: {message or status}. {HOW}")
    return Unavailable(f"YouTube answers {status}.", retry_after=30)


def _keyless(query: str, page_token: str | None) -> Page:
    """Through yt-dlp, which reads what the site shows; no key, no quota, and no promise."""
    offset = _offset(page_token)
    from yt_dlp import YoutubeDL
    from yt_dlp.utils import YoutubeDLError

    last = offset + PAGE
    options = {
        "quiet": True,
        "no_warnings": True,
        "extract_flat": True,
        "skip_download": True,
        "socket_timeout": 10,
        "retries": 0,
        "extractor_retries": 0,
        "playliststart": offset + 1,
        "logger": _Silent(),
        "cachedir": False,
        # An empty one keeps yt-dlp from reading the environment itself.
        "proxy": proxies_for(SITE).get("https") or proxies_for(SITE).get("all") or "",
        # Its own trust store would stand beside the operator's.
        "compat_opts": {"no-certifi"} if is_own() else set(),
    }
    try:
        with YoutubeDL(options) as downloader:
            found = downloader.extract_info(f"ytsearch{last}:{query}", download=False)
    except YoutubeDLError as error:
        raise Unavailable(f"YouTube can't be searched without a key from here. {HOW}") from error
    videos = tuple(_flat(entry) for entry in found.get("entries") or () if entry.get("id"))
    if not videos and not offset:
        raise Unavailable(f"YouTube can't be searched without a key from here. {HOW}")
    more = len(videos) == PAGE and last < KEYLESS_MOST
    return Page(videos, f"offset-{last}" if more else None)


def _offset(page_token: str | None) -> int:
    if page_token is None:
        return 0
    known = KEYLESS_TOKEN.fullmatch(page_token)
    if known is None:
        raise ValidationError.at("/page_token", "page_token must be a next_page_token of this search")
    return min(int(known[1]), KEYLESS_MOST)


def _flat(entry: Mapping[str, Any]) -> Video:
    count = entry.get("view_count")
    return Video(
        video_id=entry["id"],
        title=entry.get("title") or "",
        channel_name=entry.get("channel") or entry.get("uploader") or "",
        thumbnail_url=f"https://i.ytimg.com/vi/{entry['id']}/hqdefault.jpg",
        view_count=None if count is None else str(count),
    )


class _Silent:
    """yt-dlp's logger: its failures are told as errors, once."""

    def debug(self, message: str) -> None:
        """Unsaid."""

    warning = error = info = debug
