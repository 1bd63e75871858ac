"""`agent`: another agent of the team answers a question; it sees the question alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents_sahara.graph.tools.agent import AskedAgent
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.tools.callee import Bench
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.marking import ToolError


@dataclass(frozen=True, slots=True)
class AgentCallee:
    """An agent that is asked."""

    agent: str
    bench: Bench
    description: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """One text."""
        asked = {"type": "string", "description": "What to ask, with all that is needed to answer it."}
        return {
            "type": "object",
            "properties": {"input": asked},
            "required": ["input"],
            "additionalProperties": False,
        }

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:  # noqa: ARG002
        """The agent's answer.

        Raises:
            ToolError: nothing is asked.
            EndsRun: no model answered.
        """
        question = arguments.get("input")
        if not isinstance(question, str) or not question.strip():
            raise ToolError("The arguments do not fit. input: say what to ask.")
        return await self.bench.ask(self.agent, question)


def make(node: ToolNode, bench: Bench) -> AgentCallee:
    """The agent that `node` names."""
    assert isinstance(node.does, AskedAgent)
    return AgentCallee(node.does.agent, bench)
