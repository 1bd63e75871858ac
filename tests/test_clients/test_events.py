"""Reading events fast gives what reading them line by line gives, wherever the pieces end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from agents_sahara.clients.decoder import EventDecoder
from agents_sahara.clients.reader import Event, EventReader

_LINES = st.sampled_from([
    b'data: {"a": 1}', b'data:{"b": "\xc3\xa9"}', b"data: [DONE]", b"data: ", b"data:", b"data", b"", b"", b"",
    b": comment", b"event: ping", b"event: error", b"event:", b"id: 7", b"id:", b"id: \0", b"retry: 5",
    b'{', b'data:  {"d": 3}', b"data:\xc2\xa0", b"data:  [DONE] ", b"retry: soon",
    b"\xef\xbb\xbfdata: {}", b"other: 1", b'{"c": 2}', b"data: \xff", b": \xff", b"data: two",
])  # fmt: skip
_ENDS = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r"])


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(st.tuples(_LINES, _ENDS), max_size=12))
    body = b"".join(line + end for line, end in lines)
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


def _pieces(body: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({cut % (len(body) + 1) for cut in cuts} | {0, len(body)})
    return (body[start:end] for start, end in pairwise(places))


def _slowly(body: bytes) -> list[tuple[str, str | None] | str]:
    told: list[tuple[str, str | None] | str] = []
    try:
        told.extend((event.data, event.event) for event in EventDecoder().iter_bytes(iter([body])))
    except ValueError as error:
        told.append(type(error).__name__)
    return told


def _fast(body: bytes, cuts: list[int]) -> list[tuple[str, str | None] | str]:
    told: list[tuple[str, str | None] | str] = []
    reader = EventReader()

    def events() -> Iterator[Event]:
        for piece in _pieces(body, cuts):
            yield from reader.feed(piece)
        yield from reader.end()

    try:
        told.extend((event.data.decode(), event.name) for event in events())
    except ValueError as error:
        told.append(type(error).__name__)
    return told


@given(_bodies(), st.lists(st.integers(0, 400), max_size=6))
@example(b'data: {"a": 1}\r\n\r\ndata: {"a": 2}\r\n\r\n', [15, 16, 17, 18])
@example(b"\xef\xbb\xbfdata: {}\n\n", [1])
@example(b'\n\xef\xbb\xbfdata: {}\n\ndata: {"a": 1}', [])
@example(b'data: {"a": 1}', [])
def test_events_are_the_same_wherever_the_pieces_end(body: bytes, cuts: list[int]) -> None:
    """A line that is not UTF-8 is told when it is read, which may be after the events before it."""
    assert _fast(body, cuts) == _slowly(body)
