"""Generators: what users see, choose from and get. Source: generor-api, 'Generators' and 'Generator Parameters'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from service.catalog.models import Model

RATIO_SUFFIX = "aspect-ratio"
# The most characters of a free text.
LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a dropdown. `model_id` is there in model dropdowns only.

    `added_to` is the provider of a model that the operator added, None of any other.
    """

    value: str
    label: str
    model_id: int | None = None
    added_to: str | None = None

    def public(self) -> dict[str, Any]:
        """The entry as the Generor API shows it."""
        shown: dict[str, Any] = {"value": self.value, "label": self.label}
        if self.added_to is not None:
            shown |= {"added": True, "provider": self.added_to}
        return shown if self.model_id is None else shown | {"model_id": self.model_id}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameter:
    """One field of a generator: `cost_multipliers` scale the price by value.

    `type` is enum, number or model; added generators also have boolean, text and url, of a file of `media`. A `default`
    of None leaves out what isn't given.
    """

    id: str
    label: str
    type: str
    default: str | int | float | None
    options: tuple[Option, ...] = ()
    min: int | float | None = None
    max: int | float | None = None
    step: int | float | None = None
    cost_multipliers: Mapping[str, int | float] = field(default_factory=dict)
    values: frozenset[str] = frozenset()
    media: str = "image"

    def accept(self, value: Any) -> str | None:
        """The value as the API shows it, or None where it is not one of this parameter's."""
        if self.type == "boolean" and isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        if self.type in ("text", "url"):
            return str(value)[:LONGEST_TEXT]
        if self.type != "number":
            text = str(value)
            return text if text in self.values else None
        return self._number(value)

    def _number(self, value: str | int | float) -> str | None:
        """The number as text, exact where it is whole: a seed may have twenty digits. A step of 0 takes any."""
        try:
            number = int(value) if isinstance(value, int) or str(value).lstrip("-").isdecimal() else float(value)
        except ValueError:
            return None
        step = 1 if self.step is None else self.step
        if not isfinite(number) or (self.min is not None and number < self.min):
            return None
        if (self.max is not None and number > self.max) or (step and round((number - (self.min or 0)) / step, 6) % 1):
            return None
        return str(int(number)) if number == int(number) else f"{number:.10g}"

    def public(self) -> dict[str, Any]:
        """The field as GET /generators/{slug} lists it."""
        shown: dict[str, Any] = {"id": self.id, "label": self.label, "type": self.type}
        if self.type == "number":
            shown |= {"min": self.min, "max": self.max, "step": self.step}
        elif self.options:
            shown["options"] = [option.public() for option in self.options]
        return shown | {"default": self.default, "cost_multipliers": dict(self.cost_multipliers)}


@dataclass(frozen=True, slots=True)
class Similar:
    """A generator that another one points to."""

    slug: str
    title: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generator:
    """One generator. `data_schema` is the JSON Schema of one item's `generator_data`; `only_models` are the ids of the
    models that can work for it where not all of its type can, `added` is true of the operator's own.

    Derived when read: `by_id` (parameters by id), `defaults` (every parameter's default as text), `priced` (those
    with cost multipliers), `model_values` (model id → its value in this generator's own model dropdown),
    `preferences` (what the API's `preference` and `preference_two` choose between).
    """

    slug: str
    title: str
    description: str
    icon: str
    type: str
    status: str
    prompt_required: bool
    parameters: tuple[Parameter, ...]
    prompt_template: str
    data_schema: Mapping[str, Any]
    default_model: int
    similar: tuple[Similar, ...] = ()
    by_id: Mapping[str, Parameter] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    priced: tuple[Parameter, ...] = ()
    model_parameter: str | None = None
    model_values: Mapping[int, str] = field(default_factory=dict)
    count_parameter: str | None = None
    ratio_parameter: str | None = None
    preferences: tuple[Parameter, ...] = ()
    only_models: tuple[int, ...] = ()
    added: bool = False

    def takes(self, model: Model) -> bool:
        """Return whether the model can work for this generator."""
        if self.only_models:
            return model.id in self.only_models
        return _offered(self.type, model)

    def public(self) -> dict[str, Any]:
        """The generator as GET /generators lists it."""
        return {
            "slug": self.slug,
            "title": self.title,
            "description": self.description,
            "icon": self.icon,
            "type": self.type,
            "status": self.status,
            "similar": [{"slug": other.slug, "title": other.title, "icon": other.icon} for other in self.similar],
            **({"added": True} if self.added else {}),
        }

    def detail(self) -> dict[str, Any]:
        """The generator as GET /generators/{slug} shows it."""
        return self.public() | {
            "prompt_required": self.prompt_required,
            "default_model": self.default_model,
            "parameters": [parameter.public() for parameter in self.parameters],
        }


