"""Rows 1 to 13 and 26: what a status other than 200 must lead to."""

from __future__ import annotations

from tests.faults.cases import (
    AGAIN,
    KEY,
    SHORT,
    SWITCH,
    Play,
    Terms,
    Want,
    any_way,
    plain,
    stop,
    streamed,
    well,
)
from tests.faults.replies import json_reply, reply
from tests.faults.wire import Fault

_HTML = "<html><head><title>Bad gateway here</title></head><body>" + "x" * 3000 + "</body></html>"
_BOOM = {"error": {"message": "boom said the model", "type": "server_error", "code": None}}
_OUTAGE = Fault.both(json_reply(_BOOM, 500))

_BOOMED = Want("switch", says=("boom said",))

_SERVER = (
    any_way(1, "500 as OpenAI's JSON", json_reply(_BOOM, 500), _BOOMED, is_peer=True),
    any_way(1, "500 with a bare message", json_reply({"message": "boom said it"}, 500), _BOOMED),
    any_way(1, "500 with a detail", json_reply({"detail": "boom said it"}, 500), _BOOMED),
    any_way(1, "500 as plain text", reply("boom said it", 500, "text/plain"), _BOOMED, is_peer=True),
    any_way(1, "500 without a body", reply("", 500), SWITCH),
    *(
        any_way(
            2,
            f"{status} as a page",
            reply(_HTML, status, "text/html"),
            Want("switch", says=("Bad gateway here",)),
        )
        for status in (502, 504, 524)
    ),
    any_way(2, "503 as JSON", json_reply(_BOOM, 503), _BOOMED, is_peer=True),
    any_way(2, "529 overloaded", json_reply({"error": {"message": "boom said: overloaded"}}, 529), _BOOMED),
    any_way(
        3,
        "500 on every member",
        json_reply(_BOOM, 500),
        stop("server_error", "together", "lepton", "(500, 2 attempts in ", "(500, 1 attempt in ", calls=3),
        others={"lepton": [_OUTAGE]},
    ),
    any_way(
        3,
        "500 on three members of three",
        json_reply(_BOOM, 500),
        stop(
            "server_error", "together", "lepton", "openai", "after 3 attempts", "(500, 1 attempt in", calls=3
        ),
        others={"lepton": [_OUTAGE], "openai": [_OUTAGE]},
        members=3,
    ),
)


def _limited(**headers: object) -> Fault:
    return Fault.both(json_reply({"error": {"message": "slow down"}}, 429, **headers))


def _waited(name: str, at_least_s: float, **headers: object) -> Play:
    want = Want("again", at_least_s=at_least_s)
    return Play(5, name, (_limited(**headers), well()), run=want, stream=want, members=1)


_THEN, _NOW = "Wed, 21 Oct 2026 07:28:01 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"
_LIMITS = (
    Play(4, "429 without a header", (_limited(),), run=SWITCH, stream=SWITCH, is_peer=True),
    Play(5, "429 with Retry-After 1", (_limited(Retry_After=1),), run=SWITCH, stream=SWITCH),
    Play(5, "429 with a date", (_limited(Retry_After=_THEN, Date=_NOW),), run=SWITCH, stream=SWITCH),
    Play(5, "429 with milliseconds", (_limited(Retry_After_MS=300),), run=SWITCH, stream=SWITCH),
    _waited("429 with Retry-After 1, alone", 1.0, Retry_After=1),
    _waited("429 with a date one second on, alone", 1.0, Retry_After=_THEN, Date=_NOW),
    _waited("429 with 300 milliseconds, alone", 0.3, Retry_After_MS=300, Retry_After=9),
    *(
        Play(
            6,
            f"429 with Retry-After {wait}",
            (_limited(Retry_After=wait),),
            run=SWITCH,
            stream=SWITCH,
            is_peer=wait == 121,
        )
        for wait in (121, 3600, 0, -5, "soon", "1e999", "nan")
    ),
    *(
        Play(
            6,
            f"429 with Retry-After {wait}, alone",
            (_limited(Retry_After=wait),),
            run=stop("rate_limited", f"{wait} s", within_s=1.0),
            stream=stop("rate_limited", f"{wait} s", within_s=1.0),
            members=1,
        )
        for wait in (121, 3600)
    ),
    *(
        Play(
            6,
            f"429 with Retry-After {wait}, alone",
            (_limited(Retry_After=wait), well()),
            run=AGAIN,
            stream=AGAIN,
            members=1,
        )
        for wait in (0, -5, "soon", "1e999")
    ),
)

