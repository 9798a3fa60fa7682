"""Page-wise lists with the document's `meta`. Source: generor-api, «Pagination»."""

from service.apis.pages import meta, page

__all__ = ["meta", "page"]
