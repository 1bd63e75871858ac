"""Calls and choices that are written in unusual ways reach the SDK as what they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Raw, Rule, Say
from agents_sahara.errors import GatewayError
from agents_sahara.events import RunEvent, RunFinished, TextDelta
from agents_sahara.retry import RetryPolicy
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.teams import triage
from tests.test_routing.asking import SSE, ask, plain, streamed
from tests.test_routing.pooling import ON_FIRST, SECOND, ask_pool, pooled

NAME = "transfer_to_spanish"


def _events(*deltas: Mapping[str, object], end: str | None = "tool_calls") -> Raw:
    choices: list[dict[str, object]] = [{"index": 0, "delta": delta} for delta in deltas]
    if end is not None:
        choices.append({"index": 0, "delta": {}, "finish_reason": end})
    return _chunks(*([choice] for choice in choices))


def _chunks(*choices: Sequence[Mapping[str, object]]) -> Raw:
    lines = (f"data: {json.dumps({'choices': list(some)})}\n\n" for some in choices)
    return Raw("".join(lines), content_type=SSE)


def _piece(call_id: str | None, name: str | None, arguments: str, **more: object) -> dict[str, object]:
    call = {"index": 0, "id": call_id, "function": {"name": name, "arguments": arguments}, **more}
    return {"tool_calls": [call]}


async def _run(gateway: LocalGateway, *, is_streamed: bool) -> tuple[str, ...]:
    once = RetryPolicy(attempts=1)
    async with Team(triage(), Settings.local(gateway.base_url), policy=once) as team:
        if not is_streamed:
            return (await team.run("Hello!")).path
        *_, last = [event async for event in team.stream("Hello!")]
        assert isinstance(last, RunFinished)
        return last.result.path


@pytest.mark.parametrize("before", [(), ({"content": "Let me see. "},)], ids=["alone", "behind text"])
@pytest.mark.parametrize(
    "pieces",
    [
        [("a", "transfer_to", ""), (None, "_spanish", "{"), (None, None, "}")],
        [("a", NAME, "{"), ("a", NAME, "}")],
        [("a", NAME, ""), ("b", None, "{"), ("c", "", "}")],
        [(None, NAME, ""), ("b", None, "{"), ("c", None, "}")],
    ],
    ids=["a name in pieces", "the name in each piece", "a new id in each piece", "ids that come later"],
)
def test_a_streamed_handoff_is_made_however_its_call_is_cut_into_pieces(
    gateway: LocalGateway,
    pieces: list[tuple[str | None, str | None, str]],
    before: tuple[dict[str, Any], ...],
) -> None:
    gateway.script([Rule(_events(*before, *(_piece(*piece) for piece in pieces)), times=1)])
    assert asyncio.run(_run(gateway, is_streamed=True)) == ("triage", "spanish")


@pytest.mark.parametrize("kind", ["tool", "", 5, None])
@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_call_of_a_function_is_one_whatever_type_it_says(
    gateway: LocalGateway, kind: object, is_streamed: bool
) -> None:
    delta = _piece("a", NAME, "{}", type=kind)
    whole = {"choices": [{"message": {"content": None, **delta}, "finish_reason": "tool_calls"}]}
    gateway.script([Rule(_events(delta) if is_streamed else Raw(json.dumps(whole)), times=1)])
    assert asyncio.run(_run(gateway, is_streamed=is_streamed)) == ("triage", "spanish")


def test_a_call_of_a_kind_that_was_not_offered_is_an_error(gateway: LocalGateway) -> None:
    call = {"id": "a", "type": "custom", "custom": {"name": NAME, "input": "x"}}
    whole = {"choices": [{"message": {"content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    for raw in (Raw(json.dumps(whole)), _events({"tool_calls": [{"index": 0, **call}]})):
        gateway.script([Rule(raw)])
        with pytest.raises(GatewayError):
            asyncio.run(_run(gateway, is_streamed=raw.content_type == SSE))


@pytest.mark.parametrize("end", ["length", "content_filter", "error"])
def test_text_that_comes_with_a_bad_end_is_not_shown_and_another_member_answers(
    gateway: LocalGateway, end: str
) -> None:
    bad = _chunks([{"index": 0, "delta": {"content": "Half an ans"}, "finish_reason": end}])
    text, providers, _ = ask_pool(
        gateway, pooled(SECOND), [Rule(bad, ON_FIRST), Rule(Say("Fine."))], "stream"
    )
    assert (text, providers) == ("Fine.", ["together", "lepton"])


def test_the_text_of_an_error_is_what_was_shown(gateway: LocalGateway) -> None:
    blank = ask(gateway, [Rule(_events({"content": " \n"}, end="stop"))], how=streamed)
    assert (blank.error is not None, getattr(blank.error, "partial_text", None)) == (True, "")
    gateway.script([Rule(_chunks([{"index": 0, "delta": {"content": " One"}}]))])
    shown = list[RunEvent]()

    async def go() -> None:
        async with Team(triage(), Settings.local(gateway.base_url)) as team:
            async for event in team.stream("Hello!"):
                shown.append(event)

    with pytest.raises(GatewayError) as caught:
        asyncio.run(go())
    assert caught.value.partial_text == " One"
    assert "".join(event.text for event in shown if isinstance(event, TextDelta)) == " One"


def test_the_first_choice_is_the_one_that_says_so(gateway: LocalGateway) -> None:
    choices = [
        {"index": at, "message": {"content": f"Choice {at}."}, "finish_reason": "stop"} for at in (2, 0, 1)
    ]
    assert ask(gateway, [Rule(Raw(json.dumps({"choices": choices})))], how=plain).text == "Choice 0."
    parts = [
        [{"index": at, "delta": {"content": f"{word}{at}."}, "finish_reason": end} for at in (2, 0, 1)]
        for word, end in (("Choice ", None), ("; no other than ", "stop"))
    ]
    asked = ask(gateway, [Rule(_chunks(*parts))], how=streamed)
    assert asked.text == "Choice 0.; no other than 0."
