"""The tree of errors: each class is found again by its code, and a run shows documented codes only."""

import pytest

from service import errors
from service.errors import AddressRefused, Internal, ServiceError, of_code
from service.runs.terminate import RUN_CODES, error_json

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ServiceError) and kind is not ServiceError
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_found_again_by_its_code(kind: type[ServiceError]) -> None:
    assert of_code(kind.code) in (kind, *kind.__mro__)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_ends_by_documented_codes_only(kind: type[ServiceError]) -> None:
    shown = error_json(kind("why"))["code"]
    assert shown in RUN_CODES
    assert shown == kind.code or kind.code not in RUN_CODES


def test_a_refused_address_in_a_run_is_an_unreachable_reference() -> None:
    assert error_json(AddressRefused("not a public address"))["code"] == "reference_unreachable"


def test_an_unknown_code_is_an_internal_error() -> None:
    assert of_code("from_a_newer_version") is Internal


def test_two_classes_with_one_code_are_refused() -> None:
    with pytest.raises(TypeError, match="same code"):
        type("Copy", (ServiceError,), {"code": "validation"})
