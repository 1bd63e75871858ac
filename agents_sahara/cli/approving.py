"""Ask the person at the terminal about each call that waits, and go on as they say.

Where nobody can answer, no call is made: the run is given up, and ends with an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from agents_sahara.cli.asking import can_answer, yes_or_no
from agents_sahara.cli.console import Console
from agents_sahara.errors import ApprovalError
from agents_sahara.events import ApprovalNeeded, RunResult
from agents_sahara.runner.team import Team
from agents_sahara.types import Spent

MOST_SHOWN = 4000
"""Characters of a call's arguments; a longer one cannot be judged, and is refused."""

Resume: TypeAlias = Callable[[str, list[str], list[str]], Awaitable[RunResult | None]]
"""Goes on with a run: its token, the ids that are approved and those that are refused."""


async def until_answered(
    team: Team, result: RunResult | None, console: Console, resume: Resume, *, may_ask: bool
) -> RunResult | None:
    """The result behind all approvals.

    Raises:
        ApprovalError: nobody can answer.
    """
    while result is not None and result.interruptions and result.token is not None:
        if not (may_ask and can_answer()):
            await team.discard(result.token)
            raise unanswered(result)
        try:
            answers = [(one.id, await _ask(one, console)) for one in result.interruptions]
        except asyncio.CancelledError:  # Ctrl-C: nobody else has the token, so nobody can go on
            await team.discard(result.token)
            raise
        approved = [id_ for id_, is_yes in answers if is_yes]
        refused = [id_ for id_, is_yes in answers if not is_yes]
        result = await resume(result.token, approved, refused)
    return result


def unanswered(result: RunResult) -> ApprovalError:
    """The error of a run that waits where nobody can answer."""
    needed = result.interruptions[0]
    error = ApprovalError(
        f"agent {needed.agent!r}: the tool {needed.tool!r} needs an approval, and there is nobody to ask",
        mend="run it at a terminal, or embed the team and answer with `team.resume`",
        agent=needed.agent,
        tool=needed.tool,
    )
    error.spent = Spent(
        result.path, result.usage, result.cost_usd, result.attempts, result.prices, result.tool_calls
    )
    return error


async def _ask(needed: ApprovalNeeded, console: Console) -> bool:
    console.notice(f"{needed.agent} asks to call {needed.tool}")
    if len(needed.arguments) > MOST_SHOWN:
        console.warn(f"its arguments have {len(needed.arguments):,} characters, too many to judge: refused")
        return False
    console.notice(f"  arguments: {needed.arguments}")
    return await yes_or_no(f"{needed.question} [y/N] ", console)