def read_generators(rows: Iterable[Mapping[str, Any]], models: Iterable[Model]) -> dict[str, Generator]:
    """Generators by slug, from the files of `data/generators/`; each model dropdown offers every model that fits."""
    known, every = tuple(models), tuple(rows)
    faces = {row["slug"]: Similar(row["slug"], row["title"], row["icon"]) for row in every}
    return {row["slug"]: _read(row, known, faces) for row in every}


def _read(row: Mapping[str, Any], models: tuple[Model, ...], faces: Mapping[str, Similar]) -> Generator:
    only = tuple(row.get("only_models", ()))
    fitting = [model for model in models if (model.id in only if only else _offered(row["type"], model))]
    parameters = tuple(_parameter(entry, fitting) for entry in row["parameters"])
    models_offered = next((parameter for parameter in parameters if parameter.type == "model"), None)
    offered = models_offered.options if models_offered else ()
    enums = [parameter for parameter in parameters if parameter.type == "enum"]
    count = f"{row['slug']}-count"
    return Generator(
        slug=row["slug"],
        title=row["title"],
        description=row["description"],
        icon=row["icon"],
        type=row["type"],
        status=row["status"],
        prompt_required=row.get("prompt_required", True),
        parameters=parameters,
        prompt_template=row["prompt_template"],
        data_schema=row["data_schema"],
        default_model=row["default_model"],
        similar=tuple(faces[slug] for slug in row["similar"] if slug in faces),
        by_id={parameter.id: parameter for parameter in parameters},
        defaults={parameter.id: str(parameter.default) for parameter in parameters if parameter.default is not None},
        priced=tuple(parameter for parameter in parameters if parameter.cost_multipliers),
        model_parameter=models_offered.id if models_offered else None,
        model_values={option.model_id: option.value for option in reversed(offered) if option.model_id is not None},
        count_parameter=next((parameter.id for parameter in parameters if parameter.id == count), None),
        ratio_parameter=next((parameter.id for parameter in enums if parameter.id.endswith(RATIO_SUFFIX)), None),
        preferences=tuple(parameter for parameter in enums if not parameter.id.endswith(RATIO_SUFFIX)),
        only_models=only,
        added=row.get("added", False),
    )


def _parameter(entry: Mapping[str, Any], fitting: Iterable[Model]) -> Parameter:
    options = [Option(**option) for option in entry.get("options", ())]
    if entry["type"] == "model":
        curated = {option.model_id for option in options}
        options += [_model_option(model) for model in fitting if model.id not in curated]
    return Parameter(
        id=entry["id"],
        label=entry["label"],
        type=entry["type"],
        default=entry.get("default"),
        options=tuple(options),
        min=entry.get("min"),
        max=entry.get("max"),
        step=entry.get("step"),
        cost_multipliers=entry.get("cost_multipliers", {}),
        values=frozenset(option.value for option in options),
        media=entry.get("media", "image"),
    )


def _model_option(model: Model) -> Option:
    return Option(str(model.id), model.name, model.id, model.provider if model.added else None)


def _offered(generator_type: str, model: Model) -> bool:
    if model.only_for is not None:
        return False
    if generator_type == "vision":
        return model.type == "text" and model.vision
    return model.type == generator_type
