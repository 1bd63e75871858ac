"""What every kind of tool gives: something that can be described to a model, and called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agents_sahara.graph.values import AgentGraph
from agents_sahara.tools.connections import Connections
from agents_sahara.tools.context import ToolContext


class Callee(Protocol):
    """One tool, ready to be called; safe from several runs at once."""

    @property
    def description(self) -> str:
        """What the model reads, unless the team file says it."""
        ...

    @property
    def schema(self) -> dict[str, Any]:
        """Its arguments, as a JSON Schema of an object."""
        ...

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """What it answers.

        Raises:
            ToolError: in words for the model.
            WaitsForPerson: there is no answer before a person decides; the same call is made again then.
            Exception: anything else; the model learns only that the tool failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What kinds make their tools from."""

    graph: AgentGraph
    ask: Callable[[str, str], Awaitable[str]]
    """Asks the agent of a key a question, and gives its answer."""
    connections: Connections
    """To the hosts of its requests."""


class EndsRun(Exception):  # noqa: N818  no failure of the tool's: it carries one of the whole run
    """A tool met what ends the whole run, such as a model call without an answer."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class WaitsForPerson(Exception):  # noqa: N818  no failure: the call goes on later
    """A call that has begun cannot end before a person has decided something."""
