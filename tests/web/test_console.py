"""The console: every action as a form, from its definition alone."""

import json
import posixpath
import re
from collections.abc import Iterator
from itertools import chain
from unittest.mock import Mock

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import console_links
from service.config import Settings
from service.definitions import Action
from service.describe import console as console_pages
from service.describe import form
from service.web import console
from tests.support.definitions import built_in
from tests.support.house import House
from tests.support.pages import Element, read

SETTINGS = Settings()
DEFINITIONS = built_in()
ACTIONS = DEFINITIONS.actions
IMPORT = re.compile(r'from "(\.[^"]+)"')
# What a value is typed, chosen or gathered in; a list's rows are made from its template.
CONTROLS = {
    "text": ("input", "textarea"),
    "number": ("input",),
    "boolean": ("input",),
    "choice": ("select",),
    "choices": ("fieldset",),
    "texts": ("template",),
    "json": ("textarea",),
    "locator": ("input",),
    "mapper": ("div",),
}


@pytest.fixture(scope="module", params=ACTIONS)
def action(request: pytest.FixtureRequest) -> Action:
    return ACTIONS[request.param]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """The pages alone: they hold no data, and are made from the definitions."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(console.blueprint(Mock(definitions=DEFINITIONS, settings=SETTINGS)))
    return app.test_client()


@pytest.fixture(scope="module")
def page(client: FlaskClient, action: Action) -> Element:
    answer = client.get(f"/console/{action.id}")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    return read(answer.get_data(as_text=True))


def fields_of(page: Element) -> dict[str, Element]:
    """The action's own fields by name, each once."""
    (inputs,) = page.all("div", id="input")
    found = list(inputs.all(data_field=None))
    by_name = {field.attributes["data-field"]: field for field in found}
    assert len(by_name) == len(found)
    return by_name


def controls_in(field: Element) -> list[Element]:
    """Return what the field is filled in with; the button that uploads a file is no control of its own."""
    kind = field.attributes["data-kind"]
    if kind == "choices":
        return [field]
    if kind == "mapper":
        return list(field.all("div", class_="mapped"))
    if kind == "texts":
        return list(field.all("template"))
    return [each for each in field.all("input", "select", "textarea") if each.attributes.get("type") != "file"]


def test_each_input_field_has_exactly_one_control_that_is_labelled_and_described(page: Element, action: Action) -> None:
    fields = fields_of(page)
    tucked = {
        each.attributes["data-field"] for fold in page.all("details", id="more") for each in fold.all(data_field=None)
    }
    assert list(fields) == sorted(form.asked(action), key=lambda name: name in tucked)
    assert not [name for name in tucked if form.is_required(action, name)]
    ids = [each.attributes["id"] for each in page.all(id=None)]
    assert len(ids) == len(set(ids))
    for name, field in fields.items():
        kind = form.kind_of(action, name)
        (control,) = controls_in(field)
        assert control.tag in CONTROLS[kind], (name, kind)
        described = field if field.tag == "fieldset" else control
        assert set(described.attributes["aria-describedby"].split()) <= set(ids)
        if field.tag == "fieldset":
            assert next(field.all("legend")).text.startswith(form.label(action, name))
        else:
            (label,) = field.all("label", for_=control.attributes["id"])
            assert label.text == form.label(action, name)
        assert ("Required" in next(field.all("span", class_="must"), Element("", {})).text) is form.is_required(
            action, name
        )


def test_a_control_fits_its_schema(page: Element, action: Action) -> None:
    for name, field in fields_of(page).items():
        schema, kind = form.schema_of(action, name), form.kind_of(action, name)
        if kind == "number":
            (control,) = controls_in(field)
            assert control.attributes["type"] == "number"
            for limit, attribute in (("minimum", "min"), ("maximum", "max"), ("default", "value")):
                assert control.attributes.get(attribute) == (str(schema[limit]) if limit in schema else None)
        if kind == "choice":
            offered = [option.attributes["value"] for option in field.all("option")]
            assert [value for value in offered if value] == [str(value) for value, _ in form.choices(schema)]
        if kind == "choices":
            offered = [box.attributes["value"] for box in field.all("input", type="checkbox")]
            assert offered == [str(value) for value, _ in form.choices(schema["items"])]
        assert bool(list(field.all("input", type="file"))) is (
            form.is_media(action, name) and kind in ("text", "texts")
        )


def test_a_conditional_field_says_when_it_applies_and_a_dynamic_one_what_it_hangs_on(
    page: Element, action: Action
) -> None:
    for name, field in fields_of(page).items():
        shown = form.settings(action, name)
        when = field.attributes.get("data-when")
        assert (json.loads(when) if when else None) == shown.get("show_when")
        assert ("hidden" in field.attributes) is ("show_when" in shown)
        assert field.attributes.get("data-hangs-on", "").split() == form.hangs_on(shown)


def test_beside_the_input_stands_everything_that_a_submission_takes(page: Element) -> None:
    (submission,) = page.all("div", id="submission")
    members = DEFINITIONS.schema("v1/submission.request.json")["properties"]
    assert [each.attributes["data-part"] for each in submission.all(data_part=None)] == [
        name for name in members if name != "input"
    ]
    assert list(page.all(data_part="Idempotency-Key"))
    assert list(page.all(data_part="wait"))


