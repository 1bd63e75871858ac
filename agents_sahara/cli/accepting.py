"""Ask the person at the terminal about a server of tools that says other things than when it was accepted.

A run is refused before any model is asked, so that it can begin again after a yes, which is remembered. Where nobody
can answer, the run ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from agents_sahara.cli.accepting_lines import lines_of
from agents_sahara.cli.asking import can_answer, yes_or_no
from agents_sahara.cli.console import Console
from agents_sahara.errors import ToolsChangedError
from agents_sahara.runner.team import Team

T = TypeVar("T")


async def accepting(team: Team, console: Console, begin: Callable[[], Awaitable[T]]) -> T:
    """What `begin` gives; a server that has changed is asked about, and after a yes it begins again.

    Raises:
        ToolsChangedError: nobody can answer, or the answer is no.
    """
    while True:
        try:
            return await begin()
        except ToolsChangedError as changed:
            if not await is_accepted(changed, team, console):
                raise


async def is_accepted(changed: ToolsChangedError, team: Team, console: Console) -> bool:
    """Whether the person says yes to what the server says now."""
    if not changed.changes or not can_answer():
        return False
    console.notice(f"the server of tools {changed.server!r} has changed since it was accepted:")
    for change in changed.changes:
        for line in lines_of(change):
            console.notice(f"  {line}")
    if not await yes_or_no("Accept what it says now, as long as it does not change? [y/N] ", console):
        return False
    team.accept_tools(changed)
    return True
