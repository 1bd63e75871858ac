"""Pass on what a server behind the gateway answered: labelled, and with tool calls written as text repaired.

Pure but for the stream that it reads. In a stream, text is held back while tools are offered, because only its
end shows whether it was a call.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing

from agents_sahara.emulator.answer import Call, number_calls
from agents_sahara.emulator.chat_request import ChatRequest
from agents_sahara.emulator.completion import UPSTREAM_FINGERPRINT
from agents_sahara.emulator.repair import Repaired, repair
from agents_sahara.types import Json, JsonObject


def relabel(body: JsonObject, request: ChatRequest) -> dict[str, Json]:
    """A whole answer, with the label in place of the server's fingerprint."""
    choices = body.get("choices")
    passed = [_mended(choice, request) for choice in choices] if isinstance(choices, list) else choices
    return {**body, "choices": passed, "system_fingerprint": UPSTREAM_FINGERPRINT}


async def relay_chunks(
    chunks: AsyncGenerator[JsonObject, None], request: ChatRequest
) -> AsyncGenerator[dict[str, Json], None]:
    """The chunks of a streamed answer; a whole completion among them is taken apart."""
    held: list[dict[str, Json]] = []
    is_holding = _may_call(request)
    async with aclosing(chunks):
        async for chunk in chunks:
            for part in _as_chunks(chunk, request):
                if not is_holding:
                    yield part
                    continue
                held.append(part)
                if _first(part, "tool_calls"):
                    is_holding = False
                    for earlier in held:
                        yield earlier
                    held.clear()
    for part in _released(held, request):
        yield part


def _released(held: list[dict[str, Json]], request: ChatRequest) -> Iterator[dict[str, Json]]:
    text = "".join(str(_first(part, "content") or "") for part in held)
    found = repair(text, request.tools) if held and request.n == 1 else None
    if found is None:
        yield from held
        return
    head = {name: value for name, value in held[0].items() if name not in ("choices", "usage")}
    yield from (head | {"choices": [choice]} for choice in _call_choices(found, request))
    yield from (part for part in held if not part.get("choices"))


def _call_choices(found: Repaired, request: ChatRequest) -> Iterator[dict[str, Json]]:
    numbered = enumerate(number_calls(request, found.calls))
    calls: Json = [{"index": place} | _as_json(call) for place, call in numbered]
    yield _choice({"role": "assistant", "content": found.text}, None)
    yield _choice({"tool_calls": calls}, None)
    yield _choice({}, "tool_calls")


def _as_chunks(body: JsonObject, request: ChatRequest) -> Iterator[dict[str, Json]]:
    """A chunk as it is; a whole completion, from a server that does not stream, taken apart."""
    labelled = {**body, "system_fingerprint": UPSTREAM_FINGERPRINT}
    whole = [choice for choice in _choices(body) if isinstance(choice.get("message"), Mapping)]
    if not whole:
        yield labelled
        return
    head = {name: value for name, value in labelled.items() if name not in ("choices", "usage")}
    head["object"] = "chat.completion.chunk"
    for choice in whole:
        index = choice.get("index", 0)
        yield head | {"choices": [_choice(_delta_of(choice["message"]), None, index)]}
        yield head | {"choices": [_choice({}, choice.get("finish_reason"), index)]}
    if request.include_usage and "usage" in body:
        yield head | {"choices": [], "usage": body["usage"]}


def _delta_of(message: Json) -> dict[str, Json]:
    assert isinstance(message, Mapping)
    calls = message.get("tool_calls")
    if not isinstance(calls, list) or not calls:
        return {"role": "assistant", "content": message.get("content")}
    numbered: Json = [
        {"index": place, **call} for place, call in enumerate(calls) if isinstance(call, Mapping)
    ]
    return {"role": "assistant", "content": message.get("content"), "tool_calls": numbered}


def _mended(choice: Json, request: ChatRequest) -> Json:
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping) or message.get("tool_calls"):
        return choice
    content = message.get("content")
    found = repair(content, request.tools) if isinstance(content, str) and _may_call(request) else None
    if found is None:
        return choice
    calls: Json = [_as_json(call) for call in number_calls(request, found.calls)]
    mended = {**message, "content": found.text, "tool_calls": calls}
    return {**choice, "finish_reason": "tool_calls", "message": mended}


def _may_call(request: ChatRequest) -> bool:
    return bool(request.tools) and request.body.get("tool_choice") != "none"


def _choices(body: JsonObject) -> list[JsonObject]:
    choices = body.get("choices")
    return [choice for choice in choices if isinstance(choice, Mapping)] if isinstance(choices, list) else []


def _first(part: JsonObject, key: str) -> Json:
    """The value of the first choice's delta."""
    delta = next((choice.get("delta") for choice in _choices(part)), None)
    return delta.get(key) if isinstance(delta, Mapping) else None


def _choice(delta: dict[str, Json], finish_reason: Json, index: Json = 0) -> dict[str, Json]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def is_finished(chunk: JsonObject) -> bool:
    """Whether a chunk carries the reason why the answer ended."""
    return any(choice.get("finish_reason") or "message" in choice for choice in _choices(chunk))


def has_content(chunk: JsonObject) -> bool:
    """Whether a chunk carries something of the answer."""
    return bool(_first(chunk, "content") or _first(chunk, "tool_calls"))


def _as_json(call: Call) -> dict[str, Json]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}
