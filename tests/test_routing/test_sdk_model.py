"""What the model of an agent sends and gives is what the SDK's own chat model would, for whatever it is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from agents import (
    Agent,
    AgentOutputSchema,
    FunctionTool,
    Handoff,
    Model,
    ModelSettings,
    ModelTracing,
    OpenAIChatCompletionsModel,
    UserError,
    WebSearchTool,
)
from agents.models.chatcmpl_helpers import HEADERS_OVERRIDE
from openai import AsyncOpenAI
from openai.types.shared import Reasoning
from pydantic import BaseModel

from agents_sahara.routing.sdk_model import SaharaModel
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.recording import Recorder, recording
from tests.teams import solo

Given = dict[str, Any]


class _Weather(BaseModel):
    city: str
    degrees: float | None = None


async def _never(*_: object) -> Any:
    raise AssertionError


def _tool(name: str, *, strict: bool = True, description: str = "Tells the time.") -> FunctionTool:
    schema = {"type": "object", "properties": {"zone": {"type": "string"}}, "additionalProperties": False}
    return FunctionTool(name, description, schema | {"required": ["zone"]}, _never, strict_json_schema=strict)


_HANDOFF: Handoff[Any, Agent[Any]] = Handoff("transfer_to_b", "To b", {"type": "object"}, _never, "b")

_CALL = {"type": "function_call", "call_id": "c1", "name": "clock", "arguments": '{"zone":"UTC"}', "id": "x"}
_SAID = {
    "type": "message",
    "id": "m",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Sí.", "annotations": []}],
}
_THOUGHT = {
    "type": "reasoning",
    "id": "r",
    "summary": [{"type": "summary_text", "text": "Hm."}],
    "provider_data": {"model": "gpt-4o", "response_id": "1"},
}
_RAW_THOUGHT = {
    "type": "reasoning",
    "id": "r",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "Hm."}],
    "provider_data": {"model": "gpt-4o", "chat_completions_reasoning_field": "reasoning"},
}


def _output(of: object, call_id: str = "c1") -> dict[str, object]:
    return {"type": "function_call_output", "call_id": call_id, "output": of}


def _user(*parts: object) -> dict[str, object]:
    return {"role": "user", "content": list(parts)}


_ITEMS: Mapping[str, Any] = {
    "a text": "¿Qué? 🕐",
    "an empty text": "",
    "no items": [],
    "texts": [{"content": "a", "role": "user"}, {"role": "assistant", "content": "b"}],
    "typed texts": [{"type": "message", "role": "user", "content": "a"}],
    "a phase": [
        {"role": "assistant", "content": "a", "phase": "commentary"},
        {"role": "user", "content": "b"},
    ],
    "calls": [{"role": "user", "content": "a"}, _CALL, _output("12:00"), {"role": "user", "content": "b"}],
    "a call and a word": [_CALL, _SAID, _output([{"type": "input_text", "text": "12"}])],
    "a word and a call": [
        _SAID,
        _CALL,
        _CALL | {"call_id": "c2", "arguments": ""},
        _output("1"),
        _output("2", "c2"),
    ],
    "thoughts": [{"role": "user", "content": "a"}, _THOUGHT, _CALL, _output("1"), _RAW_THOUGHT, _SAID],
    "thoughts between texts": [_THOUGHT, {"role": "user", "content": "a"}, _CALL, _output("1")],
    "pictures and files": [
        _user(
            {"type": "input_text", "text": "See"},
            {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "original"},
            {"type": "input_file", "file_data": "AA==", "filename": "a.pdf"},
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}},
            {"type": "image_url", "image_url": {"url": "https://a.test/c"}},
        )
    ],
}

_ASKED: Mapping[str, Given] = {
    **{f"items: {name}": {"input": items} for name, items in _ITEMS.items()},
    "no instructions": {"system_instructions": None},
    "tools": {"tools": [_tool("clock"), _tool("loose", strict=False, description="")]},
    "tools and handoffs": {"tools": [_tool("clock")], "handoffs": [_HANDOFF]},
    "a choice": {
        "tools": [_tool("clock")],
        "model_settings": ModelSettings(tool_choice="required", parallel_tool_calls=True),
    },
    "a named choice": {"handoffs": [_HANDOFF], "model_settings": ModelSettings(tool_choice="transfer_to_b")},
    "a choice without tools": {
        "model_settings": ModelSettings(tool_choice="none", parallel_tool_calls=False)
    },
    "a schema": {"output_schema": AgentOutputSchema(_Weather)},
    "a loose schema": {"output_schema": AgentOutputSchema(dict[str, int], strict_json_schema=False)},
    "a plain schema": {"output_schema": AgentOutputSchema(str)},
    "settings": {
        "model_settings": ModelSettings(
            temperature=0.0,
            top_p=0.5,
            frequency_penalty=1,
            presence_penalty=-1,
            max_tokens=5,
            reasoning=Reasoning(effort="low"),
            verbosity="low",
            top_logprobs=2,
            metadata={"a": "é"},
            store=True,
            prompt_cache_retention="24h",
            extra_args={"seed": 1, "stop": ["x"], "logprobs": True},
            extra_body={"temperature": 1, "more": {"deep": None}},
            extra_query={"v": "1"},
            extra_headers={"X-A": "b"},
        )
    },
}


@dataclass(frozen=True)
class _Pair:
    """A model of ours and two of the SDK's that ask the same gateway."""

    ours: Model
    theirs: Model
    guarded: Model
    """The SDK's over our retry loop."""


