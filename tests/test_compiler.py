"""Each thing that a graph says reaches the request."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.types import Json
from tests.teams import edge, graph, node, solo


def _body(gateway: LocalGateway, settings: dict[str, Json]) -> dict[str, Any]:
    """The request of one agent with `settings`."""
    gateway.script([Rule(Say("ok"))])

    async def go() -> None:
        async with Team(solo(settings=settings), Settings.local(gateway.base_url)) as team:
            await team.run("Hello!")

    asyncio.run(go())
    body: Any = gateway.calls[-1].body
    return dict(body)


BARE = {
    "model": "gpt-4o",
    "messages": [
        {"role": "system", "content": "You are the solo desk."},
        {"role": "user", "content": "Hello!"},
    ],
}


def test_without_settings_nothing_but_model_and_messages_is_sent(gateway: LocalGateway) -> None:
    assert _body(gateway, {}) == BARE


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"temperature": 0.2}, {"temperature": 0.2}),
        ({"temperature": 0}, {"temperature": 0}),
        ({"top_p": 0.5}, {"top_p": 0.5}),
        ({"max_tokens": 800}, {"max_tokens": 800}),
        ({"frequency_penalty": -1.5}, {"frequency_penalty": -1.5}),
        ({"presence_penalty": 1.5}, {"presence_penalty": 1.5}),
        ({"reasoning": {"effort": "low"}}, {"reasoning_effort": "low"}),
        ({"verbosity": "low"}, {"verbosity": "low"}),
        ({"stop": ["END"]}, {"stop": ["END"]}),
        ({"seed": 7}, {"seed": 7}),
        ({"top_logprobs": 2}, {"top_logprobs": 2, "logprobs": True}),
        ({"metadata": {"team": "x"}}, {"metadata": {"team": "x"}}),
        ({"extra_body": {"safety": "high"}}, {"safety": "high"}),
    ],
)
def test_each_setting_reaches_the_request(
    gateway: LocalGateway, settings: dict[str, Json], sent: dict[str, Json]
) -> None:
    assert _body(gateway, settings) == BARE | sent


def test_handoffs_become_tools_with_their_own_names(gateway: LocalGateway) -> None:
    target = node("a", edge("b", "Hand off to b. Knows b"), edge("a"))
    settings: dict[str, Json] = {"parallel_tool_calls": False, "tool_choice": "required"}
    chosen = dataclasses.replace(target, target=dataclasses.replace(target.target, settings=settings))
    gateway.script([Rule(Say("ok"))])

    async def go() -> None:
        async with Team(graph(chosen, node("b")), Settings.local(gateway.base_url)) as team:
            await team.run("Hello!")
            assert team.agents["a"].handoff_description == "Knows a"
            assert list(team.agents) == ["a", "b"]

    asyncio.run(go())
    body: Any = gateway.calls[0].body
    assert [(tool["function"]["name"], tool["function"]["description"]) for tool in body["tools"]] == [
        ("transfer_to_b", "Hand off to b. Knows b"),
        ("transfer_to_a", "Hand off to a"),
    ]
    assert (body["parallel_tool_calls"], body["tool_choice"]) == (False, "required")


def test_a_choice_among_tools_is_left_out_where_there_are_none(gateway: LocalGateway) -> None:
    """OpenAI refuses `tool_choice` and `parallel_tool_calls` without `tools`."""
    assert _body(gateway, {"tool_choice": "required", "parallel_tool_calls": False}) == BARE


def test_a_stream_asks_for_its_usage(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with Team(solo(), Settings.local(gateway.base_url)) as team:
            async for _ in team.stream("Hello!"):
                pass

    asyncio.run(go())
    assert gateway.calls[0].body == BARE | {"stream": True, "stream_options": {"include_usage": True}}
