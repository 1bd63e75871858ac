"""Rows 16 to 25, 27 and 28: a 200, or nothing, that must not be taken for an answer."""

from __future__ import annotations

import gzip
import json

from tests.faults.cases import ACCEPT, SHORT, Play, Want, any_way, plain
from tests.faults.replies import (
    CLOSE,
    HANG,
    RESET,
    Pause,
    Reply,
    Step,
    completion,
    framed,
    head,
    json_reply,
    reply,
)

GOOD = json.dumps(completion(), ensure_ascii=False).encode()
_PAGE = "<html><head><title>Welcome</title></head><body>hello</body></html>"


def cut_json(at: int) -> Reply:
    """A body that is declared whole and cut: valid HTTP, half a JSON."""
    return reply(GOOD[:at])


def _drip(data: bytes, every_s: float) -> Reply:
    steps: list[Step] = [head(Content_Length=len(data))]
    for place in range(len(data)):
        steps += [data[place : place + 1], Pause(every_s)]
    return steps


_BROKEN = (
    any_way(16, "reset before the response", (RESET,), is_peer=True),
    any_way(16, "end before the response", (CLOSE,), is_peer=True),
    any_way(16, "reset inside the status line", (b"HTTP/1.1 20", RESET)),
    any_way(16, "end inside the headers", (b"HTTP/1.1 200 OK\r\nContent-Ty", CLOSE)),
    plain(
        17,
        "reset inside the body",
        (head(Content_Length=len(GOOD)) + GOOD[:80], Pause(0.02), RESET),
        is_peer=True,
    ),
    plain(17, "end inside the body", (head(Content_Length=len(GOOD)) + GOOD[:80], CLOSE), is_peer=True),
    plain(
        17, "a length that is too short", (head(Content_Length=len(GOOD) - 30) + GOOD, CLOSE), is_peer=True
    ),
    plain(17, "a length that is too long", (head(Content_Length=len(GOOD) + 30) + GOOD, CLOSE), is_peer=True),
    plain(
        17,
        "HTTP chunks without an end",
        (head(Transfer_Encoding="chunked") + framed(GOOD[:80]), CLOSE),
        is_peer=True,
    ),
    plain(17, "an HTTP chunk that is cut", (head(Transfer_Encoding="chunked") + framed(GOOD)[:60], CLOSE)),
    plain(18, "end by close, body cut", (head(Connection="close") + GOOD[:90], CLOSE), is_peer=True),
)

_NO_COMPLETION = (
    any_way(19, "a page as text/html", reply(_PAGE, kind="text/html"), is_peer=True),
    any_way(19, "a page as JSON", reply(_PAGE), is_peer=True),
    plain(19, "an answer as text/plain", reply(GOOD, kind="text/plain"), ACCEPT, is_peer=True),
    plain(19, "an answer without a content type", reply(GOOD, kind=""), ACCEPT),
    any_way(20, "an empty body", reply(b""), is_peer=True),
    any_way(20, "204", (head(204, ""),), is_peer=True),
    plain(20, "JSON cut in the middle", cut_json(90), is_peer=True),
    any_way(20, "a JSON string", json_reply("all is well"), is_peer=True),
    any_way(20, "a JSON array", json_reply([completion()]), is_peer=True),
    any_way(20, "a JSON number", json_reply(42)),
    any_way(20, "JSON null", json_reply(None)),
    any_way(
        21,
        "an error object",
        json_reply({"error": {"message": "boom said the model", "code": 500}}),
        Want("switch", says=("boom said",)),
        is_peer=True,
    ),
    any_way(21, "an error text", json_reply({"error": "boom said the model"}), Want("switch", says=())),
    any_way(
        21,
        "a code",
        json_reply({"code": 500, "message": "boom said the model"}),
        Want("switch"),
        is_peer=True,
    ),
    plain(21, "an error beside choices", json_reply(completion() | {"error": {"message": "boom"}})),
    plain(22, "no choices", json_reply({"id": "x", "object": "chat.completion"}), is_peer=True),
    plain(22, "choices null", json_reply(completion() | {"choices": None}), is_peer=True),
    plain(22, "choices empty", json_reply(completion() | {"choices": []}), is_peer=True),
    plain(
        22,
        "message null",
        json_reply(completion() | {"choices": [{"index": 0, "message": None, "finish_reason": "stop"}]}),
        is_peer=True,
    ),
    plain(
        22, "message missing", json_reply(completion() | {"choices": [{"index": 0, "finish_reason": "stop"}]})
    ),
    plain(23, "content null", json_reply(completion(None)), is_peer=True),
    plain(23, "content empty", json_reply(completion(""))),
    plain(23, "content of white space", json_reply(completion(" \n"))),
    plain(24, "no usage", json_reply({k: v for k, v in completion().items() if k != "usage"}), ACCEPT),
    plain(24, "usage null", json_reply(completion() | {"usage": None}), ACCEPT),
)

_ENCODED = (
    plain(25, "gzip that is none", reply(GOOD, Content_Encoding="gzip"), is_peer=True),
    plain(25, "gzip that is cut", reply(gzip.compress(GOOD)[:-20], Content_Encoding="gzip")),
    any_way(25, "garbage instead of HTTP", (b"\x00\xffgarbage\r\n\r\n", CLOSE), is_peer=True),
    any_way(25, "another protocol's greeting", (b"220 mail.example ESMTP\r\n", CLOSE)),
)

_SLOW = (
    any_way(27, "no answer", (HANG,), terms=SHORT, is_peer=True),
    plain(27, "headers and nothing more", (head(Content_Length=len(GOOD)), HANG), terms=SHORT),
    plain(
        27,
        "half a body and nothing more",
        (head(Content_Length=len(GOOD)) + GOOD[:80], HANG),
        terms=SHORT,
        is_peer=True,
    ),
    plain(28, "a slow drip", _drip(GOOD, 0.02), terms=SHORT, is_peer=True),
    any_way(
        28,
        "a slow drip of headers",
        tuple(step for byte in head() for step in (bytes([byte]), Pause(0.05))),
        terms=SHORT,
    ),
)

ROWS: tuple[Play, ...] = (*_BROKEN, *_NO_COMPLETION, *_ENCODED, *_SLOW)