_QUOTA = json_reply(
    {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, 429
)
_CREDIT = json_reply({"error": {"message": "Not enough credit"}}, 402)
_PURSE = (
    any_way(7, "429 insufficient_quota", _QUOTA, is_peer=True),
    any_way(7, "429 insufficient_quota, alone", _QUOTA, stop("rate_limited", "quota"), members=1),
    any_way(7, "402 no credit", _CREDIT, stop("rate_limited", "credit")),
    any_way(8, "408", reply("", 408), is_peer=True),
    any_way(8, "409", json_reply({"error": {"message": "conflict"}}, 409)),
)

_CONTEXT = json_reply(
    {
        "error": {
            "message": "This model's maximum context length is 8000 tokens",
            "code": "context_length_exceeded",
        }
    },
    400,
)
_TOO_LARGE = reply("Request Entity Too Large", 413, "text/plain")


def _unsupported(what: str) -> Fault:
    return Fault.both(json_reply({"error": {"message": f"{what} is not supported by this model"}}, 400))


_REFUSED = (
    plain(
        9,
        "400 with OpenAI's JSON",
        json_reply({"error": {"message": "no such thing"}}, 400),
        stop("bad_request", "no such thing"),
        is_peer=True,
    ),
    streamed(
        9,
        "400 with OpenAI's JSON, to a stream",
        json_reply({"error": {"message": "no such thing"}}, 400),
        stop("bad_request", "no such thing"),
    ),
    any_way(
        9,
        "422 with details",
        json_reply({"detail": [{"msg": "field is missing", "loc": ["body"]}]}, 422),
        stop("bad_request", "field is missing"),
    ),
    any_way(10, "400 context length, a larger window next", _CONTEXT),
    any_way(10, "413, a larger window next", _TOO_LARGE),
    any_way(
        10,
        "400 context length, no larger window",
        _CONTEXT,
        stop("bad_request", "maximum context"),
        contexts=(8_000, 8_000),
    ),
    any_way(
        10,
        "413, no larger window",
        _TOO_LARGE,
        stop("bad_request", "413", "the conversation has about"),
        contexts=(8_000, 4_000),
    ),
    any_way(11, "400 tools are not supported", _unsupported("tools").plain),
    any_way(11, "400 response_format is not supported", _unsupported("response_format").plain),
    any_way(
        11,
        "400 tools are not supported, alone",
        _unsupported("tools").plain,
        stop("bad_request", "tools"),
        members=1,
    ),
    Play(11, "400 stream_options is not supported", (_unsupported("stream_options"), well()), stream=AGAIN),
)

_KEYS = (
    any_way(
        12,
        "401 as JSON that repeats the key",
        json_reply({"error": {"message": f"bad key {KEY}"}}, 401),
        stop("access_denied", "401"),
        is_peer=True,
    ),
    any_way(
        12, "401 as text", reply("Unauthorized", 401, "text/plain"), stop("access_denied", "Unauthorized")
    ),
    any_way(
        12,
        "403 as a page",
        reply("<html><title>Forbidden zone</title></html>", 403, "text/html"),
        stop("access_denied", "Forbidden zone"),
    ),
    any_way(
        12,
        "403 as JSON",
        json_reply({"message": "no permission"}, 403),
        stop("access_denied", "no permission"),
    ),
    any_way(13, "404 as JSON", json_reply({"error": {"message": "model not found"}}, 404), is_peer=True),
    any_way(13, "404 as text", reply("not found", 404, "text/plain")),
    any_way(
        13,
        "404, alone",
        json_reply({"detail": "model not found"}, 404),
        stop("not_found", "model not found"),
        members=1,
    ),
)

_MOVED = tuple(
    any_way(
        26,
        f"{status} to {where}",
        reply("", status, Location=location),
        stop("host_unreachable", str(status)),
        terms=Terms(deadline=SHORT.deadline),
    )
    for status in (301, 302, 307, 308)
    for where, location in (
        ("the same host", "/elsewhere/chat/completions"),
        ("another host", "http://127.0.0.2:9/x"),
    )
)

ROWS = (*_SERVER, *_LIMITS, *_PURSE, *_REFUSED, *_KEYS, *_MOVED)
