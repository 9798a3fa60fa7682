"""APIs: a family of actions that run at a server of their own.

The document: `api`, `actions` and `schemas`, as the files of `node_definitions/` and `schemas/` are; each schema stands
under the name by which its definition refers to it.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from service.config.bundle import DEFINITIONS, SCHEMAS
from service.definitions import Api, DefinitionError, links
from service.definitions.lint import lint
from service.definitions.loader import API_META, META, callers, load_apis, make_action, make_api
from service.definitions.schemas import Schemas, check_schema, read_json
from service.extensions.book import Extension
from service.extensions.kinds import IdOf, Parts

Json = Mapping[str, Any]


def parts(extension: Extension, _id_of: IdOf) -> Parts:
    """The API and its actions, checked as ours are. Raises ValueError for a definition that can't be used."""
    try:
        return _parts(extension)
    except DefinitionError as error:
        raise ValueError(str(error)) from None


def summary(spec: Json) -> str:
    """The API's title and address, and how many actions it has."""
    return f"{spec['api']['title']} at {spec['api']['hosted_url']}, {len(spec['actions'])} actions"


def _parts(extension: Extension) -> Parts:
    where, spec = Path(extension.name), extension.spec
    own = make_api(spec["api"], where / "api.json", _meta(API_META))
    if own.name != extension.name or not own.added:
        raise DefinitionError(where / "api.json", "/api", f"must be {extension.name}, marked as added")
    schemas = {name: check_schema(where / name, dict(schema)) for name, schema in spec["schemas"].items()}

    def resolved(name: str) -> dict[str, Any]:
        if name not in schemas:
            raise DefinitionError(where / name, "", "there is no such schema")
        return schemas[name]

    api = _with_callers(own)
    actions = {}
    for body in spec["actions"]:
        path = where / f"{str(body.get('id')).partition('.')[2]}.json"
        action = make_action(body, path, _meta(META), api, resolved)
        lint(action, path)
        actions[action.id] = action
    for action, pointer, message in links.references(actions):
        raise DefinitionError(where / f"{action.id}.json", pointer, message)
    return Parts(apis=(api,), actions=tuple(actions.values()))


def _with_callers(api: Api) -> Api:
    return replace(api, callers={name: rules for name, rules in callers(api, _built_in()).items() if name != api.name})


@cache
def _built_in() -> tuple[Api, ...]:
    return tuple(load_apis(DEFINITIONS, Schemas(SCHEMAS)).values())


@cache
def _meta(name: str) -> dict[str, Any]:
    return read_json(SCHEMAS / name)
