"""JSON Schemas (2020-12) of every answer: what the description shows, and what the tests hold the answers against.

Closed on purpose (`additionalProperties: false`): what is answered is described, or a test fails.
"""

from __future__ import annotations

from typing import Any

from policy_pages.open_data.schemas.items import ITEMS
from policy_pages.open_data.schemas.lists import LISTS
from policy_pages.open_data.schemas.words import DIALECT, REFERENCE, Schema

#: Every component by its name.
COMPONENTS: dict[str, Schema] = {**LISTS, **ITEMS}
#: Name in `/open-data/schema/<name>.json` → the component that an answer is.
SCHEMAS = {
    "policies": "Policies",
    "item": "Item",
    "windows": "Windows",
    "departments": "Departments",
    "terms": "Terms",
    "removed": "RemovedPages",
    "search": "SearchResults",
    "error": "Error",
}


def standalone(name: str, address: str) -> Schema:
    """The schema of one answer with everything it refers to, under its own address."""
    component = SCHEMAS[name]
    needed: dict[str, Schema] = {}
    waiting = [component]
    while waiting:
        known = waiting.pop()
        if known not in needed:
            needed[known] = COMPONENTS[known]
            waiting += _referred(COMPONENTS[known])
    found = _local({"$ref": REFERENCE + component, "$defs": dict(sorted(needed.items()))})
    return {"$schema": DIALECT, "$id": address, "title": component, **found}


def _referred(schema: Any) -> list[str]:
    """Names of the components that a schema refers to."""
    if isinstance(schema, dict):
        own = [schema["$ref"].removeprefix(REFERENCE)] if isinstance(schema.get("$ref"), str) else []
        return own + [name for value in schema.values() for name in _referred(value)]
    return [name for value in schema for name in _referred(value)] if isinstance(schema, list) else []


def _local(schema: Any) -> Any:
    """The schema with references into its own definitions."""
    if isinstance(schema, dict):
        return {
            key: value.replace(REFERENCE, "#/$defs/") if key == "$ref" else _local(value)
            for key, value in schema.items()
        }
    return [_local(value) for value in schema] if isinstance(schema, list) else schema
