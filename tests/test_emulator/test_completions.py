from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.types import Json

CHAT = "/chat/completions"


def events(text: str) -> Iterator[ChatCompletionChunk]:
    """The chunk in each event before the end mark, which must be there."""
    *lines, last = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert last == "[DONE]"
    for line in lines:
        yield ChatCompletionChunk.model_validate_json(line)


def shape(value: object) -> object:
    """The keys and types of a JSON value, without what it says."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shape(entry) for entry in value]
    return type(value).__name__


DOCUMENTED_SAMPLE = {
    "id": "chatcmpl-BHOQRlHqSrfSMi3wFtOYzxVOZWufb",
    "choices": [
        {
            "finish_reason": "stop",
            "index": 0,
            "logprobs": None,
            "message": {
                "content": "Hello! How can I assist you today?",
                "refusal": None,
                "role": "assistant",
                "audio": None,
                "function_call": None,
                "tool_calls": None,
                "annotations": [],
            },
        }
    ],
    "created": 1743485167,
    "model": "gpt-4o-2024-08-06",
    "object": "chat.completion",
    "service_tier": "default",
    "system_fingerprint": "fp_898ac29719",
    "usage": {
        "completion_tokens": 10,
        "prompt_tokens": 19,
        "total_tokens": 29,
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0},
    },
}
"""Sahara API documentation, "Model Inference by Raw HTTP Request", read 2026-11-22."""


def test_a_completion_has_the_documented_shape_and_says_that_it_is_simulated(
    http: httpx2.Client, hello: dict[str, Json]
) -> None:
    response = http.post(CHAT, json=hello)
    body = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-sahara-backend"] == "sim"
    assert list(body) == list(DOCUMENTED_SAMPLE)
    assert shape(body) == shape(DOCUMENTED_SAMPLE)
    assert len(body["id"]) == len(DOCUMENTED_SAMPLE["id"])  # type: ignore[arg-type]  # it is a string
    assert body["system_fingerprint"] == "agents-sahara-sim"
    assert body["model"] == "gpt-4o"
    assert body["usage"]["prompt_tokens"] == 19


def test_the_same_request_gives_the_same_bytes(hello: dict[str, Json]) -> None:
    answers = set()
    for _ in range(2):
        with LocalGateway(clock=lambda: 1_700_000_000.9) as gateway:
            response = httpx2.post(
                gateway.base_url + CHAT,
                json=hello,
                headers={"Authorization": "Bearer k", "OpenAI-Organization": "openai"},
                trust_env=False,
                verify=False,
            )
            answers.add(response.content)
            assert response.json()["created"] == 1_700_000_000
    assert len(answers) == 1


def test_a_streamed_answer_says_the_same_in_pieces(http: httpx2.Client, hello: dict[str, Json]) -> None:
    whole = http.post(CHAT, json=hello).json()
    response = http.post(CHAT, json=hello | {"stream": True, "stream_options": {"include_usage": True}})
    assert response.headers["content-type"].startswith("text/event-stream")
    *spoken, last = events(response.text)
    choices = [chunk.choices[0] for chunk in spoken]
    assert {chunk.system_fingerprint for chunk in spoken} == {"agents-sahara-sim"}
    assert choices[0].delta.role == "assistant"
    assert len(choices) > 4
    content = "".join(choice.delta.content or "" for choice in choices)
    assert content == whole["choices"][0]["message"]["content"]
    assert [choice.finish_reason for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
    assert last.choices == []
    assert last.usage == CompletionUsage.model_validate(whole["usage"])


def test_usage_comes_in_a_stream_only_when_it_was_asked_for(
    http: httpx2.Client, hello: dict[str, Json]
) -> None:
    assert '"usage"' not in http.post(CHAT, json=hello | {"stream": True}).text


@pytest.mark.parametrize("is_stream", [False, True])
def test_each_request_is_recorded_before_it_is_answered(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json], is_stream: bool
) -> None:
    http.post(CHAT, json=hello | {"stream": is_stream})
    (call,) = gateway.calls
    assert (call.method, call.path, call.provider, call.model, call.stream, call.status) == (
        "POST",
        "/api/compute/chat/completions",
        "openai",
        "gpt-4o",
        is_stream,
        200,
    )
    assert call.body == hello | {"stream": is_stream}
    assert call.headers["authorization"] == "Bearer test-key"
    assert "test-key" not in repr(call)
