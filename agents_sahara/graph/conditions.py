"""The expressions of a file: parsed where they stand, and judged by the names that have values there."""

from __future__ import annotations

from collections.abc import Collection

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.expressions.expression import Expression, parse
from agents_sahara.expressions.nodes import Name
from agents_sahara.expressions.problems import ExpressionError
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.source.within import stretch


def condition(text: str, place: Place, roots: Collection[str], around: Surroundings) -> Expression | None:
    """The expression that the scalar at `place` holds; its names must begin with one of `roots`.

    None where it is none, which is reported.
    """
    lines = around.files.lines(place.file)
    try:
        expression = parse(text)
    except ExpressionError as problem:
        where = stretch(lines, place, text, problem.start, problem.end)
        around.report.add("bad-expression", where, problem.message, mend=problem.mend)
        return None
    for name in expression.names():
        if name.path[0] not in roots:
            report_name(name, 1, roots, stretch(lines, place, text, name.start, name.end), around)
    return expression


def report_name(name: Name, parts: int, known: Collection[str], place: Place, around: Surroundings) -> None:
    """Say that the first `parts` of `name` have no value here, and what has."""
    said, before = name.path[parts - 1], name.path[: parts - 1]
    message = f"there is no {'.'.join(name.path[:parts])!r} here"
    mend = did_you_mean(said, known, what=f"names in {'.'.join(before)}" if before else "names here")
    around.report.add("unknown-name", place, message, mend=mend)
