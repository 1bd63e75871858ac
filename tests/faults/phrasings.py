"""Beside the rows: what stands in an answer, said in other ways: mended where that is safe, else refused."""

from __future__ import annotations

from typing import Any

from tests.faults.cases import ACCEPT, Play, plain, stop, well
from tests.faults.replies import (
    FIRST_TEXT,
    call,
    calling,
    completion,
    json_reply,
)
from tests.faults.rows_calls import DESK, HANDED, then_well
from tests.faults.wire import Fault


def _with(**fields: object) -> dict[str, Any]:
    return completion() | fields


def _choice(**fields: object) -> dict[str, Any]:
    made = completion()
    made["choices"][0] |= fields
    return made


_OTHER = {"index": 1, "message": {"role": "assistant", "content": "another"}, "finish_reason": "stop"}
_FIELDS = (
    plain(0, "error null beside an answer", json_reply(_with(error=None)), ACCEPT),
    plain(0, "error empty beside an answer", json_reply(_with(error={})), ACCEPT),
    plain(0, "code and message beside an answer", json_reply(_with(code=0, message="ok")), ACCEPT),
    plain(
        0,
        "tokens as numeric strings",
        json_reply(_with(usage={"prompt_tokens": "9", "completion_tokens": "12", "total_tokens": "21"})),
        ACCEPT,
    ),
    plain(
        0,
        "tokens as fractions",
        json_reply(_with(usage={"prompt_tokens": 9.5, "completion_tokens": 12, "total_tokens": 21})),
        ACCEPT,
    ),
    plain(
        0,
        "tokens null",
        json_reply(_with(usage={"prompt_tokens": None, "completion_tokens": None, "total_tokens": None})),
        ACCEPT,
    ),
    plain(
        0,
        "negative tokens",
        json_reply(_with(usage={"prompt_tokens": -1, "completion_tokens": 12, "total_tokens": 21})),
        ACCEPT,
    ),
    plain(0, "usage as a list", json_reply(_with(usage=[])), ACCEPT),
    plain(
        0,
        "usage with odd details",
        json_reply(
            _with(
                usage={
                    "prompt_tokens": 9,
                    "completion_tokens": 12,
                    "total_tokens": 21,
                    "prompt_tokens_details": "none",
                    "completion_tokens_details": [],
                }
            )
        ),
        ACCEPT,
    ),
    plain(0, "no id, no model, no created", json_reply({"choices": completion()["choices"]}), ACCEPT),
    plain(0, "a model as a number", json_reply(_with(model=7)), ACCEPT),
    plain(0, "created as text", json_reply(_with(created="now")), ACCEPT),
    plain(0, "one choice with index 1", json_reply(_choice(index=1)), ACCEPT),
    plain(0, "a choice without an index", json_reply(_choice(index=None)), ACCEPT),
    plain(0, "two choices", json_reply(_with(choices=[*completion()["choices"], _OTHER])), ACCEPT),
    plain(0, "choices as an object", json_reply(_with(choices={"0": completion()["choices"][0]}))),
    plain(0, "a choice null", json_reply(_with(choices=[None]))),
    plain(0, "a choice as text", json_reply(_with(choices=["hello"]))),
    plain(0, "no role", json_reply(_choice(message={"content": FIRST_TEXT})), ACCEPT),
    plain(0, "another role", json_reply(_choice(message={"role": "system", "content": FIRST_TEXT})), ACCEPT),
    plain(
        0,
        "text instead of a message",
        json_reply(_with(choices=[{"index": 0, "text": FIRST_TEXT, "finish_reason": "stop"}])),
    ),
    plain(
        0,
        "a delta instead of a message",
        json_reply(_with(choices=[{"index": 0, "delta": {"content": FIRST_TEXT}, "finish_reason": "stop"}])),
    ),
    plain(0, "content as a number", json_reply(completion(42))),
    plain(0, "content as an object", json_reply(completion({"text": "x"}))),
    plain(
        0,
        "content in parts",
        json_reply(
            completion([{"type": "text", "text": FIRST_TEXT[:5]}, {"type": "text", "text": FIRST_TEXT[5:]}])
        ),
        ACCEPT,
    ),
    plain(
        0,
        "content in parts, one of them no text",
        json_reply(completion([{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {}}])),
    ),
    plain(0, "an empty list of parts", json_reply(completion([]))),
    plain(0, "reasoning beside an answer", json_reply(completion(reasoning_content="hm")), ACCEPT),
    plain(0, "reasoning and no answer", json_reply(completion(None, reasoning_content="hm"))),
    plain(
        0, "a refusal", json_reply(completion(None, refusal="I will not.")), stop("unusable_answer", "refuse")
    ),
    plain(0, "a refusal null", json_reply(completion(refusal=None)), ACCEPT),
    plain(0, "tool_calls empty", json_reply(completion(tool_calls=[])), ACCEPT),
    plain(0, "annotations and audio null", json_reply(completion(annotations=None, audio=None)), ACCEPT),
    plain(
        0,
        "an error inside the choice",
        json_reply(_choice(error={"message": "boom", "code": 502}, finish_reason="error")),
    ),
    plain(
        0,
        "a legacy function call",
        json_reply(completion(None, "function_call", function_call={"name": DESK, "arguments": "{}"})),
    ),
    plain(
        0,
        "a legacy function call beside text",
        json_reply(completion(function_call={"name": DESK, "arguments": "{}"})),
    ),
    *(
        plain(0, f"finish {finish!r}", json_reply(completion(FIRST_TEXT, finish)), ACCEPT)
        for finish in ("eos", "STOP", "end_turn", None)
    ),
    *(
        plain(0, f"finish {finish!r}", json_reply(completion("half", finish)))
        for finish in (
            "tool_calls",
            "abort",
            "error",
            "MAX_TOKENS",
            "unknown",
            "insufficient_system_resource",
            7,
        )
    ),
)

