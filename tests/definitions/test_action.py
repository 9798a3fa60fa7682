"""What an action does with an input: defaults, whole numbers, unknown members, words for what is wrong."""

import pytest

from service.errors import NotFound, ValidationError
from tests.definitions.conftest import Shop
from tests.support.definitions import built_in

DEFINITIONS = built_in()
THUMBNAILS = DEFINITIONS.action("flokan.thumbnails.generate")
GENERATE = DEFINITIONS.action("generor.generators.generate")
NOTE = {"shelf": "top", "text": "Milk"}
THUMBNAIL = {"video_title": "Ten trails", "image_model": "pro", "aspect_ratio": "16:9", "image_count": 1}
PICTURE = "https://example.com/a.jpg"


def problems(refused: pytest.ExceptionInfo[ValidationError]) -> dict[str, str]:
    return {problem.pointer: problem.message for problem in refused.value.errors}


def test_defaults_are_filled_in_and_what_was_sent_wins(shop: Shop) -> None:
    note = shop.load().action("shop.notes.write")
    assert note.validate(NOTE) == {**NOTE, "tone": "kind", "copies": 1}
    assert note.validate({**NOTE, "tone": "stern"})["tone"] == "stern"


def test_a_whole_float_is_an_integer(shop: Shop) -> None:
    copies = shop.load().action("shop.notes.write").validate({**NOTE, "copies": 3.0})["copies"]
    assert (copies, type(copies)) == (3, int)


@pytest.mark.parametrize("field", ["privacy_mode", "aspect_ratio"])
def test_a_whole_float_is_an_integer_in_enums_and_unions_too(field: str) -> None:
    accepted = GENERATE.validate({"slug": "joke", "model_id": 37, "prompt": "A joke", field: 1.0})
    assert type(accepted[field]) is int


def test_a_number_keeps_its_fraction() -> None:
    accepted = GENERATE.validate({"slug": "joke", "model_id": 37, "prompt": "A joke", "temperature": 1.0})
    assert type(accepted["temperature"]) is float


def test_an_unknown_member_is_refused_by_name_or_dropped(shop: Shop) -> None:
    note = shop.load().action("shop.notes.write")
    with pytest.raises(ValidationError) as refused:
        note.validate({**NOTE, "colour": "red"})
    assert problems(refused)["/colour"].startswith("is not known here")
    assert "colour" not in note.validate({**NOTE, "colour": "red"}, unknown="drop")


def test_every_fault_is_named_at_its_own_member_in_plain_words(shop: Shop) -> None:
    with pytest.raises(ValidationError) as refused:
        shop.load().action("shop.notes.write").validate({"text": "", "tone": "loud", "copies": 5})
    assert problems(refused) == {
        "/shelf": "is required",
        "/text": "is required",
        "/tone": "must be one of kind, stern",
        "/copies": "must be 1 to 4",
    }


def test_a_wrong_type_is_told_as_the_right_one(shop: Shop) -> None:
    with pytest.raises(ValidationError) as refused:
        shop.load().action("shop.notes.write").validate({"shelf": 7, "text": "Milk", "copies": "two"})
    assert problems(refused) == {"/shelf": "must be a string", "/copies": "must be a whole number"}


def test_true_is_no_number(shop: Shop) -> None:
    with pytest.raises(ValidationError) as refused:
        shop.load().action("shop.notes.write").validate({**NOTE, "copies": True})
    assert problems(refused) == {"/copies": "must be a whole number"}


def test_the_message_alone_says_which_member_it_is(shop: Shop) -> None:
    with pytest.raises(ValidationError, match="text is required"):
        shop.load().action("shop.notes.write").validate({"shelf": "top"})


@pytest.mark.parametrize("reference", [{"youtube_references": [PICTURE]}, {"reference_image_url": PICTURE}])
def test_a_thumbnail_needs_no_prompt_where_there_is_a_reference(reference: dict[str, object]) -> None:
    assert "prompt" not in THUMBNAILS.validate({**THUMBNAIL, **reference})


@pytest.mark.parametrize("reference", [{}, {"youtube_references": []}])
def test_a_thumbnail_without_prompt_and_reference_is_refused_at_the_prompt(reference: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        THUMBNAILS.validate({**THUMBNAIL, **reference})
    assert problems(refused) == {"/prompt": "is required, unless youtube_references or reference_image_url is sent"}


def test_texts_of_a_query_become_what_the_schema_says() -> None:
    search = DEFINITIONS.action("generor.creations.search")
    values = search.coerce({"q": "7", "page": "2", "per_page": "ten", "strange": "1"})
    assert values == {"q": "7", "page": 2, "per_page": "ten", "strange": "1"}
    with pytest.raises(ValidationError) as refused:
        search.validate(values, unknown="drop")
    assert problems(refused) == {"/per_page": "must be a whole number"}


@pytest.mark.parametrize("text", ["٣", " 3", "3 ", "3.0", "1e2", "9" * 30, ""])
def test_only_plain_digits_are_a_number(text: str) -> None:
    assert DEFINITIONS.action("generor.creations.search").coerce({"page": text}) == {"page": text}


def test_where_each_field_goes_follows_from_method_and_path(shop: Shop) -> None:
    assert shop.load().action("shop.notes.write").placement == {
        "shelf": "path",
        "text": "body",
        "tone": "body",
        "copies": "body",
    }
    assert set(DEFINITIONS.action("generor.creations.search").placement.values()) == {"query"}


def test_a_field_goes_elsewhere_where_the_definition_says_so(shop: Shop) -> None:
    shop.definition["http"]["in"] = {"tone": "query"}
    assert shop.load().action("shop.notes.write").placement["tone"] == "query"


def test_a_path_reads_as_flask_wants_it() -> None:
    assert GENERATE.flask_rule == "/api/v1/generators/<slug>/generate"


def test_the_scope_is_the_usual_one_of_the_kind_or_the_definitions_own(shop: Shop) -> None:
    assert shop.load().action("shop.notes.write").scope == "write"
    shop.definition["auth"] = {"scope": "generate"}
    assert shop.load().action("shop.notes.write").scope == "generate"


def test_what_is_shown_once_is_null_in_what_is_stored(shop: Shop) -> None:
    shop.schema("note.response")["properties"]["secret"] = {"type": ["string", "null"], "writeOnce": True}
    note = shop.load().action("shop.notes.write")
    output = {"id": 1, "pages": [], "secret": "sesame"}
    assert note.blank_writeonce(output) == {"id": 1, "pages": [], "secret": None}
    assert output["secret"] == "sesame"
    assert note.blank_writeonce({"id": 1, "pages": []}) == {"id": 1, "pages": []}


def test_the_document_is_the_definition_with_its_schemas_in_place(shop: Shop) -> None:
    document = shop.load().action("shop.notes.write").document()
    assert document["title"] == "Write a note"
    assert document["output_schema"]["properties"]["pages"]["items"]["required"] == ["url"]


def test_an_action_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        DEFINITIONS.action("generor.generators.paint")
