"""openai builds answers without validating them: JSON of any other shape is told as such, never as a bug."""

from __future__ import annotations

import asyncio

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Raw, Rule, Tool, Use
from agents_sahara.errors import UnusableAnswerError
from agents_sahara.events import RunFinished, RunResult
from agents_sahara.retry import RetryPolicy
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.teams import triage

DEEP = "[" * 100_000
CALL = '[{"message": {"tool_calls": [%s]}}]'
ODD_CHOICES = (
    "[1]",
    '{"a": 1}',
    '[{"message": "hi"}]',
    '[{"message": {"content": "x"}, "finish_reason": 7}]',
    '[{"message": {"content": "x", "refusal": 1}}]',
    '[{"message": {"content": "x", "tool_calls": "y"}}]',
    CALL % 1,
    CALL % '{"id": "c", "type": "function", "function": {"name": "f"}}',
    CALL % '{"id": [3], "function": {"name": "f", "arguments": "{}"}}',
)
ODD_PARTS = (
    "[1]",
    '{"a": 1}',
    '[{"delta": "x"}]',
    '[{"delta": {"content": {"a": 1}}}]',
    '[{"delta": {"content": "x"}, "finish_reason": 7}]',
    '[{"delta": {"tool_calls": [1]}}]',
    '[{"delta": {"tool_calls": [{"index": "a"}]}}]',
    '[{"delta": {"tool_calls": [{"index": 0, "function": "f"}]}}]',
)
ODD_USAGES = ("7", '"z"', "[]", '{"prompt_tokens": 1e999}', '{"prompt_tokens": -1, "completion_tokens": 0}')


def _run(gateway: LocalGateway, rule: Rule, *, is_streamed: bool) -> RunResult:
    gateway.script([rule])

    async def go() -> RunResult:
        once = RetryPolicy(attempts=1)
        async with Team(triage(), Settings.local(gateway.base_url), policy=once) as team:
            if not is_streamed:
                return await team.run("Hello!")
            *_, last = [event async for event in team.stream("Hello!")]
            assert isinstance(last, RunFinished)
            return last.result

    return asyncio.run(go())


def _sse(text: str) -> Raw:
    return Raw(f"data: {text}\n\ndata: [DONE]\n\n", content_type="text/event-stream")


@pytest.mark.parametrize("body", [DEEP, "7", *(f'{{"choices": {odd}}}' for odd in ODD_CHOICES)])
def test_a_plain_answer_of_another_shape_is_unusable(gateway: LocalGateway, body: str) -> None:
    with pytest.raises(UnusableAnswerError):
        _run(gateway, Rule(Raw(body)), is_streamed=False)


@pytest.mark.parametrize("body", [DEEP, "7", "[]", *(f'{{"choices": {odd}}}' for odd in ODD_PARTS)])
def test_a_chunk_of_another_shape_is_unusable(gateway: LocalGateway, body: str) -> None:
    with pytest.raises(UnusableAnswerError):
        _run(gateway, Rule(_sse(body)), is_streamed=True)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_arguments_that_are_nested_too_deep_are_unusable(gateway: LocalGateway, is_streamed: bool) -> None:
    call = Use((Tool("transfer_to_spanish", DEEP),))
    with pytest.raises(UnusableAnswerError):
        _run(gateway, Rule(call), is_streamed=is_streamed)


@pytest.mark.parametrize("usage", ODD_USAGES)
@pytest.mark.parametrize("is_streamed", [False, True])
def test_odd_bookkeeping_is_unknown_and_the_answer_still_good(
    gateway: LocalGateway, usage: str, is_streamed: bool
) -> None:
    holder = "delta" if is_streamed else "message"
    choice = f'{{"index": 0, "finish_reason": "stop", "{holder}": {{"content": "Fine."}}}}'
    body = f'{{"model": 3, "system_fingerprint": {{}}, "usage": {usage}, "choices": [{choice}]}}'
    result = _run(gateway, Rule(_sse(body) if is_streamed else Raw(body)), is_streamed=is_streamed)
    assert result.output == "Fine."
    assert [(attempt.input_tokens, attempt.answered_model) for attempt in result.attempts] == [(None, None)]


ODD_EXTRAS = (
    '"reasoning_content": 5',
    '"reasoning": {"a": 1}',
    '"thinking_blocks": 5',
    '"audio": {"id": "1"}',
)
ODD_LOGPROBS = ("5", "[]", '{"content": 5}', '{"content": [1]}')


@pytest.mark.parametrize("extra", [*ODD_EXTRAS, *(f"logprobs {odd}" for odd in ODD_LOGPROBS)])
@pytest.mark.parametrize("is_streamed", [False, True])
def test_odd_extras_are_dropped_and_the_answer_still_good(
    gateway: LocalGateway, extra: str, is_streamed: bool
) -> None:
    holder = "delta" if is_streamed else "message"
    _, is_logprobs, odd = extra.partition("logprobs ")
    beside = f'"logprobs": {odd}, ' if is_logprobs else ""
    inside = "" if is_logprobs else f", {extra}"
    part = f'"{holder}": {{"content": "Fine."{inside}}}'
    body = f'{{"choices": [{{"index": 0, {beside}"finish_reason": "stop", {part}}}]}}'
    result = _run(gateway, Rule(_sse(body) if is_streamed else Raw(body)), is_streamed=is_streamed)
    assert result.output == "Fine."


@pytest.mark.parametrize("is_streamed", [False, True])
def test_odd_extra_content_of_a_tool_call_is_dropped(gateway: LocalGateway, is_streamed: bool) -> None:
    call = (
        '{"index": 0, "id": "c", "type": "function", "extra_content": 5, '
        '"function": {"name": "transfer_to_spanish", "arguments": "{}"}}'
    )
    holder = "delta" if is_streamed else "message"
    part = f'"{holder}": {{"tool_calls": [{call}]}}'
    body = f'{{"choices": [{{"index": 0, "finish_reason": "tool_calls", {part}}}]}}'
    first = Rule(_sse(body) if is_streamed else Raw(body), times=1)
    assert _run(gateway, first, is_streamed=is_streamed).path == ("triage", "spanish")
