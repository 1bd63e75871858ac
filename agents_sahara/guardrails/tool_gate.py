"""Stands in front of one tool of an agent: a call passes its guardrails and, where it must, a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents import FunctionTool, Tool
from agents.tool_context import ToolContext

from agents_sahara.errors import GuardrailError
from agents_sahara.graph.approvals import Approval
from agents_sahara.graph.guards import Guardrail, Guards
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.guardrails.verdicts import Court
from agents_sahara.guardrails.watch import Where, check
from agents_sahara.tools.context import is_unattended
from agents_sahara.types import Stage
from agents_sahara.usage.ledger import current_ledger

_NOBODY = (
    "The tool {tool} was not called: it needs a person's approval, and nobody can be asked here. Say so."
)


@dataclass(frozen=True, slots=True)
class Gates:
    """What stands in front of the tools of a team."""

    court: Court

    def shut(self, agent: str, node: ToolNode, tool: FunctionTool) -> None:
        """Let calls of `tool`, as the agent of that key has it, pass what the file says of `node`."""
        if node.approval is not None or node.guards != Guards():
            ToolGate(agent, node.name, self.court, node.guards, node.approval).shut(tool)


@dataclass(frozen=True, slots=True)
class ToolGate:
    """What stands in front of a tool."""

    agent: str
    """Key of the agent that has it."""
    tool: str
    """Its name, as the model sees it."""
    court: Court
    guards: Guards = field(default_factory=Guards)
    approval: Approval | None = None

    def shut(self, tool: FunctionTool) -> None:
        """Let no call reach `tool` but through here."""
        if self.approval is not None:
            tool.needs_approval = self._needs_approval
        inner = tool.on_invoke_tool

        async def invoke(context: ToolContext[Any], arguments: str) -> Any:
            if self._is_out_of_reach(arguments):
                _note(context, "it needs an approval, and nobody can be asked")
                return _NOBODY.format(tool=self.tool)
            refused = await self._refused(self.guards.input, written_out(arguments), "tool_input")
            if refused is None:
                answer = await inner(context, arguments)
                refused = await self._refused(self.guards.output, str(answer), "tool_output")
                if refused is None:
                    return answer
            _note(context, "a guardrail refused it")
            return refused

        tool.on_invoke_tool = invoke

    async def _needs_approval(self, _context: object, params: Mapping[str, Any], _call_id: str) -> bool:
        """Whether the SDK asks a person, who needs no question where nobody can be asked: see `_is_out_of_reach`.

        Arguments that are no object never come here: the SDK asks about them (openai-agents 0.24, checked
        2026-11-28).
        """
        return not is_unattended.get() and self._asks(params)

    def question(self, arguments: str) -> str | None:
        """What the team file asks about a call; None where it says nothing."""
        if self.approval is None or self.approval.question is None:
            return None
        return self.approval.question.fill_in(self._values(parsed(arguments)))

    def _values(self, params: object) -> dict[str, object]:
        return {"args": params, "tool": self.tool, "agent": self.agent}

    def _asks(self, params: Mapping[str, Any]) -> bool:
        return self.approval is not None and self.approval.is_needed(self._values(params))

    def _is_out_of_reach(self, arguments: str) -> bool:
        """Whether the call needs a person where none can be asked; see `is_unattended`."""
        if self.approval is None or not is_unattended.get():
            return False
        params = parsed(arguments)
        return not isinstance(params, dict) or self._asks(params)

    async def _refused(self, guards: Sequence[Guardrail], text: str, stage: Stage) -> str | None:
        """What the model is told in place of the tool's answer; None where the guardrails let it pass.

        Raises:
            GuardrailError: a guardrail without a reply refuses it, or one could not tell.
        """
        ledger = current_ledger.get()
        passed = set() if ledger is None else ledger.passed
        for guardrail in guards:
            case = (f"{self.agent} {self.tool} {stage}", guardrail.name, text)
            if case in passed:
                continue
            try:
                await check(guardrail, text, self.court, Where(self.agent, stage, self.tool))
            except GuardrailError as refusal:
                if refusal.reply is None:
                    raise
                return refusal.reply
            passed.add(case)
        return None


def _note(context: ToolContext[Any], error: str) -> None:
    """The operator learns that the call gave no answer of its own, which then ends no turn either."""
    ledger = current_ledger.get()
    if ledger is not None:
        ledger.tool_failures[context.tool_call_id] = error


def question_of(tool: Tool, arguments: str) -> str | None:
    """What the team file asks about a call of `tool`, wherever the tool comes from; None where it says nothing."""
    asks = tool.needs_approval if isinstance(tool, FunctionTool) else None
    gate = getattr(asks, "__self__", None)
    return gate.question(arguments) if isinstance(gate, ToolGate) else None


def written_out(arguments: str) -> str:
    """The arguments of a call as guardrails read them: a line a value, `name: value`, with escapes resolved."""
    params = parsed(arguments)
    return "\n".join(_lines(params)) if isinstance(params, dict) else arguments


def parsed(arguments: str) -> object:
    """What the arguments of a call say; None where they are no JSON."""
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return None


def _lines(value: object) -> Iterator[str]:
    """Without recursion: a model chooses how deep it is."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        name, part = waiting.pop()
        if isinstance(part, dict):
            waiting += [(f"{name}.{key}" if name else str(key), one) for key, one in reversed(part.items())]
        elif isinstance(part, list):
            waiting += [(name, one) for one in reversed(part)]
        else:
            yield f"{name}: {part if isinstance(part, str) else json.dumps(part)}"
