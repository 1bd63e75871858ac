"""The JSON Schemas that ship with the package, read as an installed program would read them."""

from __future__ import annotations

import json
from importlib.resources import files

from agents_sahara.types import Json


def schema(name: str) -> dict[str, Json]:
    """The schema in `schemas/<name>.schema.json`."""
    text = (files("agents_sahara") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Json] = json.loads(text)
    return loaded
