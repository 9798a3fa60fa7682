"""The documents of extensions against the meta-schema of their kind, when they are added: a fault names its place."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from service.config.bundle import SCHEMAS
from service.definitions.schemas import read_json
from service.errors import ValidationError

META = "extension.schema.json"
LONGEST = 300


def check(kind: str, spec: Mapping[str, Any]) -> None:
    """Raises ValidationError at the member that is wrong."""
    fault = best_match(_validator(kind).iter_errors(spec))
    if fault is not None:
        place = "".join(f"/{part}" for part in fault.absolute_path)
        said = fault.message if len(fault.message) <= LONGEST else f"{fault.message[:LONGEST]}…"
        raise ValidationError.at(f"/spec{place}", f"spec{place}: {said}")


@cache
def _validator(kind: str) -> Draft202012Validator:
    meta = read_json(SCHEMAS / META)
    return Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": meta["$defs"]})
