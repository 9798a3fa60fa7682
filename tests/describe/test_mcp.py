"""The files of an output as resource links."""

from service.describe.mcp import file_links
from service.files.links import FileLink
from tests.support.definitions import built_in

ACTION = built_in().action("generor.generators.generate")


def test_only_the_services_own_links_are_resolved_against_its_address() -> None:
    urls = [FileLink("/users/2/a.webp", "users/2/a.webp"), "https://other.example/b.webp", "/users/2/theirs.webp"]
    output = {"creations": [{"image_url": url} for url in urls]}

    found = [link["uri"] for link in file_links(ACTION, output, "http://own.example")]

    assert found == ["http://own.example/users/2/a.webp", "https://other.example/b.webp"]
