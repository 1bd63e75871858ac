"""Show a run on a terminal while it happens: text on stdout as it comes, who speaks on stderr."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agents_sahara.cli.console import Console
from agents_sahara.cli.machine import answer_text
from agents_sahara.cli.progress import (
    tell_attempt_failed,
    tell_calls,
    tell_failed_tool,
    tell_limit,
    tell_lost_agent,
    tell_refusal,
    tell_switch,
)
from agents_sahara.events import (
    AgentStarted,
    AttemptFailed,
    BudgetReached,
    GuardrailTripped,
    HandedOff,
    ProviderSwitched,
    RunEvent,
    RunFinished,
    RunResult,
    TextDelta,
    ToolCalled,
    ToolReturned,
    Warned,
)
from agents_sahara.types import Attempt


async def show_live(events: AsyncGenerator[RunEvent], console: Console) -> RunResult | None:
    """Show every event until the run is over; what came of it.

    Raises:
        SaharaError: the run failed; what was shown stays.
    """
    screen = _Screen(console)
    try:
        async with aclosing(events):
            async for event in events:
                screen.show(event)
    finally:
        screen.end_line()
    return screen.result


class _Screen:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._speaker: str | None = None
        self._is_mid_line = False
        self._told: list[Attempt] = []
        self.result: RunResult | None = None

    def show(self, event: RunEvent) -> None:
        """Show one event; those that a person does not need are passed over."""
        if isinstance(event, TextDelta):
            self._speak(event.agent, event.text)
            return
        self.end_line()
        match event:
            case AgentStarted():  # who speaks again, as in a loop, begins a text of its own
                self._speaker = None
            case HandedOff():
                self._console.note(f"{event.from_agent} -> {event.to_agent}")
            case ToolCalled():
                self._console.detail(f"{event.agent} calls {event.tool} {event.arguments}")
            case ToolReturned():
                tell_failed_tool(event, self._console)
            case AttemptFailed() | BudgetReached() | GuardrailTripped() | ProviderSwitched() | Warned():
                self._tell_trouble(event)
            case RunFinished():
                self._finish(event)

    def _tell_trouble(
        self, event: AttemptFailed | BudgetReached | GuardrailTripped | ProviderSwitched | Warned
    ) -> None:
        match event:
            case AttemptFailed():
                self._tell_failed(event)
            case BudgetReached():
                tell_limit(event, self._console)
            case GuardrailTripped():
                tell_refusal(event, self._console)
            case ProviderSwitched():
                tell_switch(event, self._console)
            case Warned():
                self._console.warn(event.message)

    def _tell_failed(self, event: AttemptFailed) -> None:
        """The last failure is left to the error that ends the run, or to the summary."""
        if event.retry_in_s is not None:
            tell_attempt_failed(event, self._console)
            self._told.append(event.attempt)

    def _speak(self, agent: str, text: str) -> None:
        if not text:
            return
        if agent != self._speaker:
            self.end_line()
            self._console.note(f"{agent}:")
            self._speaker = agent
        self._console.write(text)
        self._console.flush()
        self._is_mid_line = not text.endswith("\n")

    def _finish(self, event: RunFinished) -> None:
        self.result = event.result
        if event.result.interruptions:  # what follows is told when the person has decided
            self.end_line()
            return
        if self._speaker != event.result.last_agent:
            self._speak(event.result.last_agent, answer_text(event.result))
        self.end_line()
        tell_lost_agent(event.result, self._console)
        tell_calls(event.result, self._console, told=self._told)

    def end_line(self) -> None:
        """Leave the cursor at the beginning of a line, so that what follows is no part of the text."""
        if self._is_mid_line:
            self._console.write("\n")
            self._console.flush()
            self._is_mid_line = False
