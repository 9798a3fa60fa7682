"""GET /styles: the presets that `style_id` takes."""

from service.definitions import Definitions
from tests.apis.flokan.conftest import BASE
from tests.support.house import Account, House

GENERATE = "flokan.thumbnails.generate"
THUMBNAIL = {
    "video_title": "Tea",
    "image_model": "standard",
    "aspect_ratio": "16:9",
    "image_count": 1,
    "prompt": "Tea",
}


def test_every_listed_style_is_one_that_generate_takes(idle_house: House) -> None:
    account = idle_house.account()
    styles = account.get(f"{BASE}/styles", api="flokan").get_json()["data"]["styles"]
    answers = [account.submit(GENERATE, {**THUMBNAIL, "style_id": style["id"]}) for style in styles]
    assert [answer.status_code for answer in answers] == [202] * 8


def test_forms_choose_a_style_by_its_name(account: Account) -> None:
    path = f"/v1/actions/{GENERATE}/fields"
    found = account.post(path, {"field": "style_id", "input": {}, "search": "neon"}).get_json()["options"]
    assert [option["label"] for option in found] == ["Neon Night"]


def test_the_example_of_the_definition_is_what_the_service_answers(account: Account) -> None:
    definitions: Definitions = account.house.context.definitions
    (example,) = definitions.action("flokan.styles.list").examples
    assert account.get(f"{BASE}/styles", api="flokan").get_json()["data"] == example["output"]
