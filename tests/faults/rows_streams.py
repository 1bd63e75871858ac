"""Rows 29 to 38: streams that come late, break, lie, or are merely written in another way."""

from __future__ import annotations

import json

from tests.faults.cases import ACCEPT, PARTIAL, PARTIAL_LATE, SHORT, Play, Want, streamed
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
    chunk,
    completion,
    event,
    events,
    framed,
    head,
    json_reply,
    reply,
    sse,
    sse_head,
    text_chunk,
)

_PING = framed(b": ping\n\n")
_PINGS = tuple(step for _ in range(60) for step in (_PING, Pause(0.1)))
_BREATH = Pause(0.05)
"""So that what was sent is read before the connection breaks."""

_LATE = (
    streamed(29, "headers and nothing more", (sse_head(), HANG), terms=SHORT, is_peer=True),
    streamed(29, "the role and nothing more", sse(ROLE, then=(HANG,)), terms=SHORT),
    streamed(29, "the first token late", sse(ROLE, then=(Pause(1.5), events(WHOLE), LAST)), terms=SHORT),
    streamed(30, "pings only", (sse_head(), *_PINGS), terms=SHORT, is_peer=True),
    streamed(
        30,
        "empty chunks only",
        (sse_head(), *(s for _ in range(60) for s in (framed(event(ROLE)), Pause(0.1)))),
        terms=SHORT,
    ),
    streamed(31, "a stall after text", sse(*HALF, then=(HANG,)), PARTIAL_LATE, terms=SHORT, is_peer=True),
    streamed(31, "pings after text", sse(*HALF, then=_PINGS), PARTIAL_LATE, terms=SHORT),
    streamed(
        31,
        "endless empty chunks after text",
        sse(*HALF, then=tuple(s for _ in range(90) for s in (framed(event(text_chunk(""))), Pause(0.1)))),
        PARTIAL_LATE,
        terms=SHORT,
    ),
)

_BROKEN = (
    streamed(32, "reset after text", sse(*HALF, then=(_BREATH, RESET)), PARTIAL, is_peer=True),
    streamed(32, "end after text", sse(*HALF, then=(_BREATH, CLOSE)), PARTIAL, is_peer=True),
    streamed(
        32,
        "end inside an HTTP chunk after text",
        sse(*HALF, then=(framed(event(HALF[1]))[:20], CLOSE)),
        PARTIAL,
    ),
    streamed(32, "reset before any text", sse(ROLE, then=(_BREATH, RESET)), is_peer=True),
    streamed(32, "end before any text", sse(ROLE, then=(CLOSE,)), is_peer=True),
    streamed(33, "a clean end without a finish", sse(*HALF), PARTIAL, is_peer=True),
    streamed(33, "[DONE] without a finish", sse(*HALF, DONE), PARTIAL, is_peer=True),
    streamed(
        33, "a clean end inside an event", sse(*HALF, event(text_chunk("more"))[:40]), PARTIAL, is_peer=True
    ),
    streamed(
        33,
        "an end by close without a finish",
        (head(200, "text/event-stream", Connection="close") + events(HALF), CLOSE),
        PARTIAL,
    ),
    streamed(33, "a clean end after the role", sse(ROLE)),
    streamed(33, "[DONE] after the role", sse(ROLE, DONE)),
    streamed(33, "usage without a finish", sse(*HALF, USAGE, DONE), PARTIAL),
    streamed(34, "an empty stream", sse(), is_peer=True),
    streamed(34, "[DONE] alone", sse(DONE), is_peer=True),
    streamed(34, "an empty body", reply(b"", kind="text/event-stream")),
    streamed(
        34,
        "a page instead of a stream",
        reply("<html><title>Hi</title></html>", kind="text/html"),
        is_peer=True,
    ),
    streamed(34, "a page as a stream", reply("<html><title>Hi</title></html>", kind="text/event-stream")),
    streamed(34, "half a completion as JSON", reply(json.dumps(completion())[:90])),
    streamed(34, "a finish without anything", sse(ROLE, chunk(finish="stop"), DONE)),
)

_WHOLE_JSON = Want("accept")
_JSON = (
    streamed(34, "a completion as JSON", json_reply(completion()), _WHOLE_JSON, is_peer=True),
    streamed(
        34, "a completion as text/plain", reply(json.dumps(completion()), kind="text/plain"), _WHOLE_JSON
    ),
    streamed(
        34,
        "a completion that calls itself a stream",
        reply(json.dumps(completion(), indent=1), kind="text/event-stream"),
        _WHOLE_JSON,
    ),
    streamed(
        34,
        "a stream that calls itself JSON",
        (head(200, "application/json", Transfer_Encoding="chunked") + framed(events((*WHOLE, DONE))), LAST),
        _WHOLE_JSON,
    ),
    streamed(34, "a completion at its length as JSON", json_reply(completion("half", "length"))),
    streamed(34, "a completion as one event", sse(completion(), DONE), _WHOLE_JSON),
)

