"""What a contestant must be able to do.

Each side imports its framework at the top of its file, so a process loads only the side it runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bench.teams import Desk

Message = str | list[dict[str, str]]
"""A user's message, or a whole history that ends with one."""


class Runnable(Protocol):
    """A team that is ready to run."""

    async def run(self, message: Message) -> str:
        """The team's answer."""
        ...

    def stream(self, message: Message) -> AsyncIterator[str]:
        """The answer's text as it comes."""
        ...

    async def call(self, message: str) -> str:
        """What the specialist's model says, asked by itself: one model call, no run around it."""
        ...


class Side(Protocol):
    """A way to write and run a team; a module of this folder."""

    def triage(self, base_url: str, extra_agents: int) -> AbstractAsyncContextManager[Runnable]:
        """The documentation's triage team, with so many more agents in the graph."""
        ...

    def from_yaml(self, text: str, base_url: str) -> AbstractAsyncContextManager[Runnable]:
        """A team made from YAML text."""
        ...

    def in_code(
        self, desks: Sequence[Desk], text: str, base_url: str
    ) -> AbstractAsyncContextManager[Runnable]:
        """A team without a file, where the side has a way to write that; else from the same team's text."""
        ...
