"""What a YAML parser's complaint means in plain words, and where to look.

The parsers name their own state ("did not find expected <block end>"); a reader needs the mistake.
"""

from __future__ import annotations

import yaml

from agents_sahara.diagnostics.finding import Place


def explain(error: yaml.YAMLError, text: str, file: str) -> tuple[str, Place, str, str]:
    """Rule, place, message and mend of a parser's error."""
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    place = Place(file, line, column, line, column + 1)
    return (
        "yaml-syntax",
        place,
        f"this is not YAML: {problem or 'it cannot be read'}",
        "check the line above too",
    )