_BOOM = {"error": {"message": "boom said the model", "code": 502}}
_ERRORS = (
    streamed(35, "an error first", sse(_BOOM), Want("switch", says=("boom said",)), is_peer=True),
    streamed(35, "an error later", sse(*HALF, _BOOM), PARTIAL, is_peer=True),
    streamed(
        35,
        "an error text first",
        sse({"error": "boom said it"}),
        Want("switch", says=("boom said",)),
        is_peer=True,
    ),
    streamed(35, "an error beside choices first", sse(chunk({"content": "x"}) | _BOOM, *WHOLE)),
    streamed(
        35,
        "an error beside choices later",
        sse(*HALF, text_chunk("x") | _BOOM, chunk(finish="stop")),
        PARTIAL,
    ),
    streamed(35, "an error after the role", sse(ROLE, _BOOM, DONE)),
    streamed(35, "an error before [DONE]", sse(*HALF, _BOOM, DONE), PARTIAL),
    streamed(
        36,
        "event: error first",
        sse(b'event: error\ndata: {"message": "boom said it"}\n\n'),
        Want("switch", says=("boom said",)),
        is_peer=True,
    ),
    streamed(
        36,
        "event: error later",
        sse(*HALF, b'event: error\ndata: {"message": "boom"}\n\n'),
        PARTIAL,
        is_peer=True,
    ),
    streamed(
        36,
        "event: error before a good end",
        sse(*HALF, b'event: error\ndata: {"message": "boom"}\n\n', *WHOLE[3:]),
        PARTIAL,
    ),
    streamed(36, "a bare code first", sse({"code": 500, "message": "boom"}, DONE)),
    streamed(36, "a bare code later", sse(*HALF, {"code": 500, "message": "boom"}, DONE), PARTIAL),
    streamed(37, "no JSON first", sse(b"data: oops\n\n"), is_peer=True),
    streamed(37, "no JSON later", sse(*HALF, b"data: {oops\n\n"), PARTIAL, is_peer=True),
    streamed(37, "no JSON before a good end", sse(*HALF, b"data: {oops\n\n", *WHOLE[3:]), PARTIAL),
    streamed(37, "bad UTF-8 first", sse(b'data: {"choices": "\xff\xfe"}\n\n')),
    streamed(
        37,
        "bad UTF-8 later",
        sse(*HALF, b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n'),
        PARTIAL,
        is_peer=True,
    ),
)

_PARTS = (*WHOLE, DONE)
_BODY = events(_PARTS)
_ODD = (
    streamed(38, "CRLF", (sse_head() + framed(events(_PARTS, "\r\n")), LAST), ACCEPT, is_peer=True),
    streamed(38, "CR", (sse_head() + framed(events(_PARTS, "\r")), LAST), ACCEPT),
    streamed(
        38,
        "every byte by itself",
        (sse_head() + b"".join(framed(bytes([byte])) for byte in _BODY), LAST),
        ACCEPT,
    ),
    streamed(38, "no [DONE]", sse(*WHOLE), ACCEPT, is_peer=True),
    streamed(38, "no last blank line", (sse_head() + framed(_BODY[:-1]), LAST), ACCEPT),
    streamed(38, "no last line end", (sse_head() + framed(_BODY[:-2]), LAST), ACCEPT),
    streamed(
        38, "no last line end after the finish", (sse_head() + framed(events(WHOLE[:-1])[:-2]), LAST), ACCEPT
    ),
    streamed(
        38,
        "a null delta",
        sse(
            ROLE,
            chunk() | {"choices": [{"index": 0, "delta": None, "finish_reason": None}]},
            *WHOLE[1:],
            DONE,
        ),
        ACCEPT,
    ),
    streamed(38, "usage alone, first", sse(USAGE, *WHOLE, DONE), ACCEPT),
    streamed(38, "no usage", sse(*WHOLE[:-1], DONE), ACCEPT),
    streamed(
        38,
        "comments between events",
        sse(b": ping\n\n", WHOLE[0], b": ping\n\n", *WHOLE[1:], b": bye\n\n", DONE),
        ACCEPT,
    ),
    streamed(
        38,
        "text and finish in one chunk",
        sse(chunk({"role": "assistant", "content": FIRST_TEXT}, "stop"), DONE),
        ACCEPT,
    ),
)

ROWS: tuple[Play, ...] = (*_LATE, *_BROKEN, *_JSON, *_ERRORS, *_ODD)
