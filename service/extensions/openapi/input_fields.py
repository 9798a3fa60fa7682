"""The fields of an operation's flat input, and how each of them is sent."""

from dataclasses import dataclass, field
from typing import Any

from service.extensions.flat_profile import Field
from service.extensions.texts import field_name

# Names that the faces keep for what stands beside an input.
KEPT = frozenset({"resource", "operation", "additionalFields", "options", "wait", "simplify", "connection"})
KEPT |= {"max_credits", "idempotency_key", "run_connection", "run_max_credits", "run_deduplication_key"}
MOST_FIELDS = 150
# So many optional fields stand on a form by themselves.
SHOWN_OPTIONAL = 8
Json = dict[str, Any]


class NotTaken(Exception):
    """An operation that can't be an action. Says why."""


@dataclass(slots=True)
class Inputs:
    """The fields by name; `http` are the members of the definition's `http` that say how they are sent."""

    properties: Json = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    faces: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)
    http: Json = field(default_factory=dict)
    idempotency_header: str | None = None

    def enter(self, wire: str, made: Field, place: str, required: bool, style: str | None = None) -> str:
        """Add a field; its name is the document's where that is free."""
        name = field_name(wire, {*self.properties, *KEPT}, place)
        self.properties[name] = made.schema
        self.places[name] = place
        if name != wire:
            self.names[name] = wire
        if made.face is not None:
            self.faces[name] = made.face
        if style is not None:
            self.styles[name] = style
        if required:
            self.required.append(name)
        return name

    def schema(self) -> Json:
        """The input schema."""
        made: Json = {"type": "object", "additionalProperties": False, "properties": self.properties}
        return made | ({"required": self.required} if self.required else {})

    def ui(self) -> Json:
        """The form: what is required first, many optional fields tucked away."""
        order = [*self.required, *(name for name in self.properties if name not in self.required)]
        optional = [name for name in order if name not in self.required]
        fields: Json = {name: {"as": face} for name, face in self.faces.items()}
        for name in optional if len(optional) > SHOWN_OPTIONAL else ():
            fields.setdefault(name, {})["advanced"] = True
        for name in self.properties:
            if len(name) < 2:
                fields.setdefault(name, {})["label"] = f"{name.upper()} ({self.places[name]})"
        return {"order": order, "fields": fields} if fields else {"order": order}