_UNENDED = Fault.both(json_reply(calling(call(DESK, "{}"), finish=None)))
_CALLS = (
    then_well(0, "finish stop with tool calls", calling(call(DESK, "{}"), finish="stop"), HANDED),
    Play(0, "finish null with tool calls", (_UNENDED, well()), run=HANDED, team="desk"),
    then_well(0, "arguments empty", calling(call(DESK, "")), HANDED),
    then_well(0, "arguments as an object", calling(call(DESK, {})), HANDED),
    plain(0, "arguments null", json_reply(calling(call(DESK, None))), team="desk"),
    then_well(
        0,
        "no type",
        calling({"index": 0, "id": "call_1", "function": {"name": DESK, "arguments": "{}"}}),
        HANDED,
    ),
    then_well(0, "an id as a number", calling(call(DESK, "{}", 7)), HANDED),
    plain(0, "arguments as a list", json_reply(calling(call(DESK, "[1]"))), team="desk"),
    plain(0, "arguments with something behind them", json_reply(calling(call(DESK, "{}}"))), team="desk"),
    plain(0, "a call null", json_reply(completion(None, "tool_calls", tool_calls=[None])), team="desk"),
    plain(
        0, "a call without a function", json_reply(calling({"id": "call_1", "type": "function"})), team="desk"
    ),
    plain(0, "a call without a name", json_reply(calling(call("", "{}"))), team="desk"),
    plain(
        0,
        "a call of another type",
        json_reply(calling({"id": "c", "type": "custom", "custom": {"name": "x", "input": "y"}})),
        team="desk",
    ),
    plain(
        0,
        "calls as an object",
        json_reply(completion(None, "tool_calls", tool_calls={"0": call(DESK, "{}")})),
        team="desk",
    ),
)


ROWS: tuple[Play, ...] = (*_FIELDS, *_CALLS)
