"""Carry out what a script's rule says."""

from __future__ import annotations

from typing import assert_never

from agents_sahara.emulator.answer import Call, call_id, make_answer
from agents_sahara.emulator.chat_request import ChatRequest
from agents_sahara.emulator.delivery import JSON_TYPE, present
from agents_sahara.emulator.refusals import error_body
from agents_sahara.emulator.script import Fail, Raw, Say, Tool, Use, Wire
from agents_sahara.emulator.wire import Outgoing, dump

REASON = "script"


def speak(action: Say | Use, request: ChatRequest, *, created: int) -> Outgoing:
    """The answer that a rule gives in the model's place."""
    if isinstance(action, Say):
        answer = make_answer(request, text=action.text, model=action.answered_model)
    else:
        calls = tuple(_call(request, tool, place) for place, tool in enumerate(action.tools))
        answer = make_answer(request, text=action.text, calls=calls)
    return present(request, answer, created=created, reason=REASON)


def spoil(action: Fail | Raw | Wire) -> Outgoing:
    """The fault that a rule asks for; it needs to know nothing of the request."""
    match action:
        case Fail():
            return _fail(action)
        case Raw():
            body = action.body.encode() if isinstance(action.body, str) else action.body
            kind = {} if action.content_type is None else {"Content-Type": action.content_type}
            return Outgoing(action.status, kind | dict(action.headers), body)
        case Wire():
            return Outgoing(0, {}, action.data, is_wire=True)
        case _:
            assert_never(action)


def _fail(action: Fail) -> Outgoing:
    body = action.body
    if body is None:
        body = error_body(action.status, f"Scripted error {action.status}.", code="scripted")
    is_bytes = isinstance(body, bytes)
    kind = action.content_type or ("text/plain; charset=utf-8" if is_bytes else JSON_TYPE["Content-Type"])
    data = body if isinstance(body, bytes) else dump(body)
    return Outgoing(action.status, {"Content-Type": kind} | dict(action.headers), data)


def _call(request: ChatRequest, tool: Tool, place: int) -> Call:
    arguments = tool.arguments if isinstance(tool.arguments, str) else dump(tool.arguments).decode()
    return Call(call_id(request, place) if tool.id is None else tool.id, tool.name, arguments)