def _completion(_: str, body: bytes) -> bytes:
    said: dict[str, Any] = {"content": "Yes.", "annotations": [_CITED], "refusal": None}
    if b'"clock"' in body:
        said = {"content": None, "reasoning_content": "Hm.", "tool_calls": [_function("clock")]}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **said}}
    if b'"top_logprobs"' in body:
        choice["logprobs"] = {"content": [_PROBABLE], "refusal": None}
    used = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    details = {
        "prompt_tokens_details": {"cached_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return _framed("application/json", json.dumps({**answer, "usage": used | details}).encode())


def _function(name: str) -> dict[str, Any]:
    return {"id": "c9", "type": "function", "function": {"name": name, "arguments": '{"zone":"UTC"}'}}


_PROBABLE = {
    "token": "Yes",
    "logprob": -0.1,
    "bytes": None,
    "top_logprobs": [{"token": "y", "logprob": -1.0}],
}
_CITED = {
    "type": "url_citation",
    "url_citation": {"start_index": 0, "end_index": 1, "url": "https://a.test", "title": "A"},
}


def _framed(kind: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nx-request-id: r1\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _asked(model: Model, given: Given) -> Any:
    return await model.get_response(
        **{
            "system_instructions": "Be brief.",
            "input": "Hi",
            "model_settings": ModelSettings(),
            "tools": [],
            "output_schema": None,
            "handoffs": [],
            "tracing": ModelTracing.DISABLED,
            "previous_response_id": None,
            "conversation_id": None,
            "prompt": None,
            **given,
        }
    )


async def _told(model: Model, given: Given) -> list[dict[str, Any]]:
    given = {"system_instructions": "Be brief.", "input": "Hi", "model_settings": ModelSettings(), **given}
    stream = model.stream_response(
        given["system_instructions"],
        given["input"],
        given["model_settings"],
        given.get("tools", []),
        given.get("output_schema"),
        given.get("handoffs", []),
        ModelTracing.DISABLED,
        previous_response_id=None,
        conversation_id=None,
        prompt=None,
    )
    events = [event.model_dump() async for event in stream]
    for event in events:
        if "response" in event:
            event["response"]["created_at"] = 0
    return events


def _plain(response: Any) -> Any:
    return [item.model_dump() for item in response.output], response.usage, response.request_id


@pytest.fixture(scope="module")
def gateway() -> Iterator[Recorder]:
    with recording(_completion) as recorder:
        yield recorder


async def _with_both(base_url: str, work: Any) -> Any:
    async with (
        Team(solo(), Settings.local(base_url)) as team,
        AsyncOpenAI(api_key="k", base_url=base_url, organization="openai", max_retries=0) as client,
    ):
        model = team.agents["solo"].model
        assert isinstance(model, SaharaModel)
        theirs, guarded = (OpenAIChatCompletionsModel("gpt-4o", one) for one in (client, model._client))
        return await work(_Pair(model, theirs, guarded))


@pytest.mark.parametrize("case", _ASKED)
def test_a_model_asks_and_answers_as_the_chat_model_of_the_sdk(case: str, gateway: Recorder) -> None:
    async def work(pair: _Pair) -> None:
        expected = _plain(await _asked(pair.theirs, _ASKED[case]))
        wanted = gateway.take()
        for _ in range(2):  # what is kept from the first time must not show in the second
            assert _plain(await _asked(pair.ours, _ASKED[case])) == expected
            sent = gateway.take()
            assert [(one.path, one.body) for one in sent] == [(one.path, one.body) for one in wanted]
            assert [one.headers | {"authorization": ""} for one in sent] == [
                one.headers | {"authorization": ""} for one in wanted
            ]

    asyncio.run(_with_both(gateway.base_url, work))


def test_a_tool_that_changes_is_offered_as_it_is_now(gateway: Recorder) -> None:
    async def work(pair: _Pair) -> None:
        tool = _tool("watch")
        await _asked(pair.ours, {"tools": [tool]})
        tool.description = "Tells nothing."
        await _asked(pair.ours, {"tools": [tool]})
        tool.params_json_schema = {"type": "object", "properties": {}}
        await _asked(pair.ours, {"tools": [tool, _tool("other")]})
        bodies = [json.loads(one.body) for one in gateway.take()]
        said = [[t["function"] for t in body["tools"]] for body in bodies]
        assert [one["description"] for one in said[1]] == ["Tells nothing."]
        assert said[2][0]["parameters"] == {"type": "object", "properties": {}}
        assert len(said[2]) == 2

    asyncio.run(_with_both(gateway.base_url, work))


def test_headers_that_change_between_calls_are_sent_as_they_are_now(gateway: Recorder) -> None:
    async def work(pair: _Pair) -> None:
        for value in ("1", "2"):
            token = HEADERS_OVERRIDE.set({"X-Turn": value})
            await _asked(pair.ours, {})
            HEADERS_OVERRIDE.reset(token)
        await _asked(pair.ours, {})
        assert [one.headers.get("x-turn") for one in gateway.take()] == ["1", "2", None]

    asyncio.run(_with_both(gateway.base_url, work))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"tools": [WebSearchTool()]}, UserError),
        ({"input": [{"type": "item_reference", "id": "x"}]}, UserError),
        (
            {"tools": [_tool("t")], "model_settings": ModelSettings(tool_choice="programmatic_tool_calling")},
            UserError,
        ),
        ({"model_settings": ModelSettings(temperature=1, extra_args={"temperature": 2})}, TypeError),
        ({"model_settings": ModelSettings(extra_args={"extra_query": 2, "model": "x"})}, TypeError),
    ],
    ids=["hosted tool", "reference", "choice", "twice", "two twice"],
)
def test_what_a_chat_request_cannot_say_is_refused_with_the_words_of_the_sdk(
    given: Given, error: type[Exception], gateway: Recorder
) -> None:
    async def work(pair: _Pair) -> None:
        with pytest.raises(error) as expected:
            await _asked(pair.theirs, given)
        with pytest.raises(error) as found:
            await _asked(pair.ours, given)
        assert str(found.value) == str(expected.value)
        with pytest.raises(error):
            await _told(pair.ours, given)
        assert gateway.take() == []

    asyncio.run(_with_both(gateway.base_url, work))


