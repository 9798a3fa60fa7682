"""`/packs/…` hands out the packs of the running version to anybody."""

from service import __version__
from service.packs.handed_out import archives
from tests.support.house import House


def test_the_packs_are_handed_out_without_a_key(house: House) -> None:
    for name in ("n8n-nodes-genhook.tgz", f"n8n-nodes-genhook-{__version__}.tgz", "genhook-zapier.zip"):
        answer = house.client.get(f"/packs/{name}")
        assert (answer.status_code, answer.data) == (200, archives()[name])
        again = house.client.get(f"/packs/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_the_name_with_a_version_is_kept_for_good_and_no_other(house: House) -> None:
    fixed = house.client.get(f"/packs/n8n-nodes-genhook-{__version__}.tgz")
    moving = house.client.get("/packs/n8n-nodes-genhook.tgz")
    assert "immutable" in fixed.headers["Cache-Control"]
    assert moving.headers["Cache-Control"] == "no-cache"


def test_another_version_is_not_there(house: House) -> None:
    for name in ("n8n-nodes-genhook-0.0.1.tgz", "..%2f..%2fetc%2fpasswd", "x"):
        assert house.client.get(f"/packs/{name}").status_code == 404
