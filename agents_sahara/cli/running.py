"""Run a checked team and show it: whole, live on a terminal, or as JSON.

Whole answers come from `Team.run`, which can recover every fault of a stream; live ones from `Team.stream`, which
never takes back what was shown. Imported only when a team is really run: it loads the SDK.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from agents_sahara.cli.accepting import accepting
from agents_sahara.cli.approving import until_answered
from agents_sahara.cli.asking import asker
from agents_sahara.cli.configured import has_own_endpoint
from agents_sahara.cli.console import Console
from agents_sahara.cli.event_lines import exit_code_of, print_events
from agents_sahara.cli.interrupt import speak
from agents_sahara.cli.live import show_live
from agents_sahara.cli.machine import answer_text, json_text
from agents_sahara.cli.progress import tell_calls, tell_failed_tools, tell_path
from agents_sahara.cli.served import advise
from agents_sahara.cli.shape import Shape
from agents_sahara.cli.talking import Request, with_session
from agents_sahara.clients.early import EarlyRequest
from agents_sahara.errors import NotFoundError
from agents_sahara.events import RunEvent, RunResult
from agents_sahara.graph.values import AgentGraph
from agents_sahara.runner.loops import new_loop
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.usage.ledger import Ask

if TYPE_CHECKING:
    from agents_sahara.emulator.gateway import LocalGateway


def run(
    graph: AgentGraph,
    request: Request,
    console: Console,
    *,
    shape: Shape,
    settings: Settings | None,
    early: EarlyRequest | None = None,
) -> int:
    """Ask the team and show the answer; returns the exit code. Without `settings` a local simulator answers.

    Raises:
        SaharaError: there is no answer, and `shape` leaves it to the caller to say so.
    """
    gateway = _local_gateway(graph, console) if settings is None else None
    with gateway or nullcontext():
        if gateway is not None:
            settings = Settings.local(gateway.base_url)
            console.note(
                "a local simulator answers, not the models: no key is used, "
                + ("and the tools are real" if _has_tools(graph) else "nothing leaves this machine")
            )
        assert settings is not None
        for warning in settings.warnings:
            console.warn(warning)
        speak()
        try:
            team = Team(graph, settings, early=early, trace_file=request.trace)
            with asyncio.Runner(loop_factory=new_loop) as runner:
                return runner.run(_ask(team, request, console, shape))
        except NotFoundError as failure:
            if not has_own_endpoint(graph, failure.provider):
                advise(failure, settings)
            raise


def _has_tools(graph: AgentGraph) -> bool:
    return any(node.tools for node in graph.agents.values())


def _local_gateway(graph: AgentGraph, console: Console) -> LocalGateway:
    from agents_sahara.emulator.gateway import LocalGateway  # a whole server, which few runs need

    return LocalGateway(pairs=graph.pairs(), open_models=graph.open_models(), log=console.detail)


async def _ask(team: Team, request: Request, console: Console, shape: Shape) -> int:
    async with team:
        request = await with_session(team, request, console)
        if shape == "lines":
            return await print_events(team, partial(_stream, team, request), console)
        if shape == "text" and console.out_is_terminal:
            return exit_code_of(await _live(team, request, console))
        ask = None if shape == "object" else asker(console)
        result = await accepting(team, console, partial(_whole, team, request, ask))

        async def go_on(token: str, approved: list[str], refused: list[str]) -> RunResult:
            resume = partial(team.resume, token, approve=approved, reject=refused, ask=ask)
            return await accepting(team, console, resume)

        answered = await until_answered(team, result, console, go_on, may_ask=shape == "text")
        result = answered or result
    for warning in result.warnings:
        console.warn(warning)
    tell_failed_tools(result.tool_calls, console)
    tell_path(result, console)
    tell_calls(result, console)
    console.write(json_text(result.to_json()) if shape == "object" else _as_text(result))
    return exit_code_of(result)


async def _live(team: Team, request: Request, console: Console) -> RunResult | None:
    """Show the run as it happens, and ask in between."""
    ask = asker(console)

    async def go_on(token: str, approved: list[str], refused: list[str]) -> RunResult | None:
        resume = partial(team.resume_stream, token, approve=approved, reject=refused, ask=ask)
        return await accepting(team, console, lambda: show_live(resume(), console))

    result = await accepting(team, console, lambda: show_live(_stream(team, request, ask), console))
    return await until_answered(team, result, console, go_on, may_ask=True)


async def _whole(team: Team, request: Request, ask: Ask | None) -> RunResult:
    return await team.run(
        request.message, session=request.session, agent=request.agent, max_turns=request.max_turns, ask=ask
    )


def _stream(team: Team, request: Request, ask: Ask | None = None) -> AsyncGenerator[RunEvent]:
    return team.stream(
        request.message, session=request.session, agent=request.agent, max_turns=request.max_turns, ask=ask
    )


def _as_text(result: RunResult) -> str:
    text = answer_text(result)
    return text if text.endswith("\n") else text + "\n"
