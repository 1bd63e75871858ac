"""What a server of tools says now and said before, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from agents_sahara.types import ToolChange

_MOST_SHOWN = 2000
"""Characters shown of what a server says of one tool."""


def lines_of(change: ToolChange) -> Iterator[str]:
    """One change for people."""
    if change.now is None:
        yield f"gone: {change.tool}"
        return
    if change.before is None:
        yield f"new: {change.tool}"
    else:
        yield f"changed: {change.tool}"
        yield f"  before: {change.before or '(not remembered)'}"
    yield f"  now: {_cut(change.now)}"
    if change.before and change.now.startswith(change.before):
        yield "  It begins as before: what is other stands behind that, or in the schemas of arguments and answer."


def _cut(text: str) -> str:
    """A long text says how much of it is not shown: an order to a model may stand there."""
    more = len(text) - _MOST_SHOWN
    return text if more <= 0 else f"{text[:_MOST_SHOWN]} ... and {more:,} more characters"
