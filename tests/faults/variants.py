"""Beside the rows: other ways to frame, encode, cut and phrase an answer, and what each must come to."""

from __future__ import annotations

import gzip
import zlib

from tests.faults.cases import ACCEPT, Play, Want, plain, streamed
from tests.faults.replies import (
    CLOSE,
    DONE,
    LAST,
    RESET,
    WHOLE,
    completion,
    events,
    framed,
    head,
    json_reply,
    reply,
    sse_head,
)
from tests.faults.rows_bodies import GOOD

_SSE = events((*WHOLE, DONE))
_STREAM = sse_head() + framed(_SSE)


def _raw_head(*lines: str, version: str = "HTTP/1.1") -> bytes:
    return "\r\n".join((f"{version} 200 OK", *lines, "", "")).encode()


_KIND = "Content-Type: application/json"
_LENGTH = f"Content-Length: {len(GOOD)}"
_FRAMING = (
    plain(0, "HTTP/1.0, end by close", (_raw_head(_KIND, version="HTTP/1.0") + GOOD, CLOSE), ACCEPT),
    plain(0, "HTTP/1.0 with a length", (_raw_head(_KIND, _LENGTH, version="HTTP/1.0") + GOOD, CLOSE), ACCEPT),
    plain(0, "end by close, whole", (_raw_head(_KIND, "Connection: close") + GOOD, CLOSE), ACCEPT),
    plain(
        0,
        "chunk extensions",
        (head(Transfer_Encoding="chunked") + framed(GOOD, extension=b";a=b") + LAST,),
        ACCEPT,
    ),
    plain(
        0, "trailers", (head(Transfer_Encoding="chunked") + framed(GOOD) + b"0\r\nX-Sum: 1\r\n\r\n",), ACCEPT
    ),
    plain(0, "100 Continue first", (b"HTTP/1.1 100 Continue\r\n\r\n", *json_reply(completion())), ACCEPT),
    plain(
        0,
        "103 Early Hints first",
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", *json_reply(completion())),
        ACCEPT,
    ),
    plain(
        0, "lines that end in LF alone", (_raw_head(_KIND, _LENGTH).replace(b"\r\n", b"\n") + GOOD,), ACCEPT
    ),
    plain(0, "headers of 60 kB", json_reply(completion(), X_Big="x" * 60_000), ACCEPT),
    plain(0, "headers of 300 kB", json_reply(completion(), X_Big="x" * 300_000)),
    plain(
        0,
        "the length twice, equal",
        (_raw_head(_KIND, _LENGTH, _LENGTH) + GOOD, CLOSE),
        ACCEPT,
    ),
    plain(0, "two lengths that differ", (_raw_head(_KIND, _LENGTH, "Content-Length: 7") + GOOD, CLOSE)),
    plain(
        0,
        "a length and HTTP chunks",
        (_raw_head(_KIND, "Content-Length: 7", "Transfer-Encoding: chunked") + framed(GOOD) + LAST, CLOSE),
        ACCEPT,
    ),
    plain(0, "a length that is no number", (_raw_head(_KIND, "Content-Length: many") + GOOD, CLOSE)),
    plain(0, "a negative length", (_raw_head(_KIND, "Content-Length: -5") + GOOD, CLOSE)),
    plain(
        0,
        "an HTTP chunk size that is no number",
        (head(Transfer_Encoding="chunked") + b"zz\r\n" + GOOD, CLOSE),
    ),
    plain(
        0,
        "an HTTP chunk that is longer than its size",
        (head(Transfer_Encoding="chunked") + b"5\r\n" + GOOD, CLOSE),
    ),
    plain(0, "a whole answer and a reset", (*json_reply(completion()), RESET), ACCEPT),
    plain(
        0,
        "a whole answer and garbage behind it",
        (*json_reply(completion()), b"garbage", CLOSE),
        ACCEPT,
    ),
    plain(
        0,
        "status 200 without words",
        (b"HTTP/1.1 200\r\n" + _raw_head(_KIND, _LENGTH).partition(b"\r\n")[2] + GOOD,),
        ACCEPT,
    ),
    plain(0, "status 999", (b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",)),
    plain(
        0,
        "status 201 with an answer",
        (b"HTTP/1.1 201 Created\r\n" + _raw_head(_KIND, _LENGTH).partition(b"\r\n")[2] + GOOD,),
        ACCEPT,
    ),
    plain(
        0,
        "206 with half an answer",
        (
            b"HTTP/1.1 206 Partial Content\r\n"
            + _raw_head(_KIND, "Content-Length: 90").partition(b"\r\n")[2]
            + GOOD[:90],
        ),
    ),
    plain(0, "a byte order mark", reply(b"\xef\xbb\xbf" + GOOD), ACCEPT),
    plain(
        0,
        "Latin-1 that says so",
        reply(GOOD.decode().encode("latin-1"), kind="application/json; charset=latin-1"),
    ),
    plain(0, "Latin-1 that does not say so", reply(GOOD.decode().encode("latin-1"))),
    plain(0, "white space before and after", reply(b"\n\n  " + GOOD + b"\n\n"), ACCEPT),
    plain(0, "two objects in one body", reply(GOOD + b"\n" + GOOD)),
    plain(
        0,
        "lines of padding before the body",
        (head(Transfer_Encoding="chunked") + framed(b"\n" * 40) + framed(GOOD) + LAST,),
        ACCEPT,
    ),
    plain(0, "NaN in the body", reply(GOOD.replace(b"1760000000", b"NaN")), ACCEPT),
    plain(0, "a stream where a plain answer was asked for", reply(_SSE, kind="text/event-stream")),
)

_DEFLATED = zlib.compress(GOOD)
_ENCODING = (
    plain(0, "gzip", reply(gzip.compress(GOOD), Content_Encoding="gzip"), ACCEPT),
    plain(0, "deflate", reply(_DEFLATED, Content_Encoding="deflate"), ACCEPT),
    plain(0, "deflate without its head", reply(_DEFLATED[2:-4], Content_Encoding="deflate"), ACCEPT),
    plain(0, "deflate that is none", reply(GOOD, Content_Encoding="deflate")),
    plain(
        0,
        "gzip with one byte changed",
        reply(gzip.compress(GOOD)[:-6] + b"\0\0\0\0\0\0", Content_Encoding="gzip"),
    ),
    plain(
        0, "Brotli, which was not asked for", reply(b"\x8b\x03\x80" + GOOD + b"\x03", Content_Encoding="br")
    ),
    plain(0, "zstd, which was not asked for", reply(b"\x28\xb5\x2f\xfd" + GOOD, Content_Encoding="zstd")),
    plain(
        0, "an encoding that nobody knows, with a plain body", reply(GOOD, Content_Encoding="x-odd"), ACCEPT
    ),
    streamed(
        0,
        "a stream in gzip",
        (sse_head(Content_Encoding="gzip") + framed(gzip.compress(_SSE)) + LAST,),
        ACCEPT,
    ),
    streamed(
        0,
        "a stream in gzip, cut",
        (sse_head(Content_Encoding="gzip") + framed(gzip.compress(_SSE)[:-30]) + LAST,),
        Want("accept"),
    ),
    streamed(
        0, "a stream that says gzip and is none", (sse_head(Content_Encoding="gzip") + framed(_SSE) + LAST,)
    ),
)
ROWS: tuple[Play, ...] = (*_FRAMING, *_ENCODING)