def test_a_traced_call_is_made_as_well(gateway: Recorder) -> None:
    async def work(pair: _Pair) -> None:
        traced = {"tracing": ModelTracing.ENABLED}
        assert _plain(await _asked(pair.ours, traced)) == _plain(await _asked(pair.theirs, traced))
        assert len(gateway.take()) == 2

    asyncio.run(_with_both(gateway.base_url, work))


def _delta(**said: Any) -> dict[str, Any]:
    return {"delta": said}


def _texts(*texts: str) -> list[dict[str, Any]]:
    return [_delta(content=text) for text in texts]


def _piece(index: int, **function: Any) -> dict[str, Any]:
    more = {"id": f"c{index}", "type": "function"} if "name" in function else {}
    return _delta(tool_calls=[{"index": index, **more, "function": function}])


_END = [{"delta": {}, "finish_reason": "stop"}]
_CALLED = [{"delta": {}, "finish_reason": "tool_calls"}]

_STREAMS: Mapping[str, list[dict[str, Any]]] = {
    "text": [_delta(role="assistant", content=""), *_texts("Ho", "la", ", ", "¿qué", ' "tal"?\n', "\\", "🕐"), *_END],
    "one piece": [*_texts("Hi"), *_END],
    "the end in the last piece": [*_texts("a", "b"), {"delta": {"content": "c"}, "finish_reason": "stop"}],
    "empty pieces between": [*_texts("a", "b", "", "c", "", ""), *_END],
    "a role in each": [*(_delta(role="assistant", content=text) for text in "abcd"), *_END],
    "nulls": [*(_delta(content=text, refusal=None, tool_calls=None) for text in "abcd"), *_END],
    "reasoning": [_delta(reasoning_content="Hm"), _delta(reasoning_content="."), *_texts("a", "b", "c"), *_END],
    "raw reasoning": [_delta(reasoning="Hm"), _delta(reasoning="."), *_texts("a", "b", "c"), *_END],
    "reasoning again": [*_texts("a", "b", "c"), _delta(reasoning_content="Hm"), *_texts("d", "e", "f"), *_END],
    "thinking": [
        _delta(thinking_blocks=[{"type": "thinking", "thinking": "Hm"}]),
        _delta(thinking_blocks=[{"type": "thinking", "signature": "s"}]),
        *_texts("a", "b", "c"),
        *_END,
    ],
    "a call": [_piece(0, name="f", arguments=""), _piece(0, arguments="{}"), *_CALLED],
    "a call behind text": [*_texts("a", "b", "c"), _piece(0, name="f", arguments="{}"), *_CALLED],
    "two calls among text": [
        _piece(0, name="f", arguments="{}"),
        *_texts("a", "b", "c"),
        _piece(1, name="g", arguments='{"a"'),
        _piece(1, arguments=":1}"),
        *_texts("d", "e"),
        *_CALLED,
    ],
    "a refusal": [_delta(refusal="No"), _delta(refusal="."), *_END],
    "a refusal behind text": [*_texts("a", "b", "c"), _delta(refusal="No"), *_texts("d", "e", "f"), *_END],
    "text behind a refusal": [_delta(refusal="No"), *_texts("a", "b", "c"), *_END],
    "probabilities": [
        *_texts("a", "b"),
        {"delta": {"content": "c"}, "logprobs": {"content": [_PROBABLE], "refusal": None}},
        *_texts("d", "e"),
        *_END,
    ],
    "citations": [*_texts("a", "b", "c"), _delta(content="d", annotations=[_CITED]), *_texts("e", "f"), *_END],
    "citations in each": [*(_delta(content=text, annotations=[_CITED]) for text in "abcd"), *_END],
    "another id": [*_texts("a", "b"), *({**piece, "id": "2"} for piece in _texts("c", "d")), *_END],
    "half an escape": [_delta(content="\\"), _delta(content="u0041"), *_texts('"', '{"content":"x"}', "'"), *_END],
    "blanks": [*_texts(" ", "\n", "a", " ", "b"), *_END],
    "usage in the middle": [*_texts("a", "b"), {"delta": {"content": "c"}, "usage": True}, *_texts("d", "e"), *_END],
    "another choice": [{**piece, "index": 1} for piece in (*_texts(*"abcd"), *_END)],
    "obfuscated": [{"delta": {"content": text}, "obfuscation": text * 3} for text in "abcd"] + _END,
}  # fmt: skip

