"""The JSON Schema of the team file, for editors: drawn from the same declaration that reads it.

Draft-07, because that is what editors' YAML extensions read.
"""

from __future__ import annotations

from agents_sahara.diagnostics.rules import TEAM_RULES
from agents_sahara.spec.format import TEAM
from agents_sahara.spec.shapes import Drawing, Drawn

BEYOND_SCHEMA = (*TEAM_RULES, "bad-date", "bad-duration", "bad-key", "bad-key-variable", "bad-model-id")
"""Error rules that draft-07 cannot say, or not wholly: a file that breaks only these passes the schema.

The rules about YAML text come on top; where they are broken there is nothing for a schema to judge.
"""

_TITLE = "Team file of agents_sahara, format version 1"


def team_schema() -> Drawn:
    """The schema. With `include`, other files complete the team, so nothing is required of this one."""
    drawing = Drawing()
    whole = TEAM.draw(drawing)
    layer = TEAM.draw(drawing.partial())
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": _TITLE,
        "type": "object",
        "if": {"required": ["include"]},
        "then": layer,
        "else": whole,
        "definitions": dict(sorted(drawing.definitions.items())),
    }
