"""Ids of calls in a conversation that a caller or a store gave: each call has one of its own.

Of two calls with one id, and of two answers, the SDK sends the later alone (openai-agents 0.24, checked 2026-11-28).
Some providers number the calls of every answer from `call_0` on, so that such conversations are written down.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from agents import TResponseInputItem

_CALL, _ANSWER = "function_call", "function_call_output"


def with_own_ids(items: list[TResponseInputItem]) -> list[TResponseInputItem]:
    """`items` with ids that are theirs alone; `items` itself where they are, as nearly always."""
    ids = [_numbered(item) for item in items]
    numbered = [one for one in ids if one is not None]
    return items if len(set(numbered)) == len(numbered) else list(_renamed(items, ids))


def _numbered(item: object) -> tuple[str, str] | None:
    """The type and the id of a call, or of an answer to one; None for all else."""
    if not isinstance(item, dict) or item.get("type") not in (_CALL, _ANSWER):
        return None
    return str(item["type"]), str(item.get("call_id"))


def _renamed(
    items: Sequence[TResponseInputItem], ids: Sequence[tuple[str, str] | None]
) -> Iterator[TResponseInputItem]:
    """An answer goes with the call of its id that has waited longest; one to no call is told apart where it must."""
    answers = Counter(one[1] for one in ids if one is not None and one[0] == _ANSWER)
    waiting: dict[str, deque[str]] = {}
    taken: set[str] = set()
    for item, numbered in zip(items, ids, strict=True):
        if numbered is None:
            yield item
            continue
        kind, given = numbered
        calls = waiting.setdefault(given, deque())
        if kind == _CALL:
            own = _own(given, taken)
            calls.append(own)
        elif calls:
            own = calls.popleft()
        else:
            own = given if answers[given] == 1 else _own(f"{given} alone", taken)
        yield item if own == given else cast("TResponseInputItem", {**item, "call_id": own})


def _own(given: str, taken: set[str]) -> str:
    """`given`, or an id made of it where a call has it; the same each time that the conversation is read."""
    own, count = given, 0
    while own in taken:
        count += 1
        own = f"call_{blake2b(f'{given} {count}'.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"
    taken.add(own)
    return own
