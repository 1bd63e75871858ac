"""What a call of a tool may know of the run that it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import uuid4

from agents_sahara.events import RunEvent

Tell: TypeAlias = Callable[[RunEvent], Awaitable[None]]
"""Passes on what happens below the agent in control."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """One call of a tool."""

    agent: str
    """Key of the agent that calls."""
    tool: str
    """The tool's name as the model sees it."""
    call_id: str
    """Unique in its run."""
    run_id: str
    """The run's `trace_id`; empty where the SDK's own Runner runs the agent."""
    session: str | None = None
    """Id of the stored conversation."""
    _lone: str = field(default_factory=lambda: uuid4().hex, compare=False, repr=False)
    """Sets a call apart whose run has no id: the ids of calls alone are alike in many runs."""

    @property
    def idempotency_key(self) -> str:
        """The same for each attempt at this call and for no other call: for services that must not act twice."""
        told = f"{self.run_id or self._lone}\n{self.agent}\n{self.tool}\n{self.call_id}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ToolRun:
    """The run that tools are called in."""

    run_id: str
    session: str | None = None
    tell: Tell | None = None
    hide: Callable[[str], str] | None = None
    """Takes keys out of a text."""
    sessions: dict[str, int] = field(default_factory=dict)
    """By the key of a server of tools: which of the sessions with it the run knows of, counted from 1."""


current_call: ContextVar[str | None] = ContextVar("agents_sahara_call", default=None)
"""Id of the call of a tool that the current task works for; None outside of one."""

current_tools: ContextVar[ToolRun | None] = ContextVar("agents_sahara_tools", default=None)
"""The run that the current task belongs to, as tools see it; None outside a run of ours."""

is_unattended: ContextVar[bool] = ContextVar("agents_sahara_unattended", default=False)
"""Whether no person can be asked of a call here: inside of a judgement, or below a run that is none of ours."""
