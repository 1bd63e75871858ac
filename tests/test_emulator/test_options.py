from __future__ import annotations

import json

import httpx2
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use
from agents_sahara.emulator.tokens import count_prompt, count_text, cut_text
from agents_sahara.types import Json

CHAT = "/chat/completions"
LONG_ANSWER = (
    "Hello! I'm just a program, so I don't have feelings, but I'm here and ready to help you. "
    "How can I assist you today?"
)
SPEECH = "One two three. Four five six."


@pytest.fixture(autouse=True)
def speech(gateway: LocalGateway) -> None:
    gateway.script([Rule(Say(SPEECH))])


@pytest.mark.parametrize(
    ("options", "text", "finish"),
    [
        ({}, SPEECH, "stop"),
        ({"max_tokens": 3}, "One two three", "length"),
        ({"max_completion_tokens": 1}, "One", "length"),
        ({"max_completion_tokens": 2, "max_tokens": 5}, "One two", "length"),
        ({"max_tokens": 8}, SPEECH, "stop"),
        ({"stop": "three"}, "One two ", "stop"),
        ({"stop": ["six", "Four"]}, "One two three. ", "stop"),
        ({"stop": ["", "absent"]}, SPEECH, "stop"),
        ({"stop": "Four", "max_tokens": 2}, "One two", "length"),
        (
            {"stop": None, "max_tokens": None, "n": None, "stream": None, "stream_options": None},
            SPEECH,
            "stop",
        ),
        ({"seed": 1, "temperature": 0, "top_p": 1, "user": "u", "metadata": {"a": "b"}}, SPEECH, "stop"),
        ({"logprobs": True, "top_logprobs": 2}, SPEECH, "stop"),
    ],
)
def test_length_and_stop_words_are_honoured_whole_and_streamed(
    http: httpx2.Client, hello: dict[str, Json], options: dict[str, Json], text: str, finish: str
) -> None:
    choice = http.post(CHAT, json=hello | options).json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, finish)
    assert choice["logprobs"] is None
    streamed = http.post(CHAT, json=hello | options | {"stream": True}).text
    chunks = [json.loads(line[6:]) for line in streamed.split("\n\n") if line.startswith("data: {")]
    assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks) == text
    assert chunks[-1]["choices"][0]["finish_reason"] == finish


@pytest.mark.parametrize("is_streamed", [False, True])
def test_n_choices_are_given_and_counted(
    http: httpx2.Client, hello: dict[str, Json], is_streamed: bool
) -> None:
    body = hello | {"n": 3}
    if is_streamed:
        text = http.post(CHAT, json=body | {"stream": True}).text
        assert [text.count(f'"index":{index},"delta":{{"content":"One"}}') for index in range(4)] == [
            1,
            1,
            1,
            0,
        ]
        assert text.count('"finish_reason":"stop"') == 3
        return
    answer = http.post(CHAT, json=body).json()
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert {choice["message"]["content"] for choice in answer["choices"]} == {SPEECH}
    assert answer["usage"]["completion_tokens"] == 3 * (count_text(SPEECH) + 1)


def test_a_tool_call_is_never_cut_by_max_tokens(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    gateway.script([Rule(Use((Tool("note", {"text": "a b c d e f"}),)))])
    choice = http.post(CHAT, json=hello | {"max_tokens": 1}).json()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert json.loads(choice["message"]["tool_calls"][0]["function"]["arguments"]) == {"text": "a b c d e f"}


def test_ids_differ_between_requests_and_choices_of_tools(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    gateway.script([Rule(Use((Tool("a"), Tool("b"))))])
    ids = [
        call["id"]
        for seed in (1, 2)
        for call in http.post(CHAT, json=hello | {"seed": seed}).json()["choices"][0]["message"]["tool_calls"]
    ]
    assert len(set(ids)) == 4


def test_text_that_utf8_cannot_say_is_escaped(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    gateway.script([Rule(Say("half a pair: \ud83d, and ñ"))])
    assert b"\\ud83d" in http.post(CHAT, json=hello).content
    gateway.script([Rule(Say("¿Qué? \U0001f600"))])
    assert "¿Qué? \U0001f600".encode() in http.post(CHAT, json=hello).content


@pytest.mark.parametrize(
    ("system", "user", "answer", "prompt_tokens", "completion_tokens"),
    [
        ("You are a helpful assistant.", "Hello!", "Hello! How can I assist you today?", 19, 10),
        (
            None,
            "Hello! How are you?",
            LONG_ANSWER,
            13,
            30,
        ),
    ],
)
def test_the_estimate_meets_the_documented_usage(
    system: str | None, user: str, answer: str, prompt_tokens: int, completion_tokens: int
) -> None:
    """Sahara API documentation, sample responses, read 2026-11-22."""
    messages = [{"role": "system", "content": system}] if system else []
    assert count_prompt([*messages, {"role": "user", "content": user}], []) == prompt_tokens
    assert count_text(answer) + 1 == completion_tokens


def test_parts_and_tools_are_counted() -> None:
    parts: Json = [{"type": "text", "text": "one two"}, {"type": "image_url", "image_url": {"url": "x"}}]
    plain = count_prompt([{"role": "user", "content": "one two"}], [])
    assert count_prompt([{"role": "user", "content": parts}], []) == plain
    assert count_prompt([{"role": "user", "content": "one two"}], [{"name": "x" * 40}]) > plain
    assert cut_text("a b c", 9) == "a b c"


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_long_answer_arrives_whole(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json], is_streamed: bool
) -> None:
    speech = " ".join(str(number) for number in range(2_000 if is_streamed else 200_000))
    gateway.script([Rule(Say(speech))])
    response = http.post(CHAT, json=hello | {"stream": is_streamed})
    if not is_streamed:
        assert response.json()["choices"][0]["message"]["content"] == speech
        return
    chunks = [json.loads(line[6:]) for line in response.text.split("\n\n") if line.startswith("data: {")]
    assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks) == speech
