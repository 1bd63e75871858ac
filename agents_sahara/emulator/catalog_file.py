"""Read a catalog for the gateway from YAML: which provider serves which ids.

```yaml
version: 1
providers:
  openai: [gpt-4o]
  together: [deepseek-ai/DeepSeek-V3]
```
"""

from __future__ import annotations

from pathlib import Path

from agents_sahara.emulator.catalog import Catalog, Pair
from agents_sahara.emulator.fields import Fields, read_file
from agents_sahara.source.nodes import Mapping, Node

RULE = "gateway-catalog"


def read_catalog(path: Path) -> Catalog:
    """The catalog in a file, in the order of the file.

    Raises:
        SpecError: with every finding.
    """
    return read_file(path, RULE, _catalog)


def _catalog(root: Node, fields: Fields) -> Catalog | None:
    top = fields.mapping(root, ("version", "providers"), "a catalog")
    if top is None:
        return None
    version, providers = top.get("version"), top.get("providers")
    if version is not None:
        fields.whole(version, "'version'", 1, 1)
    if not isinstance(providers, Mapping) or not providers.entries:
        fields.complain(providers or top, "'providers' must be a mapping from providers to lists of ids")
        return None
    return Catalog((), tuple(providers.entries), ()).with_pairs(
        Pair(name, model)
        for name, entry in providers.entries.items()
        for model in _models(name, entry.value, fields)
    )


def _models(provider: str, node: Node, fields: Fields) -> list[str]:
    what = f"the models of {provider!r}"
    ids = [fields.text(item, f"an id among {what}") for item in fields.items(node, what)]
    return [model for model in ids if model is not None]
