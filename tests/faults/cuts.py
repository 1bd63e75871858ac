"""A whole answer, plain and streamed, cut at one byte after the other, in three ways.

The connection ends, or is reset, or HTTP says that all is well. What must come of it: the next member's answer,
the text so far with an error, or, where only formalities are missing, the answer itself; never anything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.cases import SWITCH, Play, Want, plain, streamed
from tests.faults.replies import (
    CLOSE,
    DONE,
    LAST,
    RESET,
    WHOLE,
    Pause,
    Reply,
    completion,
    events,
    framed,
    head,
    json_reply,
    sse_head,
)

_WHOLE_BYTES = b"".join(step for step in json_reply(completion()) if isinstance(step, bytes))
_STREAM_BYTES = sse_head() + framed(events((*WHOLE, DONE))) + LAST
_EVENTS = events((*WHOLE, DONE))
_SOUND = Want("sound", "unusable_answer")


def cuts(step: int) -> Iterator[Play]:
    """A case for each `step` bytes, in each way."""
    for at in range(1, len(_WHOLE_BYTES), step):
        for name, end in _ENDS:
            yield plain(0, f"{name} behind byte {at} of a plain answer", (_WHOLE_BYTES[:at], *end), SWITCH)
    for at in range(1, len(_STREAM_BYTES), step):
        for name, end in _ENDS:
            yield streamed(0, f"{name} behind byte {at} of a stream", (_STREAM_BYTES[:at], *end), _SOUND)
    for at in range(0, len(_EVENTS), step):
        whole: Reply = (sse_head() + (framed(_EVENTS[:at]) if at else b"") + LAST,)
        yield streamed(0, f"a clean end behind byte {at} of the events", whole, _SOUND)
        until_close: Reply = (head(200, "text/event-stream", Connection="close") + _EVENTS[:at], CLOSE)
        yield streamed(0, f"an end by close behind byte {at} of the events", until_close, _SOUND)


_ENDS: tuple[tuple[str, Reply], ...] = (("an end", (CLOSE,)), ("a reset", (Pause(0.002), RESET)))
