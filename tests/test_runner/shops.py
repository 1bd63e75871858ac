"""Processes with a team whose agents have a dangerous tool, which needs a person's yes: for runs that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from agents import FunctionTool
from agents.tool_context import ToolContext

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Action, Rule, Say, Tool, Use, When
from agents_sahara.events import RunEvent, RunFinished, RunResult
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from tests.test_runner.runs import team_on

T = TypeVar("T")


class Shop:
    """One process; `made` are the refunds that it paid."""

    def __init__(self, gateway: LocalGateway, text: str, *desks: str, way: str = "run") -> None:
        self.made: list[str] = []
        self.looked: list[str] = []
        self.events: list[RunEvent] = []
        self.team: Team = team_on(gateway, load_graph(text, environ={}))
        self._way = way
        schema = {"type": "object", "properties": {"amount": {"type": "integer"}}}
        for desk in desks:
            own = self.team.agents[desk].tools
            own.append(
                FunctionTool(
                    "refund", "Pays.", schema, self._refund, strict_json_schema=False, needs_approval=True
                )
            )
            own.append(FunctionTool("look", "Looks up.", schema, self._look, strict_json_schema=False))

    async def _refund(self, _context: ToolContext[Any], arguments: str) -> str:
        self.made.append(arguments)
        return "refunded"

    async def _look(self, _context: ToolContext[Any], arguments: str) -> str:
        self.looked.append(arguments)
        return "seen"

    def do(self, work: Callable[[Team], Awaitable[T]]) -> T:
        """What `work` gives, in a loop of its own; the team is closed then."""

        async def go() -> T:
            async with self.team as team:
                return await work(team)

        return asyncio.run(go())

    def run(self, message: str = "go", **options: Any) -> RunResult:
        """The result of a run."""
        return self.do(lambda team: self.ask(team, message, **options))

    def resume(self, first: RunResult | str, **decided: Any) -> RunResult:
        """The result of what goes on."""
        token = first if isinstance(first, str) else first.token or ""
        return self.do(lambda team: self.go_on(team, token, **decided))

    async def ask(self, team: Team, message: str, **options: Any) -> RunResult:
        """A run in this shop's way: whole, or as a stream."""
        if self._way == "run":
            return await team.run(message, **options)
        async for event in team.stream(message, **options):
            self.events.append(event)
        return self._finished()

    async def go_on(self, team: Team, token: str, **decided: Any) -> RunResult:
        """As `ask`, for a run that waits."""
        if self._way == "run":
            return await team.resume(token, **decided)
        async for event in team.resume_stream(token, **decided):
            self.events.append(event)
        return self._finished()

    def _finished(self) -> RunResult:
        end = self.events[-1]
        assert isinstance(end, RunFinished)
        return end.result


def scripted(gateway: LocalGateway, *rules: Rule) -> None:
    """What models answer from here on; `gateway.calls` begins anew."""
    gateway.script(rules)
    gateway.calls.clear()


def does(agent: str, action: Action, **more: Any) -> Rule:
    """What the agent with these instructions answers, once."""
    when = replace(more.pop("when", When()), system=f"the {agent} desk")
    return Rule(action, when, times=1, **more)


def calls(*tools: tuple[str, Any]) -> Use:
    """An answer that is calls of tools."""
    return Use(tuple(Tool(name, arguments) for name, arguments in tools))


def refunds(*amounts: int) -> Use:
    """An answer that asks to pay back."""
    return calls(*(("refund", {"amount": amount}) for amount in amounts))


def says(agent: str, text: str, **more: Any) -> Rule:
    """The agent's answer in words, once."""
    return does(agent, Say(text), **more)


def asked(gateway: LocalGateway) -> list[str]:
    """Which agents were asked since the script was set, by their instructions."""
    bodies: list[Any] = [call.body for call in gateway.calls]
    return [body["messages"][0]["content"].split()[-2] for body in bodies]


def waiting_for(result: RunResult) -> list[tuple[str, str, str]]:
    """What a person has to decide, by id, agent and arguments."""
    return [(one.id, one.agent, one.arguments) for one in result.interruptions]
