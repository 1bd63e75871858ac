"""A chunk that is read as a repetition says what a parser finds in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from agents_sahara.clients.repeats import Repeats


def _data(text: str, *, is_ascii: bool = False, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    chunk = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **more,
    }
    return json.dumps(chunk, ensure_ascii=is_ascii).encode(errors="surrogatepass")


def _learnt(data: bytes) -> Repeats:
    repeats = Repeats()
    repeats.learn(data, ChatCompletionChunk.model_validate_json(data))
    return repeats


@given(st.text(), st.booleans())
def test_every_text_is_read_as_a_parser_reads_it_or_left_to_one(text: str, is_ascii: bool) -> None:
    data = _data(text, is_ascii=is_ascii)
    more = _learnt(_data("first", is_ascii=is_ascii)).more(data)
    if more is not None:
        assert more.whole() == ChatCompletionChunk.model_validate_json(data)


@pytest.mark.parametrize("text", ["a", " b", "Señor 🕐", 'a "word"', "a\\", "line\n", '"content":'])
def test_usual_texts_need_no_parser(text: str) -> None:
    more = _learnt(_data("first")).more(_data(text))
    assert more is not None
    assert more.text == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        _data("a", model="other"),
        _data("a", usage={"prompt_tokens": 1}),
        _data("a").replace(b'"a"', b"null"),
        _data("a").replace(b'"a"', b'"a", "refusal": "no"'),
        _data("a").replace(b'"a"', b'"a'),
        _data("a").replace(b'"a"', b'"a\n"'),
        _data("a").replace(b'"a"', b'"\xff"'),
        _data("\ud83d", is_ascii=True),
        _data("a")[:-1],
        _data("a") + b"}",
    ],
)
def test_whatever_else_differs_is_left_to_a_parser(data: bytes) -> None:
    assert _learnt(_data("first")).more(data) is None


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({**json.loads(_data("x")), "content": "x"}).encode(),
        _data("x").replace(b'"content"', b'"cont\\u0065nt"'),
    ],
)
def test_a_chunk_whose_text_stands_at_no_clear_place_teaches_nothing(data: bytes) -> None:
    assert _learnt(data).more(data.replace(b'"x"', b'"y"')) is None
