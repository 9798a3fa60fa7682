"""The n8n package `n8n-nodes-genhook`: a runtime in TypeScript, and what the definitions say as TypeScript beside it.

What is written by hand lies in `package/` as it will stand in packs/n8n/; only `nodes/Genhook/generated/` and the
example workflows are made here. Source: contract, section 1; n8n's rules for community nodes.
"""

from pathlib import Path

from service.definitions import Definitions
from service.packs.n8n import operations, typescript, workflows

PACKAGE = Path(__file__).parent / "package"
GENERATED = "nodes/Genhook/generated"


def build(definitions: Definitions) -> dict[str, bytes]:
    """The files of packs/n8n/ by their path."""
    files = {str(path.relative_to(PACKAGE)): path.read_bytes() for path in sorted(PACKAGE.rglob("*")) if path.is_file()}
    shown = operations.shown(definitions)
    modules = {
        "actions": typescript.constant(
            "actions", "Record<string, Action>", operations.facts(shown), imports=["Action"]
        ),
        "properties": typescript.properties(operations.properties(definitions, shown)),
        "dynamic": typescript.constant("locators", "string[]", operations.dynamic(shown, "locator"))
        + typescript.constant("mappers", "string[]", operations.dynamic(shown, "mapper")),
        "subscribable": typescript.constant(
            "subscribable",
            "INodePropertyOptions[]",
            operations.subscribable(definitions),
            imports=["INodePropertyOptions"],
        ),
    }
    for name, text in modules.items():
        files[f"{GENERATED}/{name}.ts"] = text.encode()
    return files | workflows.examples(definitions)
