"""Stands between an agent and whoever answers its model calls, so that a guardrail always holds.

However an agent is reached, it asks its model here: at the start of a run, after a handoff, as a tool of another, and
where it is run with the SDK itself. The SDK's own guardrails hold for the first agent of a run and its last answer
only, and look at a stream when it has been shown (openai-agents 0.24, checked 2026-11-28).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from openai.types.chat import ChatCompletion

from agents_sahara.errors import GuardrailError
from agents_sahara.events import GuardrailTripped
from agents_sahara.graph.guards import Guardrail, Guards
from agents_sahara.guardrails.texts import words_of_user
from agents_sahara.guardrails.verdicts import Court, NoVerdictError, refusal
from agents_sahara.routing.client import Answering, Part
from agents_sahara.routing.unstreamed import in_parts
from agents_sahara.types import Stage
from agents_sahara.usage.ledger import current_ledger


@dataclass(frozen=True, slots=True)
class Watch:
    """Answers the model calls of a guarded agent."""

    agent: str
    guards: Guards
    behind: Answering
    court: Court

    async def answer(self, request: Mapping[str, Any]) -> ChatCompletion:
        """A completion that the guardrails let pass.

        Raises:
            GuardrailError: they do not, or one could not tell; no model was asked where it was about the input.
        """
        await self._check(self.guards.input, "input", words_of_user(request["messages"]))
        completion = await self.behind.answer(request)
        await self._check(self.guards.output, "output", _said(completion))
        return completion

    async def stream(self, request: Mapping[str, Any]) -> AsyncGenerator[Part]:
        """As `answer`, in parts: those of an answer that must be checked come once it is whole and has passed."""
        if self.guards.output:
            whole = {
                name: value for name, value in request.items() if name not in ("stream", "stream_options")
            }
            for piece in in_parts(await self.answer(whole)):
                yield piece
            return
        await self._check(self.guards.input, "input", words_of_user(request["messages"]))
        async with aclosing(self.behind.stream(request)) as parts:
            async for part in parts:
                yield part

    async def _check(self, guards: Sequence[Guardrail], stage: Stage, text: str) -> None:
        ledger = current_ledger.get()
        passed = set() if ledger is None else ledger.passed
        for guardrail in sorted(guards, key=_price) if text else ():
            case = (self.agent, guardrail.name, text)
            if case not in passed:
                await check(guardrail, text, self.court, Where(self.agent, stage))
                passed.add(case)


def _price(guardrail: Guardrail) -> bool:
    """Those that ask a model come last."""
    return guardrail.judge is not None


def _said(completion: ChatCompletion) -> str:
    return (completion.choices[0].message.content or "") if completion.choices else ""


@dataclass(frozen=True, slots=True)
class Where:
    """What is checked."""

    agent: str
    stage: Stage
    tool: str | None = None


async def check(guardrail: Guardrail, text: str, court: Court, where: Where) -> None:
    """Let `text` pass, or say in the run's events that it does not.

    Raises:
        GuardrailError: the guardrail refuses the text, or could not tell.
        SaharaError: its judge gave no answer.
    """
    reply = guardrail.reply
    try:
        reason = await refusal(guardrail, text, court)
    except NoVerdictError as problem:
        reason, reply = f"it could not be judged: {problem}", None
    if reason is None:
        return
    tripped = GuardrailTripped(where.agent, guardrail.name, where.stage, where.tool, reason)
    ledger = current_ledger.get()
    if ledger is not None:
        await ledger.tripped(tripped)
    what = _REFUSED_WHAT[where.stage].format(tool=where.tool)
    raise GuardrailError(
        f"agent {where.agent!r}: the guardrail {guardrail.name!r} refused {what}: {reason}",
        agent=where.agent,
        guardrail=guardrail.name,
        stage=where.stage,
        tool=where.tool,
        reply=reply,
    )


_REFUSED_WHAT: dict[Stage, str] = {
    "input": "the message",
    "output": "the answer",
    "tool_input": "the arguments of the tool {tool!r}",
    "tool_output": "the result of the tool {tool!r}",
}
