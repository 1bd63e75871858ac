"""The backend that needs no model: the brain decides, the same way every time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from agents_sahara.emulator.answer import make_answer, number_calls
from agents_sahara.emulator.brain.reply import Reply
from agents_sahara.emulator.chat_request import ChatRequest
from agents_sahara.emulator.delivery import present
from agents_sahara.emulator.wire import Outgoing
from agents_sahara.types import JsonObject

Decide: TypeAlias = Callable[[JsonObject], Reply]
"""From the body of a request to what is answered: pure and deterministic."""


class Sim:
    """The simulator as a backend."""

    name = "sim"
    behind = "simulator, no language model"

    def __init__(self, decide: Decide, clock: Callable[[], float]) -> None:
        self._decide = decide
        self._clock = clock

    async def respond(self, request: ChatRequest) -> Outgoing:
        """What the brain decides."""
        reply = self._decide(request.body)
        answer = make_answer(request, text=reply.text, calls=number_calls(request, reply.tool_calls))
        return present(request, answer, created=int(self._clock()), reason=reply.reason)

    async def aclose(self) -> None:
        """Nothing to let go of."""
