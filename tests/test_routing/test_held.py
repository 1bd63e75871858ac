"""What a stream keeps back until it may be shown is small, and comes out whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from agents_sahara.routing.held import MOST_HELD, Held


def _chunk(**delta: object) -> ChatCompletionChunk:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    head = {"id": "x", "created": 1, "model": "m", "object": "chat.completion.chunk"}
    return ChatCompletionChunk.model_validate({**head, "choices": [choice]})


def _said(chunks: list[ChatCompletionChunk], name: str) -> list[str]:
    return [text for chunk in chunks if (text := getattr(chunk.choices[0].delta, name, None))]


def test_pieces_of_reasoning_in_a_row_become_one() -> None:
    held = Held()
    for number in range(5):
        held.add(_chunk(reasoning_content=f"{number} "))
    assert _said(list(held.release()), "reasoning_content") == ["0 1 2 3 4 "]
    assert list(held.release()) == []


_PARTS = st.tuples(
    st.sampled_from(["reasoning_content", "reasoning", "content", "refusal"]), st.text(min_size=1)
)


@given(st.lists(_PARTS, max_size=30), st.integers(0, 30))
def test_nothing_is_lost_and_nothing_changes_its_place(parts: list[tuple[str, str]], released: int) -> None:
    held, out = Held(), list[ChatCompletionChunk]()
    for number, (name, text) in enumerate(parts):
        if number == released:
            out += held.release()
        held.add(_chunk(**{name: text}))
    out += held.release()
    joined: list[list[str]] = []
    for chunk in out:
        for name in ("reasoning_content", "reasoning", "content", "refusal"):
            joined += [[name, text] for text in _said([chunk], name)]
    assert _runs(joined) == _runs([list(part) for part in parts])


def _runs(parts: list[list[str]]) -> list[list[str]]:
    """Texts of one kind in a row as one."""
    made: list[list[str]] = []
    for name, text in parts:
        if made and made[-1][0] == name:
            made[-1][1] += text
        else:
            made.append([name, text])
    return made


def test_calls_are_kept_one_by_one_up_to_a_number() -> None:
    held = Held()
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "1"}}
    chunk = _chunk(tool_calls=[call])
    full = []
    for _ in range(MOST_HELD + 1):
        full.append(held.is_full)
        held.add(chunk)
    assert not any(full)
    assert held.is_full
    assert len(list(held.release())) == MOST_HELD + 1
