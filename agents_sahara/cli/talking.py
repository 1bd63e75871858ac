"""Which stored conversation a command goes on with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from agents_sahara.cli.console import Console
from agents_sahara.errors import UsageError
from agents_sahara.runner.team import Team


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the team."""

    message: str
    agent: str | None
    """Key of the agent to start with; None is the entry."""
    max_turns: int | None
    """None is what the file's budget says."""
    session: str | None = None
    """Id of the stored conversation to go on with."""
    goes_on: bool = False
    """Whether it is the one that was used last."""
    trace: Path | None = None
    """The file or folder that the trace of the run goes to."""


async def with_session(team: Team, request: Request, console: Console) -> Request:
    """The request with the id of its conversation, where it has one.

    Raises:
        UsageError: it is to go on with the last conversation, and there is none.
        SessionError: the store cannot be used.
    """
    if request.goes_on:
        latest = await team.latest_session()
        if latest is None:
            raise UsageError(
                f"the team {team.graph.name!r} has no stored conversation to go on with",
                mend="begin one: --session anna (any text is an id)",
            )
        request = replace(request, session=latest)
    if request.session is not None:
        console.detail(f"conversation {request.session!r} in {team.session_store}")
        if not team.keeps_sessions:
            console.warn(
                "`session` keeps conversations in memory: this one is forgotten when the command ends"
            )
    return request
