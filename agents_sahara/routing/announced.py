"""A handoff in words: an answer that says, or spells, the handoff that its model meant to make, and makes none.

Models do so now and then (openai-agents issue 2352, checked 2026-11-28). Told by structure in any language, by the
name of a handoff tool or a text in the shape of a call, and in English also by a short plain sentence. Whether it was
meant is asked, never assumed: an answer that merely speaks of an agent stays what it is. Pure functions over text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from agents_sahara.routing.fitting import bare

MOST_HELD = 300
"""Characters of a stream that wait because they may be the beginning of a call that was written out."""

_MOST_TEXT = 1_500
"""Longer answers say more than that they hand over."""
_MOST_SENTENCE = 300
_DEEPEST = 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_WRAPPER = re.compile(r"</?[\w|.=\u2581\uff5c-]{1,40}>|\[/?TOOL_CALLS?\]|<\|[\w|]{1,40}\|>")
_SPELT = re.compile(r"[`*\s]*(?:functions\.)?([A-Za-z0-9_-]{1,64})\s*(?:\(.*\)|\{.*\})?[`*\s.;]*", re.DOTALL)
_NAME_KEYS = frozenset({"name", "tool", "tool_name", "function", "function_name", "recipient_name", "action"})
_TARGET_KEYS = frozenset({
    "assistant", "agent", "handoff", "handoff_to", "transfer", "transfer_to", "target", "recipient",
})  # fmt: skip
_FIRST_PERSON = r"\b(?:i['\u2019]?ll|i will|i['\u2019]?m|i am|let me|we['\u2019]?ll|we will|allow me to)\b"
_MOVES = r"\b(?:transfer|hand|connect|forward|redirect|route|pass|switch)(?:ting|ring|ing)?\b"
_WHOM = r"(?: (?:you|this|it|your \w+|the \w+|things))\b"
_SENTENCE = re.compile(
    rf"{_FIRST_PERSON}[^.!?\n]{{0,40}}?{_MOVES}{_WHOM}(?P<rest>[^.!?\n]{{0,80}})", re.IGNORECASE
)
_DOUBT = re.compile(
    r"\?|\b(?:if|whether|unless|could|would|may|might|not|never|later)\b|n['\u2019]t\b", re.IGNORECASE
)

_ASK = (
    "You have not called the tool {tool}: your answer only says or spells it, and nothing was handed over. If you "
    "mean to hand the conversation over, call the tool now. If you do not, answer with the one word NO; your answer "
    "above is then sent as it is."
)


class Announced(NamedTuple):
    """A handoff that an answer announces."""

    tool: str
    is_call: bool
    """Whether the answer is nothing but a call that was written out: no text for anybody."""


def announced(text: str, ways: Mapping[str, Sequence[str]]) -> Announced | None:
    """The one handoff that `text` announces; `ways` has what each tool's target is called, by tool."""
    if not ways or not text.strip() or len(text) > _MOST_TEXT:
        return None
    spelt = _spelt(text, ways)
    if spelt is not None:
        return Announced(spelt, is_call=True)
    named = {token for token in _TOKEN.findall(text) if token in ways and _is_distinct(token)}
    if len(named) == 1:
        return Announced(named.pop(), is_call=False)
    said = None if named else _said(text, ways)
    return None if said is None else Announced(said, is_call=False)


def may_become_call(text: str, ways: Mapping[str, Sequence[str]]) -> bool:
    """Whether the beginning of an answer could go on as a call that is written out."""
    begun = text.lstrip(" \n`*")
    if len(text) > MOST_HELD:
        return False
    return (
        not begun
        or begun[0] in "{[<"
        or any(begun.startswith(tool) or tool.startswith(begun) for tool in (*ways, "functions."))
    )


def asking_for_call(request: Mapping[str, Any], text: str, tool: str) -> dict[str, Any]:
    """`request` once more, as one for a whole answer, with what the model is asked about its answer."""
    plain = {name: value for name, value in request.items() if name not in ("stream", "stream_options")}
    said = {"role": "assistant", "content": text}
    asked = {"role": "user", "content": _ASK.format(tool=tool)}
    return {**plain, "messages": [*request["messages"], said, asked]}


def _is_distinct(tool: str) -> bool:
    """Whether a tool's name cannot be a word of an ordinary sentence."""
    return "_" in tool


def _spelt(text: str, ways: Mapping[str, Sequence[str]]) -> str | None:
    """The handoff of a text that is a call and nothing else."""
    inner = bare(_WRAPPER.sub(" ", bare(text)))
    whole = _SPELT.fullmatch(inner)
    if whole is not None and whole[1] in ways and (_is_distinct(whole[1]) or "(" in inner):
        return whole[1]
    if inner[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(inner)
    except (ValueError, RecursionError):
        return None
    found = set(_named_in(value, ways, 0))
    return found.pop() if len(found) == 1 else None


def _named_in(value: object, ways: Mapping[str, Sequence[str]], depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _named_in(one, ways, depth + 1)
    elif isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, str):
                yield from _meant(key, one, ways)
            elif key not in ("arguments", "parameters", "input"):
                yield from _named_in(one, ways, depth + 1)


def _meant(key: str, word: str, ways: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if key in _NAME_KEYS and word.removeprefix("functions.") in ways:
        yield word.removeprefix("functions.")
    elif key in _TARGET_KEYS:
        yield from (tool for tool, names in ways.items() if word in names)


def _said(text: str, ways: Mapping[str, Sequence[str]]) -> str | None:
    """The handoff that a short English text says its model makes now."""
    if len(text) > _MOST_SENTENCE or _DOUBT.search(text):
        return None
    sentence = _SENTENCE.search(text)
    if sentence is None:
        return None
    rest = sentence["rest"].casefold()
    found = [tool for tool, names in ways.items() if any(_has_word(rest, name.casefold()) for name in names)]
    return found[0] if len(found) == 1 else None


def _has_word(text: str, word: str) -> bool:
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
