"""A run for programs, `--stream-json`: each event as one line of JSON, at once; a failure is the last of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from agents_sahara.cli.accepting import is_accepted
from agents_sahara.cli.approving import unanswered
from agents_sahara.cli.asking import can_answer
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import DONE, GUARDED
from agents_sahara.cli.machine import json_text
from agents_sahara.errors import SaharaError, ToolsChangedError
from agents_sahara.events import AgentStarted, RunEvent, RunFailed, RunFinished, RunResult, RunStarted
from agents_sahara.runner.team import Team


async def print_events(team: Team, begin: Callable[[], AsyncGenerator[RunEvent]], console: Console) -> int:
    """Print the run that `begin` begins; the exit code.

    Raises:
        SaharaError: it failed, and no line says so.
    """
    printer = _Printer(console)
    try:
        async with aclosing(begin()) as events:
            async for event in events:
                if isinstance(event, RunFinished) and event.result.interruptions:
                    event = await _given_up(team, event.result)
                printer.take(event)
    except SaharaError as error:
        if isinstance(error, ToolsChangedError) and await is_accepted(error, team, console):
            return await print_events(team, begin, console)
        printer.flush()
        if not printer.has_told_failure:
            raise
        return error.exit_code
    return printer.code


async def _given_up(team: Team, result: RunResult) -> RunFailed:
    """How a run ends that waits for an approval where a program reads."""
    await team.discard(result.token or "")
    return RunFailed(unanswered(result))


def exit_code_of(result: RunResult | None) -> int:
    """The exit code of a run that has an output: a guardrail's reply is none of an agent's."""
    return DONE if result is None or result.guardrail is None else GUARDED


class _Printer:
    """Prints events; where a person can answer, the first of a run wait until it is clear that it goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._held: list[RunEvent] = []
        self._is_holding = can_answer()
        self.has_told_failure = False
        self.code = DONE

    def take(self, event: RunEvent) -> None:
        """Print `event`, now or with the next one."""
        self._held.append(event)
        if isinstance(event, RunFailed):
            self.has_told_failure, self.code = True, event.error.exit_code
            if self._is_holding and isinstance(event.error, ToolsChangedError):
                return
        if isinstance(event, RunFinished):
            self.code = exit_code_of(event.result)
        if not (self._is_holding and isinstance(event, RunStarted | AgentStarted)):
            self.flush()

    def flush(self) -> None:
        """Print what waits; nothing waits any more."""
        self._is_holding = False
        for event in self._held:
            self._console.write_own(json_text(event.to_json(), lines=True))
            self._console.flush()
        self._held.clear()
