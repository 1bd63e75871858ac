"""Beside the rows: what stands in a stream, said in other ways: mended where that is safe, else refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.faults.cases import ACCEPT, PARTIAL, Play, Terms, Want, any_way, plain, stop, streamed, well
from tests.faults.replies import (
    CLOSE,
    DONE,
    FIRST_TEXT,
    HALF,
    HANG,
    LAST,
    RESET,
    ROLE,
    USAGE,
    WHOLE,
    Pause,
    call,
    call_chunk,
    chunk,
    completion,
    event,
    events,
    framed,
    head,
    healthy,
    sse,
    sse_head,
    text_chunk,
)
from tests.faults.rows_calls import DESK, HANDED, SHOP
from tests.faults.wire import Fault


def _pieces(text: str, size: int) -> Iterator[dict[str, Any]]:
    for place in range(0, len(text), size):
        yield text_chunk(text[place : place + size])


def _each(*parts: dict[str, Any] | bytes, every: int) -> tuple[bytes, ...]:
    """The stream in HTTP chunks of `every` bytes."""
    data = events(parts)
    return (sse_head() + b"".join(framed(data[at : at + every]) for at in range(0, len(data), every)) + LAST,)


_ON_AND_ON = tuple(step for _ in range(200) for step in (framed(event(text_chunk("x"))), Pause(0.03)))
_THINKING = tuple(
    step for _ in range(200) for step in (framed(event(chunk({"reasoning_content": "x"}))), Pause(0.03))
)
_BRIEF = Terms(attempts=2, deadline=1.5, attempt_timeout=0.6, first_token=0.6, idle=0.6)
_ENDLESS = (
    streamed(
        0,
        "text without end",
        (sse_head(), *_ON_AND_ON),
        Want("partial", "deadline", text="x" * 200),
        terms=_BRIEF,
    ),
    streamed(
        0, "reasoning without end", (sse_head(), *_THINKING), stop("deadline", within_s=2.0), terms=_BRIEF
    ),
    plain(0, "100 Continue without end", (b"HTTP/1.1 100 Continue\r\n\r\n", Pause(0.05)) * 60, terms=_BRIEF),
    plain(0, "a body without end", (head(), *(b" " * 50, Pause(0.03)) * 100), terms=_BRIEF),
    any_way(
        0, "headers without end", (b"HTTP/1.1 200 OK\r\n", *(b"X-A: b\r\n", Pause(0.03)) * 100), terms=_BRIEF
    ),
)

_SECOND = {"index": 1, "delta": {"content": "another"}, "finish_reason": None}


def _beside(made: dict[str, Any]) -> dict[str, Any]:
    return made | {"choices": [*made["choices"], _SECOND]}


_STREAMS = (
    *(
        streamed(0, f"{every} bytes at a time", _each(*WHOLE, DONE, every=every), ACCEPT)
        for every in (2, 3, 7, 61)
    ),
    streamed(
        0, "a character at a time", sse(ROLE, *_pieces(FIRST_TEXT, 1), chunk(finish="stop"), DONE), ACCEPT
    ),
    streamed(
        0,
        "a byte order mark",
        sse(
            b"\xef\xbb\xbf" + event(chunk({"role": "assistant", "content": FIRST_TEXT})),
            chunk(finish="stop"),
            DONE,
        ),
        ACCEPT,
    ),
    streamed(
        0,
        "data without a space",
        sse(*(event(part).replace(b"data: ", b"data:") for part in WHOLE), DONE),
        ACCEPT,
    ),
    streamed(
        0,
        "an event over several data lines",
        sse(
            ROLE,
            b"data: "
            + json.dumps(text_chunk(FIRST_TEXT), indent=1).replace("\n", "\ndata: ").encode()
            + b"\n\n",
            chunk(finish="stop"),
            DONE,
        ),
        ACCEPT,
    ),
    streamed(
        0,
        "ids and retry times",
        sse(b"retry: 3000\n\n", b"id: 1\n" + event(WHOLE[0]), b": x\n\n", *WHOLE[1:], DONE),
        ACCEPT,
    ),
    streamed(
        0, "events with names", sse(*(b"event: message\n" + event(part) for part in WHOLE), DONE), ACCEPT
    ),
    streamed(0, "a ping by name without data", sse(b"event: ping\n\n", *WHOLE, DONE), ACCEPT),
    streamed(0, "empty data", sse(WHOLE[0], b"data:\n\n", *WHOLE[1:], DONE), ACCEPT),
    streamed(0, "blank lines", sse(b"\n\n\n", *HALF, b"\n\n\r\n", *WHOLE[3:], DONE), ACCEPT),
    streamed(0, "fields that nobody knows", sse(b"x-thing: 1\n" + event(WHOLE[0]), *WHOLE[1:], DONE), ACCEPT),
    streamed(
        0,
        "LF and CRLF mixed",
        sse(*(event(part, "\r\n" if n % 2 else "\n") for n, part in enumerate(WHOLE)), DONE),
        ACCEPT,
    ),
    streamed(0, "[DONE] with spaces", sse(*WHOLE, b"data:  [DONE] \n\n"), ACCEPT),
    streamed(0, "something behind [DONE]", sse(*WHOLE, DONE, text_chunk("late")), ACCEPT),
    streamed(
        0, "a hang behind [DONE]", (sse_head() + framed(events((*WHOLE, DONE))), Pause(1.0), LAST), ACCEPT
    ),
    streamed(0, "a broken end behind [DONE]", (sse_head() + framed(events((*WHOLE, DONE))), CLOSE), ACCEPT),
    streamed(0, "lines of JSON without `data:`", sse(*(json.dumps(part).encode() + b"\n" for part in WHOLE))),
    streamed(
        0,
        "one line of JSON without `data:`",
        sse(ROLE, json.dumps(WHOLE[1]).encode() + b"\n\n", *WHOLE[2:], DONE),
    ),
    streamed(
        0,
        "text behind the finish",
        sse(*WHOLE[:-1], text_chunk(" and more"), DONE),
        Want("partial", "unusable_answer", text=FIRST_TEXT + " and more"),
    ),
    streamed(0, "the finish twice", sse(*WHOLE[:-1], chunk(finish="stop"), DONE), ACCEPT),
    streamed(0, "the finish in an empty choice list", sse(*HALF, chunk(choices=[]), DONE), PARTIAL),
    streamed(
        0,
        "the role in every chunk",
        sse(
            *(chunk({"role": "assistant"} | part["choices"][0]["delta"]) for part in WHOLE[:4]),
            *WHOLE[4:],
            DONE,
        ),
        ACCEPT,
    ),
    streamed(0, "no role", sse(*WHOLE[1:], DONE), ACCEPT),
    streamed(0, "a second choice beside it", sse(*(_beside(part) for part in WHOLE[:-1]), DONE), ACCEPT),
    streamed(0, "a second choice between", sse(WHOLE[0], chunk(choices=[_SECOND]), *WHOLE[1:], DONE), ACCEPT),
    streamed(
        0,
        "choices with index 1 alone",
        sse(*(part | {"choices": [one | {"index": 1} for one in part["choices"]]} for part in WHOLE), DONE),
        ACCEPT,
    ),
    streamed(0, "content as a number", sse(ROLE, text_chunk(4), *WHOLE[1:], DONE)),
    streamed(
        0,
        "content in parts",
        sse(ROLE, text_chunk([{"type": "text", "text": FIRST_TEXT}]), chunk(finish="stop"), DONE),
        ACCEPT,
    ),
    streamed(0, "white space alone", sse(ROLE, text_chunk(" \n"), chunk(finish="stop"), DONE)),
    streamed(0, "white space, then a reset", sse(ROLE, text_chunk("\n"), then=(Pause(0.02), "reset"))),
    streamed(
        0,
        "white space first",
        sse(ROLE, text_chunk("\n\n"), text_chunk("x"), chunk(finish="stop"), DONE),
        Want("accept", text="\n\nx"),
    ),
    streamed(0, "reasoning first", sse(ROLE, chunk({"reasoning_content": "hm"}), *WHOLE[1:], DONE), ACCEPT),
    streamed(0, "reasoning, then a clean end", sse(ROLE, chunk({"reasoning_content": "hm"}))),
    streamed(
        0,
        "reasoning alone, with a finish",
        sse(ROLE, chunk({"reasoning_content": "hm"}), chunk(finish="stop"), DONE),
    ),
    streamed(
        0, "usage in every chunk", sse(*(part | {"usage": USAGE["usage"]} for part in WHOLE), DONE), ACCEPT
    ),
    streamed(
        0, "usage null in every chunk", sse(*(part | {"usage": None} for part in WHOLE[:-1]), DONE), ACCEPT
    ),
    streamed(
        0,
        "tokens as numeric strings",
        sse(
            *WHOLE[:-1],
            USAGE | {"usage": {"prompt_tokens": "9", "completion_tokens": "12", "total_tokens": "21"}},
            DONE,
        ),
        ACCEPT,
    ),
    streamed(0, "error null in every chunk", sse(*(part | {"error": None} for part in WHOLE), DONE), ACCEPT),
    streamed(
        0,
        "a legacy function call",
        sse(
            ROLE,
            chunk({"function_call": {"name": DESK, "arguments": "{}"}}),
            chunk(finish="function_call"),
            DONE,
        ),
        team="desk",
    ),
    streamed(
        0,
        "a legacy function call behind text",
        sse(*HALF, chunk({"function_call": {"name": DESK, "arguments": "{}"}}), chunk(finish="stop"), DONE),
        PARTIAL,
        team="desk",
    ),
    *(
        streamed(0, f"finish {finish!r}", sse(*WHOLE[:4], chunk(finish=finish), DONE), ACCEPT)
        for finish in ("eos", "STOP", "end_turn")
    ),
    *(
        streamed(0, f"finish {finish!r} after text", sse(*HALF, chunk(finish=finish), DONE), PARTIAL)
        for finish in ("tool_calls", "abort", "error", "MAX_TOKENS", "unknown", 7, "")
    ),
    streamed(
        0,
        "a finish in the first chunk",
        sse(chunk({"role": "assistant"}, "stop"), *WHOLE[1:4], DONE),
    ),
    streamed(0, "a chunk null", sse(ROLE, b"data: null\n\n", *WHOLE[1:], DONE)),
    streamed(0, "a chunk as text", sse(ROLE, b'data: "hello"\n\n', *WHOLE[1:], DONE)),
    streamed(0, "two objects in one event", sse(ROLE, b"data: {}{}\n\n", *WHOLE[1:], DONE)),
    streamed(
        0,
        "an event cut by a blank line",
        sse(ROLE, event(WHOLE[1])[:60] + b"\n\n" + event(WHOLE[1])[60:], *WHOLE[2:], DONE),
    ),
    streamed(
        0,
        "the message as a whole in the last chunk",
        sse(
            *WHOLE[:4],
            chunk(
                choices=[
                    {"index": 0, "message": completion()["choices"][0]["message"], "finish_reason": "stop"}
                ]
            ),
            DONE,
        ),
        ACCEPT,
    ),
)


_FINISHED = (sse_head() + framed(events(WHOLE[:-1])), Pause(0.02))
_BEHIND = (
    streamed(0, "an end without formalities behind the finish", (*_FINISHED, CLOSE), ACCEPT),
    streamed(0, "a reset behind the finish", (*_FINISHED, RESET), ACCEPT),
    streamed(0, "silence behind the finish", (*_FINISHED, HANG), ACCEPT, terms=_BRIEF),
    streamed(
        0, "an error behind the finish", (*_FINISHED, framed(b'data: {"error": "boom"}\n\n'), LAST), PARTIAL
    ),
    streamed(
        0,
        "a reset behind the finish of a handoff that is not whole",
        (
            sse_head() + framed(events((ROLE, call_chunk(call(DESK, '{"a'), finish="tool_calls")))),
            Pause(0.02),
            RESET,
        ),
        team="desk",
    ),
)


def _piece(**fields: object) -> dict[str, Any]:
    return chunk({"tool_calls": [fields]})


_STREAMED_CALLS: tuple[tuple[str, tuple[object, ...], Want], ...] = (
    (
        "a call bit by bit",
        (
            call_chunk(call(DESK, "")),
            _piece(index=0, function={"arguments": "{"}),
            _piece(index=0, function={"arguments": "}"}),
        ),
        HANDED,
    ),
    (
        "a call without an index",
        (
            _piece(id="call_1", type="function", function={"name": DESK, "arguments": "{"}),
            _piece(function={"arguments": "}"}),
        ),
        HANDED,
    ),
    (
        "a call with index null",
        (_piece(index=None, id="call_1", function={"name": DESK, "arguments": "{}"}),),
        HANDED,
    ),
    ("a call without an id", (_piece(index=0, function={"name": DESK, "arguments": "{}"}),), HANDED),
    (
        "a call with its id in every piece",
        (
            _piece(index=0, id="c", function={"name": DESK, "arguments": "{"}),
            _piece(index=0, id="c", function={"arguments": "}"}),
        ),
        HANDED,
    ),
    (
        "a call with its name in every piece",
        (
            _piece(index=0, id="c", function={"name": DESK, "arguments": "{"}),
            _piece(index=0, id="c", function={"name": DESK, "arguments": "}"}),
        ),
        HANDED,
    ),
    (
        "a call with index 1 alone",
        (_piece(index=1, id="c", function={"name": DESK, "arguments": "{}"}),),
        HANDED,
    ),
    (
        "a call and null for the next",
        (call_chunk(call(DESK, "{}")), chunk({"tool_calls": None}), chunk({"content": None})),
        HANDED,
    ),
    (
        "two calls mixed",
        (
            call_chunk(call(DESK, "{")),
            call_chunk(call(SHOP, "{", "call_2", 1)),
            _piece(index=0, function={"arguments": "}"}),
            _piece(index=1, function={"arguments": "}"}),
        ),
        HANDED,
    ),
)


def _call_streams() -> Iterator[Play]:
    for name, parts, want in _STREAMED_CALLS:
        bad = healthy(FIRST_TEXT, is_stream=False)
        faults = (Fault(bad, sse(ROLE, *parts, chunk(finish="tool_calls"), DONE)), well())
        yield Play(0, name, faults, stream=want, team="desk")


ROWS: tuple[Play, ...] = (*_STREAMS, *_ENDLESS, *_BEHIND, *_call_streams())
