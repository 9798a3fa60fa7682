"""Builds the generated part of the n8n package `n8n-nodes-genhook`: what the definitions say, as TypeScript.

Everything else of the package is written by hand in packs/n8n/.
"""

from service.definitions import Definitions
from service.packs.n8n import operations, typescript, workflows

GENERATED = "nodes/Genhook/generated"


def build(definitions: Definitions) -> dict[str, bytes]:
    """Make the generated files of packs/n8n/, by their path."""
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
    files = {f"{GENERATED}/{name}.ts": text.encode() for name, text in modules.items()}
    return files | workflows.examples(definitions)
