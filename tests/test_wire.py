"""What goes over the wire is what a plain script of the SDK would send for the same agents, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, RunConfig, Runner, handoff
from openai import AsyncOpenAI
from openai.types.shared import Reasoning

from agents_sahara.graph.values import AgentGraph
from agents_sahara.runner.message import Message
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.types import Json
from bench import replies
from tests.recording import recording
from tests.teams import DEEPSEEK, GPT, edge, graph, node, solo, triage

pytestmark = pytest.mark.usefixtures("each_loop")


def _answer(provider: str, body: bytes) -> bytes:
    """`openai` hands off where it can; everyone else answers in words."""
    model = replies.model_of(body)
    is_first = b'"role":"tool"' not in body
    tool = replies.handoff_of(body) if provider == "openai" and is_first else None
    if not replies.wants_stream(body):
        return replies.completion(model, tool)
    if tool:
        return replies.STREAM_HEAD + replies.stream_of_call(model, tool, usage=True)
    return replies.STREAM_HEAD + replies.first_chunk(model, 1.0) + replies.stream_end(model, usage=True)


def _by_hand(team: AgentGraph, clients: Mapping[str, AsyncOpenAI]) -> Agent[None]:
    """The agents of `team` as a careful script would make them."""
    agents = {
        key: Agent[None](
            name=made.name,
            handoff_description=made.description or None,
            instructions=made.instructions,
            model=OpenAIChatCompletionsModel(made.target.model, clients[made.target.provider]),
            model_settings=_settings(made.target.settings),
        )
        for key, made in team.agents.items()
    }
    for key, made in team.agents.items():
        agents[key].handoffs = [
            handoff(
                agents[one.target],
                tool_name_override=one.tool_name,
                tool_description_override=one.description,
                is_enabled=one.enabled,
            )
            for one in made.handoffs
        ]
    return agents[team.entry]


def _settings(said: Any) -> ModelSettings:
    fields = dict(said)
    extra = {name: fields.pop(name) for name in ("seed", "stop") if name in fields}
    if "reasoning" in fields:
        fields["reasoning"] = Reasoning(**fields["reasoning"])
    return ModelSettings(include_usage=True, extra_args=extra or None, **fields)


def _with(team: AgentGraph, key: str, settings: dict[str, Json]) -> AgentGraph:
    made = team.agents[key]
    changed = replace(made, target=replace(made.target, settings=settings))
    return replace(team, agents={**team.agents, key: changed})


_CALLED: Message = [
    {"role": "user", "content": '¿Qué hora es? 🕐 "quoted" \\ \u2028'},
    {"type": "function_call", "call_id": "call_1", "name": "clock", "arguments": '{"zone": "UTC"}'},
    {"type": "function_call_output", "call_id": "call_1", "output": "12:00"},
    {"role": "assistant", "content": "Son las doce."},
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [{"type": "input_text", "text": "And"}, {"type": "input_text", "text": "now?"}],
    },
]

_SETTINGS: dict[str, dict[str, Json]] = {
    "none": {},
    "numbers": {
        "temperature": 0.0,
        "top_p": 1,
        "max_tokens": 800,
        "frequency_penalty": -1.5,
        "presence_penalty": 2,
    },
    "reasoning": {"reasoning": {"effort": "low"}, "verbosity": "low"},
    "seed and stop": {"seed": 7, "stop": ["END", "Fin."]},
    "probabilities": {"top_logprobs": 2},
    "metadata": {"metadata": {"team": "é"}, "store": False},
    "more of the body": {"extra_body": {"safety": {"level": "high"}, "temperature": 0.5}},
    "headers and query": {
        "extra_headers": {"X-Team": "a b"},
        "extra_query": {"version": "2", "tag": ["x", "y"]},
    },
}

_TEAMS: dict[str, AgentGraph] = {name: solo(settings=settings) for name, settings in _SETTINGS.items()} | {
    "handoffs": triage(),
    "a choice of tools": _with(triage(), "triage", {"tool_choice": "required", "parallel_tool_calls": False}),
    "a named tool": _with(triage(), "triage", {"tool_choice": "transfer_to_english"}),
    "a handoff that is off": graph(
        node("a", edge("b"), edge("c", enabled=False)), node("b", target=DEEPSEEK), node("c")
    ),
    "a circle": graph(node("a", edge("b")), node("b", edge("a"), target=DEEPSEEK)),
    "settings on the way": _with(triage(), "spanish", {"temperature": 0.3, "max_tokens": 9}),
    "awkward words": graph(
        node("a", instructions="Say \u201chi\u201d \U0001f600\t\\ <&> \u2028", target=GPT)
    ),
}

_MESSAGES: dict[str, Message] = {"a text": "Hola, ¿Cómo te llamas?", "a history": _CALLED}


async def _ours(team: AgentGraph, base_url: str, message: Message, *, is_stream: bool) -> None:
    async with Team(team, Settings.local(base_url)) as made:
        if not is_stream:
            await made.run(message)
            return
        async for _ in made.stream(message):
            pass


async def _theirs(team: AgentGraph, base_url: str, message: Any, *, is_stream: bool) -> None:
    config = RunConfig(tracing_disabled=True)
    async with AsyncExitStack() as opened:
        clients = {
            name: await opened.enter_async_context(
                AsyncOpenAI(api_key="dummy", base_url=base_url, organization=name, max_retries=0)
            )
            for name in {made.target.provider for made in team.agents.values()}
        }
        start = _by_hand(team, clients)
        if not is_stream:
            await Runner.run(start, message, run_config=config)
            return
        async for _ in Runner.run_streamed(start, message, run_config=config).stream_events():
            pass


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("message", _MESSAGES)
@pytest.mark.parametrize("team", _TEAMS)
def test_each_request_is_the_one_that_a_plain_script_would_send(
    team: str, message: str, is_stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS"):
        monkeypatch.delenv(name, raising=False)
    with recording(_answer) as recorder:
        asyncio.run(_theirs(_TEAMS[team], recorder.base_url, _MESSAGES[message], is_stream=is_stream))
        expected = recorder.take()
        asyncio.run(_ours(_TEAMS[team], recorder.base_url, _MESSAGES[message], is_stream=is_stream))
        found = recorder.take()
    assert [sent.body for sent in found] == [sent.body for sent in expected]
    assert [sent.path for sent in found] == [sent.path for sent in expected]
    assert [_same_key(sent.headers) for sent in found] == [_same_key(sent.headers) for sent in expected]


def _same_key(headers: dict[str, str]) -> dict[str, str]:
    assert headers["authorization"].startswith("Bearer ")
    return {name: value for name, value in headers.items() if name != "authorization"}
