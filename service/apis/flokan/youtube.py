"""POST /youtube-search. Source: flokan-thumbnail-generator-api, 'POST /youtube-search'."""

from typing import Any

from service.apis.request import Request
from service.providers.youtube import search as search_youtube


def search(request: Request) -> dict[str, Any]:
    """Videos and their thumbnails: `{"results": […], "next_page_token"}`. Raises Unavailable, RateLimited."""
    page = search_youtube(request.settings.youtube, request.input["query"], request.input.get("page_token"))
    return {
        "results": [
            {
                "video_id": video.video_id,
                "title": video.title,
                "channel_name": video.channel_name,
                "thumbnail_url": video.thumbnail_url,
                "view_count": video.view_count,
            }
            for video in page.videos
        ],
        "next_page_token": page.next_page_token,
    }
