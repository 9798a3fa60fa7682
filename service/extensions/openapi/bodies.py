"""The body of an operation as fields: members of JSON, of a form or of parts, and files, given by their URLs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.extensions.flat_profile import Field, FlatProfile, Say
from service.extensions.openapi.input_fields import MOST_FIELDS, Inputs, NotTaken
from service.extensions.openapi.operations import DocumentedOperation
from service.extensions.references import DocumentReferences
from service.extensions.shapes import Shape, Shapes
from service.extensions.texts import LONGEST_HELP, plain

JSON_TYPE = re.compile(r"(application|text)/([\w.+-]+\+)?json\s*(;.*)?|\*/\*|application/\*", re.IGNORECASE)
FORM_TYPE = "application/x-www-form-urlencoded"
PARTS_TYPE = "multipart/form-data"
# Bodies that are the bytes of a file: anything but what is written from fields, or has a syntax of its own.
FILE_TYPE = re.compile(
    r"(image|audio|video|font|model)/[\w.+*-]+|text/(csv|calendar|vcard|html|markdown)"
    r"|application/(octet-stream|pdf|zip|gzip|[\w.+-]*zip|vnd\.[\w.-]+|msword|rtf|[\w.+-]+-archive)",
    re.IGNORECASE,
)
# Members that are texts in a body of parts, whatever media type they have.
TEXT_TYPE = re.compile(r"text/plain|([\w.+-]+/)?([\w.+-]+\+)?(json|xml)", re.IGNORECASE)
WHOLE, WHOLE_FILE = "body", "file"
MOST_FILES = 20
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BodyReader:
    """Reads the bodies of one document's operations."""

    references: DocumentReferences
    shapes: Shapes
    say: Say

    def read(self, operation: DocumentedOperation, made: Inputs, profile: FlatProfile) -> None:
        """Add the body's fields, and how it is written. Raises NotTaken, DocumentRefused."""
        if operation.body.get("requestBody") is None:
            return
        body, _ = self.references.resolved(operation.body["requestBody"])
        encoding, kind, media = self._media(body.get("content"))
        schema = media.get("schema") or {}
        shape = self.shapes.of(schema)
        bodiless = operation.method in ("get", "delete")
        if (bodiless or encoding in ("form", "multipart")) and shape.kind == "object" and not shape.properties:
            return
        if bodiless:
            self.say(f"the body of a {operation.method.upper()} is left out")
            return
        if encoding != "json":
            made.http["encoding"] = encoding
        if encoding == "file":
            self._file(kind, body, shape, made)
        elif encoding == "text" or not shape.properties or shape.kinds - {"object"} or shape.cut:
            self._whole(schema, shape, encoding, body, made, profile)
        else:
            if shape.mixed:
                self.say("the body is one of several shapes: which of its members go together the server checks")
            self._members(shape, encoding, media, made, profile)

    def _media(self, content: Any) -> tuple[str, str, Mapping[str, Any]]:
        """Choose how the body is written, with its media type and what the document says of it. Raises NotTaken.

        Files can't be in JSON or a form: a body that holds some is sent in parts where the document has it so.
        """
        found = {str(kind): part for kind, part in content.items()} if isinstance(content, Mapping) else {}
        offered = {kind: part for kind, part in found.items() if isinstance(part, Mapping)}
        ways = (
            ("multipart", lambda kind: _bare(kind) == PARTS_TYPE and self._has_files(offered[kind])),
            ("json", JSON_TYPE.fullmatch),
            ("form", lambda kind: _bare(kind) == FORM_TYPE),
            ("multipart", lambda kind: _bare(kind) == PARTS_TYPE),
            ("text", lambda kind: _bare(kind) == "text/plain"),
            ("file", lambda kind: FILE_TYPE.fullmatch(_bare(kind))),
        )
        json_holds_none = not any(JSON_TYPE.fullmatch(kind) and self._has_files(offered[kind]) for kind in offered)
        for encoding, fits in ways[1 if json_holds_none and _offers_json(offered) else 0 :]:
            for kind, part in offered.items():
                if fits(kind):
                    return encoding, kind, part
        told = plain(", ".join(found), 100) or "not described"
        raise NotTaken(f"its body is {told}; JSON, forms, parts, texts and files are sent")

    def _has_files(self, media: Mapping[str, Any]) -> bool:
        shape = self.shapes.of(media.get("schema") or {})
        inner = (self.shapes.of(part, trail) for part, trail in shape.properties.values())
        return any(self._is_file(one, None) or self._are_files(one) for one in inner)

    def _is_file(self, shape: Shape, kind: Any) -> bool:
        """Tell whether a member is a file: binary, or of a media type (`kind`, else its own) that is no text."""
        words = shape.words
        if shape.cut is not None or shape.kinds - {"string"} or words.get("enum") or "const" in words:
            return False
        if words.get("format") == "binary":
            return True
        told = words.get("contentMediaType") or kind
        encoded = words.get("contentEncoding", "binary") not in ("binary", "")
        return isinstance(told, str) and not encoded and TEXT_TYPE.fullmatch(_bare(told.partition(",")[0])) is None

    def _are_files(self, shape: Shape, kind: Any = None) -> bool:
        items = shape.inner("items")
        return shape.kind == "array" and items is not None and self._is_file(self.shapes.of(items, shape.trail), kind)

    def _file(self, kind: str, body: Mapping[str, Any], shape: Shape, made: Inputs) -> None:
        """A body that is a file's bytes is one field."""
        described = plain(body.get("description"), LONGEST_HELP) or plain(shape.description, LONGEST_HELP)
        name = made.enter(WHOLE_FILE, _file_field(described), "body", body.get("required") is not False)
        made.http |= {"whole": name, "files": [name]}
        if "*" not in kind and _bare(kind) != "application/octet-stream":
            made.http["body_type"] = _bare(kind)

    def _whole(
        self, schema: Any, shape: Shape, encoding: str, body: Mapping[str, Any], made: Inputs, profile: FlatProfile
    ) -> None:
        """A body that is no object of named members is one field."""
        if encoding == "multipart":
            raise NotTaken("its body is parts that the document does not name")
        made_of = profile.field(schema, WHOLE)
        if encoding == "text":
            made_of = Field({"type": "string", "description": made_of.schema["description"]})
        described = plain(body.get("description"), LONGEST_HELP) or plain(shape.description, LONGEST_HELP)
        if described:
            made_of = replace(made_of, schema={**made_of.schema, "description": described})
        made.http["whole"] = made.enter(WHOLE, made_of, "body", body.get("required") is True)

    def _members(
        self, shape: Shape, encoding: str, media: Mapping[str, Any], made: Inputs, profile: FlatProfile
    ) -> None:
        told = media.get("encoding")
        ways: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
        for wire, (part, trail) in sorted(shape.properties.items(), key=lambda entry: entry[0] not in shape.required):
            inner = self.shapes.of(part, trail)
            required = wire in shape.required
            if inner.words.get("readOnly") is True:
                continue
            if len(made.properties) >= MOST_FIELDS and not required:
                self.say(f"{plain(wire, 60)} and what follows are left out: {MOST_FIELDS} fields are taken")
                return
            way = ways.get(wire) if isinstance(ways.get(wire), Mapping) else {}
            if encoding == "multipart" and self._entered_file(wire, inner, way, required, made):
                continue
            made.enter(wire, profile.field(part, wire, trail), "body", required, self._style(inner, encoding, way))

    def _entered_file(self, wire: str, inner: Shape, way: Any, required: bool, made: Inputs) -> bool:
        """Add the field of a file, or of several; False where the member is none."""
        kind = way.get("contentType")
        described = plain(inner.description, LONGEST_HELP)
        if self._is_file(inner, kind):
            field = _file_field(described)
        elif self._are_files(inner, kind):
            field = _file_field(described, several=True)
        else:
            return False
        made.http.setdefault("files", []).append(made.enter(wire, field, "body", required))
        return True

    def _style(self, inner: Shape, encoding: str, way: Any) -> str | None:
        """Choose how a list or an object is written in a form, or in parts, where objects are parts of JSON."""
        if encoding not in ("form", "multipart") or (inner.kinds and not inner.kinds & {"array", "object"}):
            return None
        if way.get("style") == "deepObject":
            return "deep"
        if encoding == "form":
            return "repeat" if inner.kind == "array" else "deep"
        items = self.shapes.of(inner.inner("items") or {}, inner.trail)
        return "repeat" if inner.kind == "array" and items.kinds and not items.kinds & {"array", "object"} else "json"


def _file_field(described: str, several: bool = False) -> Field:
    """The field of a file: the URL from which it is fetched, or of one that was uploaded."""
    told = "URLs of files, or of files that were uploaded; each is sent as it is." if several else (
        "The URL of a file, or of one that was uploaded; the file itself is sent."
    )  # fmt: skip
    text: Json = {"type": "string", "format": "uri"}
    schema: Json = {"type": "array", "items": text, "maxItems": MOST_FILES} if several else text
    return Field({**schema, "description": plain(f"{described} {told}" if described else told, LONGEST_HELP)})


def _bare(kind: str) -> str:
    """The media type without its parameters."""
    return kind.partition(";")[0].strip().lower()


def _offers_json(offered: Mapping[str, Any]) -> bool:
    return any(JSON_TYPE.fullmatch(kind) for kind in offered)