_MENDED = {"reasoning", "raw reasoning", "blanks", "another choice"}
"""Streams that begin with pieces which the retry loop joins before it shows them, or that the SDK passes over."""

_USED = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def _stream(chunks: list[dict[str, Any]], *, spaced: bool, usage: bool) -> bytes:
    lines = []
    for said in chunks:
        chunk = {"id": said.get("id", "1"), "object": "chat.completion.chunk", "created": 1, "model": "m"}
        choice = {"index": 0, "finish_reason": None, "logprobs": None, **said}
        for name in ("id", "usage", "obfuscation"):
            choice.pop(name, None)
        more = {name: said[name] for name in ("obfuscation",) if name in said}
        more |= {"usage": _USED if said.get("usage") else None} if usage else {}
        lines.append({**chunk, "choices": [choice], **more})
    if usage:
        lines.append({**lines[-1], "choices": [], "usage": _USED})
    separators = (", ", ": ") if spaced else (",", ":")
    body = "".join(
        f"data: {json.dumps(line, separators=separators, ensure_ascii=spaced)}\n\n" for line in lines
    )
    return _framed("text/event-stream", body.encode() + b"data: [DONE]\n\n")


@pytest.mark.parametrize("usage", [False, True], ids=["", "usage"])
@pytest.mark.parametrize("spaced", [False, True], ids=["dense", "spaced"])
def test_the_events_of_a_stream_are_those_of_the_chat_model_of_the_sdk(spaced: bool, usage: bool) -> None:
    given = {"model_settings": ModelSettings(include_usage=usage)}

    async def work(pair: _Pair) -> None:
        for name, chunks in _STREAMS.items():
            recorder.answer = lambda *_, said=chunks: _stream(said, spaced=spaced, usage=usage)
            found = await _told(pair.ours, given)
            said = "".join(piece["delta"].get("content") or "" for piece in chunks)
            assert (
                "".join(one["delta"] for one in found if one["type"] == "response.output_text.delta") == said
            )
            assert found == await _told(pair.guarded, given), name
            if name not in _MENDED:
                assert found == await _told(pair.theirs, given), name
            assert len({one.body for one in recorder.take()}) == 1

    with recording(_completion) as recorder:
        asyncio.run(_with_both(recorder.base_url, work))


@pytest.mark.parametrize(
    "leaving", ["response.created", "response.content_part.added", "a", "c", "response.completed"]
)
def test_a_reader_that_leaves_in_the_middle_leaves_nothing_open(leaving: str) -> None:
    async def work(pair: _Pair) -> None:
        stream = pair.ours.stream_response(
            None, "Hi", ModelSettings(), [], None, [], ModelTracing.DISABLED,
            previous_response_id=None, conversation_id=None, prompt=None,
        )  # fmt: skip
        async for event in stream:
            if event.type == leaving or getattr(event, "delta", None) == leaving:
                break
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
        assert len(asyncio.all_tasks()) == 1
        left = {one.__name__ for one in asyncio.get_running_loop()._asyncgens if one.ag_frame}  # type: ignore[attr-defined]
        assert not left & {"events_of", "handle_stream", "stream", "_chunks"}

    with recording(lambda *_: _stream([*_texts(*"abcdef"), *_END], spaced=False, usage=False)) as recorder:
        asyncio.run(_with_both(recorder.base_url, work))
