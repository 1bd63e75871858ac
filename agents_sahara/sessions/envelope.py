"""A whole turn as one item of a backend of the SDK, so that no backend can keep half of it.

The backends keep rows of items without saying which belong together, order them by a clock, and pass over rows that
they cannot read (openai-agents 0.24, checked 2026-11-28). One item a turn, with its number, its conversation and a
checksum, makes each of these harmless or an error.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from agents_sahara.sessions.values import (
    Item,
    Key,
    Past,
    Receipt,
    Turn,
    decoded_items,
    decoded_settled,
    encoded,
)
from agents_sahara.types import JsonObject

TYPE = "agents_sahara.turn"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Opened:
    """One turn as it was kept."""

    number: int
    items: Sequence[Item]
    agent: str | None
    settled: Mapping[str, tuple[str, str]]
    receipt: Receipt | None


def closed(key: Key, turn: Turn) -> Item:
    """The turn as one item."""
    items = encoded(list(turn.items))
    receipt = turn.receipt
    return {
        "type": TYPE,
        "version": VERSION,
        "of": key.digest().hex(),
        "number": turn.number,
        "agent": turn.agent,
        "settled": encoded(turn.settled),
        "items": items,
        "checksum": zlib.crc32(items.encode()),
        "receipt": None
        if receipt is None
        else {"message_id": receipt.message_id, "digest": receipt.digest, "result": receipt.result},
    }


def opened(key: Key, item: object) -> Opened:
    """The turn that `closed` made an item of.

    Raises:
        ValueError: it is something else, or damaged.
    """
    try:
        said = cast("Mapping[str, object]", item)
        items = str(said["items"])
        if (said["type"], said["of"]) != (TYPE, key.digest().hex()) or zlib.crc32(items.encode()) != said[
            "checksum"
        ]:
            raise ValueError("it is no turn of this conversation, or damaged")
        if said["version"] != VERSION:
            raise ValueError("a later version of this package wrote it")
        agent = said["agent"]
        return Opened(
            int(cast("int", said["number"])),
            decoded_items(items),
            None if agent is None else str(agent),
            decoded_settled(str(said["settled"])),
            _receipt(said["receipt"]),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError("it is no turn") from problem


def number_of(text: str | None) -> int | None:
    """That of the turn that `closed` made an item of, which was kept as JSON; 0 where there is none, None where it is
    none of ours."""
    if text is None:
        return 0
    try:
        return int(json.loads(text)["number"])
    except (KeyError, TypeError, ValueError):
        return None


def _receipt(said: object) -> Receipt | None:
    if said is None:
        return None
    parts = cast("Mapping[str, object]", said)
    return Receipt(str(parts["message_id"]), str(parts["digest"]), cast("JsonObject", parts["result"]))


def past_of(
    key: Key, items: Iterable[object], *, keep: int | None = None, message_id: str | None = None
) -> Past:
    """What the kept items of a conversation say.

    Raises:
        ValueError: an item is damaged, a turn is missing between others, or is there twice.
    """
    turns = sorted((opened(key, item) for item in items), key=lambda turn: turn.number)
    if not turns:
        return Past()
    if any(following.number != turn.number + 1 for turn, following in pairwise(turns)):
        raise ValueError("a turn is missing, or is there twice")
    last = turns[-1]
    for turn in turns:
        if turn.receipt is not None and turn.receipt.message_id == message_id:
            return Past(last.number, (), last.agent, last.settled, turn.receipt)
    kept = turns if keep is None else turns[-keep:]
    return Past(last.number, [item for turn in kept for item in turn.items], last.agent, last.settled)