def test_the_page_tells_title_kind_and_scope_and_offers_every_example(page: Element, action: Action) -> None:
    assert next(page.all("h1")).text == action.title
    assert {action.id, action.scope if action.auth_required else action.id} <= {code.text for code in page.all("code")}
    (facts,) = page.all("script", id="facts")
    assert [example["input"] for example in json.loads(facts.text)["examples"]] == [
        example["input"] for example in action.examples
    ]
    assert bool(list(page.all("button", id="estimate"))) is (action.kind == "generate")


def fetched(page: Element) -> Iterator[str]:
    """Return what the page makes a browser load."""
    for element in chain(page.all("script", "img", src=None), page.all("link", href=None)):
        yield element.attributes.get("src") or element.attributes["href"]


def test_pages_load_only_what_this_service_serves_and_run_nothing_inline(idle_house: House) -> None:
    for path in ("/console", "/console/runs/run_1", "/console/generor.generators.generate", "/docs"):
        answer = idle_house.client.get(path)
        page = read(answer.get_data(as_text=True))
        for address in fetched(page):
            served = idle_house.client.get(address)
            assert served.status_code == 200, address
            assert served.headers["X-Content-Type-Options"] == "nosniff"
        for element in page.all():
            assert not [name for name in element.attributes if name.startswith("on") or name == "style"]
        inline = [script for script in page.all("script") if "src" not in script.attributes]
        assert {script.attributes["type"] for script in inline} <= {"application/json"}


def test_pages_are_sent_with_strict_headers(idle_house: House) -> None:
    for path in ("/console", "/console/usage", "/console/flokan.thumbnails.generate", "/docs"):
        headers = idle_house.client.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["style-src"] == "'self'"
        assert policy.get("script-src", "'self'") == policy.get("connect-src", "'self'") == "'self'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_every_script_is_on_its_way_to_the_page(idle_house: House) -> None:
    """Each module that a page or a module asks for is served, and nothing that is served is left unused."""
    pages = ["/console", *(f"/console/{name}" for name in (*console.FILLED, "actions", "runs/run_1"))]
    loaded = [script for path in pages for script in scripts_of(idle_house, path)]
    wanted, seen = [name.removeprefix("/static/console/") for name in loaded], set()
    while wanted:
        name = wanted.pop()
        seen.add(name)
        script = idle_house.client.get(f"/static/console/{name}")
        assert (script.status_code, script.mimetype) == (200, "text/javascript"), name
        imported = [
            posixpath.normpath(posixpath.join(posixpath.dirname(name), each)) for each in IMPORT.findall(script.text)
        ]
        wanted += [each for each in imported if each not in seen]
    folder = SETTINGS.definitions_dir.parent / "service" / "web" / "static" / "console"
    assert seen == {str(path.relative_to(folder)) for path in folder.rglob("*.js")}


def scripts_of(house: House, path: str) -> list[str]:
    page = read(house.client.get(path).get_data(as_text=True))
    return [script.attributes["src"] for script in page.all("script", src=None)]


def test_the_front_door_leads_to_the_console_which_lists_every_action(idle_house: House) -> None:
    answer = idle_house.client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/console")
    home = read(idle_house.client.get("/console").get_data(as_text=True))
    assert "/console/actions" in [link.attributes["href"] for link in home.all("a")]
    page = read(idle_house.client.get("/console/actions").get_data(as_text=True))
    (side,) = page.all("nav", id="side")
    assert {link.attributes["href"] for link in side.all("a")} == {f"/console/{action_id}" for action_id in ACTIONS}


def test_the_console_needs_no_key_and_counts_towards_no_limit(idle_house: House) -> None:
    for path in ("/console", "/console/runs", "/console/generor.users.me", "/static/genhook.css"):
        answer = idle_house.client.get(path)
        assert answer.status_code == 200
        assert "X-RateLimit-Limit" not in answer.headers


def test_an_unknown_action_and_a_file_outside_are_not_found(idle_house: House) -> None:
    for path in ("/console/generor.nothing.at_all", "/static/../app.py", "/static/%2e%2e/app.py", "/static/console"):
        assert idle_house.client.get(path).status_code == 404, path


def test_what_the_original_does_not_have_is_offered_here_only() -> None:
    submission = console_pages.page(DEFINITIONS, ACTIONS["flokan.styles.list"])["submission"]
    (connection,) = (field for field in submission if field["name"] == "connection")
    assert [choice["value"] for choice in connection["choices"]] == ["local"]


def test_a_one_time_link_is_exchanged_for_its_key_by_post_alone(idle_house: House) -> None:
    database, vault = idle_house.context.database, idle_house.context.vault
    code = database.write(lambda db: console_links.issue(db, vault, "gnr_live_" + "a" * 40))
    client = idle_house.client
    assert client.get(f"/console?code={code}").get_data(as_text=True) == client.get("/console").get_data(as_text=True)
    assert client.get(f"/console/exchange?code={code}").status_code in (404, 405)
    answer = client.post("/console/exchange", json={"code": code})
    assert (answer.status_code, answer.get_json()) == (200, {"api_key": "gnr_live_" + "a" * 40})
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.post("/console/exchange", json={"code": code}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"code": None}, {"code": 7}, {"code": ["x"]}, {"code": "x" * 5000}])
def test_an_exchange_without_a_code_is_refused(idle_house: House, body: dict[str, object]) -> None:
    assert idle_house.client.post("/console/exchange", json=body).status_code in (413, 422)
