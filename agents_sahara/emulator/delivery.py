"""Turn an answer into something that can be sent: JSON where it was asked whole, events where it was streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from agents_sahara.emulator.answer import Answer
from agents_sahara.emulator.chat_request import ChatRequest
from agents_sahara.emulator.completion import chunks, completion
from agents_sahara.emulator.wire import DONE, Outgoing, Piece, dump, event

BACKEND_HEADER = "X-Sahara-Backend"
REASON_HEADER = "X-Sahara-Reason"
EVENT_STREAM = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
JSON_TYPE = {"Content-Type": "application/json"}


class Backend(Protocol):
    """Who answers: the simulator, or a server behind the gateway."""

    name: str
    """Value of the `X-Sahara-Backend` header."""
    behind: str
    """What stands behind every model, for people."""

    async def respond(self, request: ChatRequest) -> Outgoing:
        """The answer.

        Raises:
            RefusalError: there is none, and why.
        """

    async def aclose(self) -> None:
        """Let go of connections."""


def present(request: ChatRequest, answer: Answer, *, created: int, reason: str) -> Outgoing:
    """A simulated answer in the form that the request asked for, labelled as simulated."""
    labels = {BACKEND_HEADER: "sim", REASON_HEADER: reason}
    if request.is_stream:
        return Outgoing(200, EVENT_STREAM | labels, tuple(_events(request, answer, created)))
    return Outgoing(200, JSON_TYPE | labels, dump(completion(request, answer, created=created)))


def _events(request: ChatRequest, answer: Answer, created: int) -> Iterator[Piece]:
    for chunk, is_content in chunks(request, answer, created=created):
        yield Piece(event(chunk), is_content)
    yield Piece(DONE)
