"""What a newcomer sees and does in the console."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.fakes.receiver import Receiver
from tests.support.installation import Client

Visit = Callable[..., Page]
FINISHED_MS = 150_000
# Best practices that are a matter of taste are left out; these are the standard.
STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def key(account: Client) -> str:
    return account.keys["generor"]


def run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()


def completed(page: Page) -> None:
    expect(page.locator("#result .pill")).to_have_text("Completed", timeout=FINISHED_MS)


def model_for(account: Client, kind: str) -> str:
    """The key of a model that makes this."""
    models = account.submit("flixly.models.list", {})["output"]["models"]
    return next(str(model["id"]) for model in models if kind in model["types"])


def test_a_picture_is_priced_made_and_seen(visit: Visit, key: str) -> None:
    page = visit("/console/flokan.thumbnails.generate", key)
    page.get_by_role("button", name="Two thumbnails from a prompt").click()
    expect(page.locator("#price")).to_contain_text("12 credits")
    run(page)
    completed(page)
    expect(page.locator("#result .facts")).to_contain_text("12 credits")
    expect(page.locator("#result .sandbox")).to_contain_text("embedded engine")
    pictures = page.locator("#result img")
    expect(pictures).to_have_count(2)
    for at in range(2):
        page.wait_for_function("(picture) => picture.complete", arg=pictures.nth(at).element_handle())
        assert pictures.nth(at).evaluate("(picture) => picture.naturalWidth") > 100


@pytest.mark.parametrize(
    ("kind", "prompt", "tag"),
    [("TEXT_TO_SPEECH", "Good morning", "audio"), ("TEXT_TO_VIDEO", "a red fox", "video")],
)
def test_sound_and_film_play_in_the_page(
    visit: Visit, key: str, account: Client, kind: str, prompt: str, tag: str
) -> None:
    page = visit("/console/flixly.media.generate", key)
    page.get_by_role("combobox", name="Model").fill(model_for(account, kind))
    page.get_by_label("Prompt").fill(prompt)
    run(page)
    completed(page)
    page.wait_for_function("(media) => media.readyState > 0", arg=page.locator(f"#result {tag}").element_handle())


def test_a_fault_is_told_at_its_field_and_goes_when_it_is_mended(visit: Visit, key: str) -> None:
    page = visit("/console/flokan.thumbnails.generate", key)
    page.get_by_role("button", name="Two thumbnails from a prompt").click()
    count = page.get_by_label("Image Count")
    count.fill("9")
    run(page)
    expect(page.locator("#f-image_count-fault")).to_be_visible()
    expect(count).to_have_attribute("aria-invalid", "true")
    expect(count).to_be_focused()
    expect(page.locator(".fault:visible")).to_have_count(1)
    expect(page.locator("#result")).to_contain_text("One field needs another look.")
    count.fill("1")
    run(page)
    completed(page)
    expect(page.locator(".fault:visible")).to_have_count(0)


def test_a_fault_in_what_is_folded_away_unfolds_it(visit: Visit, key: str) -> None:
    page = visit("/console/generor.users.me", key)
    page.locator("#advanced > summary").click()
    page.get_by_label("Metadata").fill("{not json")
    page.locator("#advanced > summary").click()
    run(page)
    expect(page.locator("#r-metadata-fault")).to_contain_text("not valid JSON")
    page.get_by_label("Metadata").fill('{"order": 7}')
    page.get_by_label("Callback URL").fill("http://10.0.0.1/hook")
    run(page)
    expect(page.locator("#r-callback_url-fault")).to_be_visible()


def test_a_field_is_shown_only_where_it_applies(visit: Visit) -> None:
    page = visit("/console/flixly.media.generate")
    voice = page.locator("#f-voice")
    expect(voice).to_be_hidden()
    page.get_by_label("Type").select_option(label="Text to Speech")
    expect(voice).to_be_visible()
    voice.fill("nova")
    expect(page.locator("#curl")).to_contain_text('"voice": "nova"')
    page.get_by_label("Type").select_option(label="Text to Image")
    expect(voice).to_be_hidden()
    expect(page.locator("#curl")).not_to_contain_text("nova")


def test_lists_and_a_generators_own_fields_are_filled_by_the_service(visit: Visit, key: str) -> None:
    page = visit("/console/generor.generators.generate", key)
    generator, model = page.locator("#f-slug"), page.locator("#f-model_id")
    generator.fill("horos")
    page.get_by_role("option", name="Horoscope").wait_for()
    generator.press("ArrowDown")
    generator.press("Enter")
    expect(generator).to_have_value("horoscope")
    length = page.get_by_label("Length")
    length.select_option(label="Long")
    expect(page.locator("#curl")).to_contain_text('"horoscope-length": "long"')
    model.click()
    page.locator("#f-model_id-list [data-value='37']").click()
    expect(model).to_have_value("37")
    page.get_by_label("Prompt").fill("a good week")
    expect(page.locator("#price")).to_contain_text("3 credits")
    run(page)
    completed(page)
    expect(page.locator("#result .facts")).to_contain_text("3 credits")


def test_the_curl_beside_the_form_does_the_same(visit: Visit, key: str, account: Client) -> None:
    page = visit("/console/generor.generators.generate", key)
    page.get_by_role("button", name="A joke", exact=True).click()
    page.get_by_label("Prompt").fill('It\'s a "quoted" joke: $HOME `ls` \\ üñ')
    page.locator("#advanced > summary").click()
    page.get_by_label("Group").fill("from-the-console")
    page.get_by_label("Wait").fill("20")
    command = page.locator("#curl").inner_text()
    assert key not in command
    environment = {**os.environ, "GENHOOK_KEY": key}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60)
    (made,) = account.call("GET", "/v1/runs?group=from-the-console&include=input").json()["data"]
    assert (made["id"], made["status"]) == (json.loads(done.stdout)["id"], "completed")
    assert made["input"]["prompt"] == 'It\'s a "quoted" joke: $HOME `ls` \\ üñ'
    # The same key and request: the run that is there, paid once.
    run(page)
    completed(page)
    expect(page.locator("#result .facts")).to_contain_text(made["id"])
    expect(page.locator("#result .facts")).to_contain_text("Replayed")
    assert len(account.call("GET", "/v1/runs?group=from-the-console").json()["data"]) == 1


def test_each_run_is_another_and_no_click_pays_twice(visit: Visit, newcomer: Client) -> None:
    page = visit("/console/generor.generators.generate", newcomer.keys["generor"])
    page.get_by_role("button", name="A joke", exact=True).click()
    page.get_by_role("button", name="Run", exact=True).dblclick()
    completed(page)
    first = page.locator("#result .facts code").inner_text()
    assert len(newcomer.call("GET", "/v1/runs?action=generor.generators.generate").json()["data"]) == 1
    run(page)
    expect(page.locator("#result .facts code")).not_to_have_text(first)
    completed(page)
    assert len(newcomer.call("GET", "/v1/runs?action=generor.generators.generate").json()["data"]) == 2


def test_deliveries_are_seen_and_replayed(visit: Visit, key: str, receiver: Receiver) -> None:
    page = visit("/console/generor.generators.generate", key)
    page.get_by_role("button", name="A joke", exact=True).click()
    page.locator("#advanced > summary").click()
    page.get_by_label("Callback URL").fill(receiver.url)
    run(page)
    completed(page)
    expect(page.locator("#deliveries .pill")).to_have_text("Delivered", timeout=20_000)
    expect(page.locator("#deliveries tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#deliveries tbody tr")).to_have_count(2, timeout=20_000)
    assert len(receiver.posts) == 2


def test_a_file_is_uploaded_where_a_url_is_asked_for(visit: Visit, key: str, picture: Path) -> None:
    page = visit("/console/flokan.thumbnails.generate", key)
    page.get_by_label("Upload a file for Reference Image").set_input_files(picture)
    url = page.get_by_label("Reference Image", exact=True)
    expect(url).not_to_have_value("")
    expect(page.locator("#curl")).to_contain_text("/files/")
    page.get_by_label("Video Title").fill("Hidden trails")
    for label, value in (("Image Model", "pro"), ("Aspect Ratio", "16:9")):
        page.get_by_label(label).select_option(value)
    page.get_by_label("Image Count").fill("1")
    run(page)
    completed(page)


def test_a_list_grows_shrinks_and_keeps_to_its_limit(visit: Visit) -> None:
    page = visit("/console/flokan.thumbnails.generate")
    field = page.locator("[data-field=youtube_references]")
    for at in range(6):
        field.get_by_role("button", name="Add").click()
        field.locator("li").nth(at).get_by_role("textbox").fill(f"https://i.ytimg.com/vi/{at}/hqdefault.jpg")
    expect(field.get_by_role("button", name="Add")).to_be_disabled()
    field.get_by_role("button", name="Remove").first.click()
    expect(field.get_by_role("listitem")).to_have_count(5)
    expect(page.locator("#curl")).not_to_contain_text("vi/0/")
    expect(page.locator("#curl")).to_contain_text("vi/5/")


def test_the_key_stays_in_the_tab_and_out_of_every_address(visit: Visit, key: str) -> None:
    page = visit("/console/generor.users.me")
    run(page)
    expect(page.locator("#result")).to_contain_text("Paste an API key first")
    expect(page.get_by_label("API key")).to_be_focused()
    addresses: list[str] = []
    page.on("request", lambda sent: addresses.append(sent.url))
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Use").click()
    run(page)
    completed(page)
    assert key not in page.content() + page.url + "".join(addresses)
    stored = page.evaluate("[JSON.stringify(localStorage), document.cookie, JSON.stringify(sessionStorage)]")
    assert [key in place for place in stored] == [False, False, True]
    page.get_by_role("button", name="Forget").click()
    assert page.evaluate("sessionStorage.length") == 0


def test_text_in_an_answer_is_never_markup(visit: Visit, key: str, account: Client) -> None:
    account.submit("generor.users.update", {"bio": "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"})
    page = visit("/console/generor.users.me", key)
    run(page)
    completed(page)
    expect(page.locator("#result")).to_contain_text("<b>bold</b>")
    expect(page.locator("#result b")).to_have_count(0)
    expect(page).not_to_have_title("broken")


def test_an_action_is_found_by_typing(visit: Visit) -> None:
    page = visit("/console/actions")
    page.keyboard.press("/")
    page.keyboard.type("search youtube")
    expect(page.locator("#side-list a:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search YouTube")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    "path", ["/console/actions", "/console/flokan.thumbnails.generate", "/console/generor.generators.generate", "/docs"]
)
def test_a_page_is_accessible_and_fits_its_screen(
    visit: Visit, path: str, size: tuple[int, int], scheme: str, shots: Path | None
) -> None:
    page = visit(path, size=size, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for fold in page.locator("main details.fold > summary").all():
        fold.click()
    found = Axe().run(page, options=STANDARD)
    assert found.violations_count == 0, found.generate_report()
    if shots:
        page.screenshot(path=shots / f"{path.strip('/').replace('/', '-')}-{size[0]}-{scheme}.png")


def test_a_finished_run_and_a_refusal_are_accessible(visit: Visit, key: str) -> None:
    page = visit("/console/flixly.media.generate", key)
    run(page)
    expect(page.locator(".fault:visible").first).to_be_visible()
    assert Axe().run(page, options=STANDARD).violations_count == 0
    page.get_by_role("button", name="A picture").click()
    run(page)
    completed(page)
    page.locator("#result .json > summary").click()
    found = Axe().run(page, options=STANDARD)
    assert found.violations_count == 0, found.generate_report()


def test_a_run_can_be_canceled(visit: Visit, key: str, account: Client) -> None:
    page = visit("/console/flixly.media.generate", key)
    page.get_by_role("combobox", name="Model").fill(model_for(account, "TEXT_TO_VIDEO"))
    page.get_by_label("Prompt").fill("the sea at night")
    page.get_by_label("Count").fill("10")
    page.locator("#advanced > summary").click()
    page.get_by_label("Wait").fill("0")
    run(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#result .pill")).to_have_text("Canceled", timeout=FINISHED_MS)
    expect(page.locator("#result")).to_contain_text("nothing was charged")


def test_a_run_is_followed_through_a_rate_limit_and_a_restart(visit: Visit, key: str) -> None:
    page = visit("/console/generor.generators.generate", key)
    limited = {"type": "about:blank", "title": "Too many requests", "status": 429}
    held_up = [
        lambda route: route.fulfill(status=429, headers={"Retry-After": "1"}, json=limited),
        lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, json={**limited, "status": 503}),
    ]
    page.route("**/v1/runs/*/events", lambda route: held_up.pop(0)(route) if held_up else route.continue_())
    page.get_by_role("button", name="A joke", exact=True).click()
    page.locator("#advanced > summary").click()
    page.get_by_label("Wait").fill("0")
    run(page)
    completed(page)
    assert held_up == []
