"""Where an answer begins and ends in the bytes of a connection (RFC 9112): its head, its body, what is left over.

h11 decides about everything that is out of the ordinary. An answer of today's servers is not: a plain head, a body of
a given length or in plain chunks. Such a one is cut here at a tenth of the cost, by rules that let nothing through
which h11 0.16 (checked 2026-11-28) would refuse or read otherwise. Does no I/O; knows nothing of what bytes mean.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import h11
import httpx2

MOST_HEAD_BYTES = 100 * 1024
"""Of all headers together, and of any line that frames a body: as httpcore2 2.16 lets h11 take."""

_VALUE = rb"(?:[^\x00\s]++(?:[ \t]++[^\x00\s]++)*+)?+"
_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2})(?: ((?:[ \t]|[^\x00\s])*+))?+\r\n"
    rb"((?:[-!#$%&'*+.^_`|~0-9a-zA-Z]++:[ \t]*+" + _VALUE + rb"[ \t]*+\r\n)*+)\r\n"
)
"""A head that says nothing in an unusual way; what it says of its body is looked at apart."""

_NO_BODY = frozenset({204, 304})
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection"})

_PIECE = 64 * 1024
"""Bytes that h11 is given at once, as httpcore2 2.16 does: its limit for what is incomplete counts on it."""

_DISCONNECTED = "Server disconnected without sending a response."


class Head(NamedTuple):
    """What comes before the body."""

    version: bytes
    status: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]


class Framing:
    """One answer, cut out of the bytes as they come."""

    def __init__(self, method: str, *, is_last: bool = False) -> None:
        """`method` of the request; `is_last`: it has said that the connection ends with its answer."""
        self.head: Head | None = None
        self.is_over = False
        """Whether the whole answer was there."""
        self.failure: httpx2.RemoteProtocolError | None = None
        """Why it cannot be read any further."""
        self.keeps = not is_last
        """Whether the connection may be used again, once the answer is over."""
        self._method = method
        self._rest = b""
        """What came and is not decided yet."""
        self._length: int | None = None
        """Of the body, where it was given; else it comes in chunks."""
        self._left = 0
        """Bytes that the body, or the chunk, still has."""
        self._is_in_chunk = False
        """Whether the end of a chunk is still to come."""
        self._other: h11.Connection | None = None
        """Who reads on, where something is out of the ordinary."""

    def feed(self, data: bytes) -> bytes:
        """Take what has come; what of it belongs to the body."""
        if self.is_over or self.failure is not None:
            self.keeps = False
            return b""
        if self._other is not None:
            return self._of_other(data)
        if self._rest:
            data, self._rest = self._rest + data, b""
        return self._begun(data) if self.head is None else self._body(data)

    def end(self) -> bytes:
        """Take the end of the connection."""
        part = b""
        if self.is_over or self.failure is not None:
            pass
        elif self.head is None:
            self._fail(_DISCONNECTED)
        elif self._other is not None:
            part = self._of_other(b"")
        elif self._length is None:
            self._fail(
                "peer closed connection without sending complete message body (incomplete chunked read)"
            )
        else:
            came = self._length - self._left
            self._fail(
                "peer closed connection without sending complete message body "
                f"(received {came} bytes, expected {self._length})"
            )
        self.keeps = False
        return part

    def _fail(self, message: str) -> None:
        self.failure, self.keeps = httpx2.RemoteProtocolError(message), False

    def _begun(self, data: bytes) -> bytes:
        end = data.find(b"\r\n\r\n") + 4
        if (len(data) if end < 4 else end) > MOST_HEAD_BYTES:
            self._fail("the headers are too long")
            return b""
        if end < 4 and _may_begin(data):
            self._rest = data
            return b""
        found = _HEAD.fullmatch(data, 0, end) if end >= 4 else None
        if found is None or self._method in ("HEAD", "CONNECT") or not self._is_plain(found):
            return self._hand_over(data)
        return self._body(data[end:])

    def _is_plain(self, found: re.Match[bytes]) -> bool:
        """Whether the body is framed in a plain way; if so, it may begin."""
        status, reason, lines = found.groups()
        headers: list[tuple[bytes, bytes]] = []
        says: dict[bytes, bytes] = {}
        for line in lines.split(b"\r\n")[:-1]:
            name, _, value = line.partition(b":")
            value = value.strip(b" \t")
            headers.append((name, value))
            if (lowered := name.lower()) in _FRAMING:
                if lowered in says:
                    return False
                says[lowered] = value
        if int(status) in _NO_BODY or not self._is_framed(says):
            return False
        self.head = Head(b"1.1", int(status), reason or b"", headers)
        return True

    def _is_framed(self, says: dict[bytes, bytes]) -> bool:
        length, coding = says.get(b"content-length"), says.get(b"transfer-encoding")
        keeping = says.get(b"connection", b"keep-alive").lower()
        if keeping not in (b"keep-alive", b"close"):
            return False
        if coding is None and length is not None and _LENGTH.fullmatch(length):
            self._length = self._left = int(length)
        elif coding != b"chunked" or length is not None:
            return False
        self.keeps = self.keeps and keeping == b"keep-alive"
        return True

    def _body(self, data: bytes) -> bytes:
        if self._length is None:
            return self._chunks(data)
        part, more = data[: self._left], data[self._left :]
        self._left -= len(part)
        if not self._left:
            self._finish(more)
        return part

    def _finish(self, more: bytes) -> None:
        self.is_over = True
        self.keeps = self.keeps and not more

    def _chunks(self, data: bytes) -> bytes:
        parts: list[bytes] = []
        place: int | None = 0
        while place is not None and place < len(data) and not self.is_over:
            if self._left:
                part = data[place : place + self._left]
                parts.append(part)
                place += len(part)
                self._left -= len(part)
            elif self._is_in_chunk:
                place = self._past_chunk(data, place)
            else:
                place = self._into_chunk(data, place, parts)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _past_chunk(self, data: bytes, place: int) -> int | None:
        end = data[place : place + 2]
        if end == b"\r\n":
            self._is_in_chunk = False
            return place + 2
        if end == b"\r":
            self._rest = end
        else:
            self._fail(f"malformed chunk footer: {end!r} (expected b'\\r\\n')")
        return None

    def _into_chunk(self, data: bytes, place: int, parts: list[bytes]) -> int | None:
        """Read the line before a chunk; None where no more can be read now."""
        end = data.find(b"\r\n", place)
        if end < 0 and len(data) - place < 16:
            self._rest = data[place:]
            return None
        if not _CHUNK_SIZE.fullmatch(data, place, max(end, place)):
            parts.append(self._hand_over(data[place:]))
            return None
        self._left = int(data[place:end], 16)
        if self._left:
            self._is_in_chunk = True
            return end + 2
        last = data[end + 2 : end + 4]
        if last == b"\r\n":
            self._finish(data[end + 4 :])
        elif last in (b"", b"\r"):
            self._rest = data[place:]
        else:
            parts.append(self._hand_over(data[place:]))
        return None

    def _hand_over(self, data: bytes) -> bytes:
        """Let h11 read on, from the beginning or from between two chunks."""
        other = self._other = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD_BYTES)
        asked = [("Host", "it"), *([] if self.keeps else [("Connection", "close")])]
        other.send(h11.Request(method=self._method, target="/", headers=asked))
        other.send(h11.EndOfMessage())
        if self.head is not None:
            other.receive_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            other.next_event()
        return self._of_other(data)

    def _of_other(self, data: bytes) -> bytes:
        parts: list[bytes] = []
        try:
            for start in range(0, len(data) or 1, _PIECE):
                self._take(data[start : start + _PIECE], parts)
        except h11.RemoteProtocolError as error:
            self._fail(str(error))
        return b"".join(parts)

    def _take(self, piece: bytes, parts: list[bytes]) -> None:
        assert self._other is not None
        if self.is_over:
            self.keeps = False
            return
        self._other.receive_data(piece)
        while not self.is_over and (event := self._other.next_event()) is not h11.NEED_DATA:
            self._note(event, parts)

    def _note(self, event: h11.Event | type[h11.NEED_DATA | h11.PAUSED], parts: list[bytes]) -> None:
        assert self._other is not None
        if isinstance(event, h11.Response | h11.InformationalResponse):
            if event.status_code < 200 and event.status_code != 101:
                return
            self.head = Head(event.http_version, event.status_code, event.reason, event.headers.raw_items())
        elif isinstance(event, h11.Data):
            parts.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) or event is h11.PAUSED:
            states = {self._other.our_state, self._other.their_state}
            self.keeps = states == {h11.DONE}
            self._finish(self._other.trailing_data[0])


def _may_begin(data: bytes) -> bool:
    """Whether this may be a part of a plain head, which says nothing yet that h11 would refuse at once."""
    return data[:1] > b" " and data.count(b"\n") == data.count(b"\r\n")
