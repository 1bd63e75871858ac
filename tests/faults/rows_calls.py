"""Rows 39 to 42: tool calls that did not arrive whole, odd ones, and ends that are no normal end.

A handoff is the tool that can be seen to run: control moves.
"""

from __future__ import annotations

import json
from typing import Any

from tests.faults.cases import PARTIAL, SWITCH, Play, Want, plain, stop, streamed, well
from tests.faults.replies import (
    CLOSE,
    DONE,
    HALF,
    RESET,
    ROLE,
    Pause,
    call,
    call_chunk,
    calling,
    chunk,
    completion,
    json_reply,
    reply,
    sse,
)
from tests.faults.wire import Fault

DESK, SHOP = "transfer_to_desk", "transfer_to_shop"
HANDED = Want("accept", calls=2, path=("solo", "desk"))
_BEGUN = call_chunk(call(DESK, ""))
_MORE = call_chunk({"index": 0, "function": {"arguments": '{"a'}})
_BREAK = (Pause(0.05), RESET)

_CUT = (
    streamed(39, "cut in its arguments, clean end", sse(ROLE, _BEGUN, _MORE), team="desk"),
    streamed(39, "cut in its arguments, [DONE]", sse(ROLE, _BEGUN, _MORE, DONE), team="desk"),
    streamed(
        39,
        "cut in its arguments, with a finish",
        sse(ROLE, _BEGUN, _MORE, chunk(finish="tool_calls"), DONE),
        team="desk",
    ),
    streamed(
        39,
        "arguments valid so far, clean end",
        sse(ROLE, call_chunk(call(DESK, "{}"))),
        team="desk",
    ),
    streamed(
        39, "arguments valid so far, [DONE]", sse(ROLE, call_chunk(call(DESK, "{}")), DONE), team="desk"
    ),
    streamed(
        39, "arguments valid so far, reset", sse(ROLE, call_chunk(call(DESK, "{}")), then=_BREAK), team="desk"
    ),
    streamed(
        39, "arguments valid so far, end", sse(ROLE, call_chunk(call(DESK, "{}")), then=(CLOSE,)), team="desk"
    ),
    streamed(
        39, "at its length", sse(ROLE, call_chunk(call(DESK, "{}"), finish="length"), DONE), team="desk"
    ),
    streamed(39, "text first, then cut", sse(*HALF, call_chunk(call(DESK, "{}"))), PARTIAL, team="desk"),
    plain(39, "plain, arguments cut", json_reply(calling(call(DESK, '{"a'))), team="desk"),
    plain(39, "plain, at its length", json_reply(calling(call(DESK, "{}"), finish="length")), team="desk"),
    plain(39, "plain, JSON cut", reply(json.dumps(calling(call(DESK, "{}")))[:-60]), team="desk"),
    streamed(
        40,
        "the second of two cut, clean end",
        sse(ROLE, call_chunk(call(DESK, "{}")), call_chunk(call(SHOP, '{"a', "call_2", 1))),
        team="desk",
    ),
    streamed(
        40,
        "the second of two cut, with a finish",
        sse(
            ROLE,
            call_chunk(call(DESK, "{}")),
            call_chunk(call(SHOP, '{"a', "call_2", 1)),
            chunk(finish="tool_calls"),
            DONE,
        ),
        team="desk",
    ),
    streamed(
        40,
        "the second of two without a name",
        sse(
            ROLE,
            call_chunk(call(DESK, "{}")),
            call_chunk({"index": 1, "id": "call_2"}),
            chunk(finish="tool_calls"),
            DONE,
        ),
        team="desk",
    ),
    plain(
        40,
        "plain, the second of two cut",
        json_reply(calling(call(DESK, "{}"), call(SHOP, '{"a', "call_2"))),
        team="desk",
    ),
)


def then_well(row: int, name: str, made: dict[str, Any], want: Want = HANDED, **more: Any) -> Play:
    """A completion with tool calls, the same as a stream, and a member that is well after it."""
    message = made["choices"][0]["message"]
    finish = made["choices"][0]["finish_reason"]
    as_stream = sse(ROLE, chunk(message), chunk(finish=finish), DONE)
    return Play(
        row, name, (Fault(json_reply(made), as_stream), well()), run=want, stream=want, team="desk", **more
    )


_UNKNOWN = Want("accept", calls=2)
_FOR_EVER = Want("limit", "limit", calls=20, within_s=30)
_ENDLESS = Fault(
    json_reply(calling(call("no_such_tool", "{}"))),
    sse(ROLE, call_chunk(call("no_such_tool", "{}"), finish="tool_calls"), DONE),
)
_ODD = (
    then_well(41, "no id", calling(call(DESK, "{}", None))),
    then_well(41, "an empty id", calling(call(DESK, "{}", ""))),
    then_well(41, "the same id twice", calling(call(DESK, "{}"), call(SHOP, "{}", "call_1", 1))),
    then_well(41, "an unknown tool", calling(call("no_such_tool", "{}")), _UNKNOWN),
    then_well(
        41, "an unknown tool with a name that is none", calling(call("../../etc \u202e", "{}")), _UNKNOWN
    ),
    Play(
        41, "an unknown tool for ever", (_ENDLESS,), run=_FOR_EVER, stream=_FOR_EVER, team="desk", members=1
    ),
)


def _ended(finish: str, text: str = "together answ") -> Fault:
    """A stream that shows text and ends so, and the same answer in one piece."""
    return Fault(json_reply(completion(text, finish)), sse(*HALF, chunk(finish=finish), DONE))


_WITHHELD = Fault(
    json_reply(completion(None, "content_filter")), sse(ROLE, chunk(finish="content_filter"), DONE)
)
_SAYS_SO = stop("unusable_answer", "length limit")
_FILTERED = stop("unusable_answer", "content filter")
_ENDS = (
    Play(42, "cut at its length", (_ended("length"),), run=SWITCH, stream=PARTIAL),
    Play(42, "cut at its length, alone", (_ended("length"),), run=_SAYS_SO, members=1),
    Play(42, "withheld by a filter", (_ended("content_filter"),), run=SWITCH, stream=PARTIAL),
    Play(42, "withheld by a filter, alone", (_ended("content_filter"),), run=_FILTERED, members=1),
    Play(42, "withheld before any text", (_WITHHELD,), run=SWITCH, stream=SWITCH),
)

ROWS: tuple[Play, ...] = (*_CUT, *_ODD, *_ENDS)
