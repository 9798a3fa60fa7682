"""HTML pages as tests look at them: elements with their attributes, texts and what is inside."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Element:
    """One element of a page."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def all(self, *tags: str, **wanted: str | None) -> Iterator["Element"]:
        """Everything inside with one of these tags (any, where none is named) and these attributes; None asks for
        an attribute whatever its value, `data_field` is `data-field`."""
        for child in self.children:
            if (not tags or child.tag in tags) and child._has(wanted):
                yield child
            yield from child.all(*tags, **wanted)

    def _has(self, wanted: dict[str, str | None]) -> bool:
        named = {name.strip("_").replace("_", "-"): value for name, value in wanted.items()}
        return all(name in self.attributes and value in (None, self.attributes[name]) for name, value in named.items())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            closed = self.open.pop()
            assert closed.tag == tag, f"<{closed.tag}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def read(page: str) -> Element:
    """The page's root. Raises AssertionError where elements don't nest."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is never closed"
    return reader.root
