"""What the public API promises to a type checker; read by mypy, never run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

from agents import Agent
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, OpenAI

from agents_sahara import RunEvent, RunResult, Sahara, Secret, Settings, Team, load_team
from agents_sahara.events import BudgetReached, RunFinished, TextDelta
from agents_sahara.langchain import chat_model
from agents_sahara.types import Attempt, Json, Usage


async def embed() -> None:
    async with load_team(Path("team.yaml"), vars={"shop": "Acme"}, allow_hosts=["x.test"]) as team:
        assert_type(team, Team)
        result = await team.run("hi", max_turns=3, ask=lambda reached: reached.limit == "turns")
        assert_type(result, RunResult)
        assert_type(result.output, Any)
        assert_type(result.path, tuple[str, ...])
        assert_type(result.usage, Usage)
        assert_type(result.cost_usd, Decimal | None)
        assert_type(result.attempts, tuple[Attempt, ...])
        assert_type(result.budget, BudgetReached | None)
        assert_type(team.stream("hi"), AsyncGenerator[RunEvent])
        async for event in team.stream([{"role": "user", "content": "hi"}]):
            if isinstance(event, TextDelta):
                assert_type(event.text, str)
            elif isinstance(event, RunFinished):
                assert_type(event.result, RunResult)
        assert_type(team.agents, Mapping[str, Agent[Any]])
        assert_type(team.run_sync("hi"), RunResult)


def discover() -> None:
    with Sahara(Settings(api_key=Secret("k"))) as sahara:
        assert_type(sahara.models("openai"), list[str])
        assert_type(sahara.providers(model="gpt-4o"), list[str])
        assert_type(sahara.model_detail("gpt-4o", "openai"), dict[str, Json])
        assert_type(sahara.openai("openai"), AsyncOpenAI)
        assert_type(sahara.openai("openai", sync=True), OpenAI)
    assert_type(chat_model(provider="openai", model="gpt-4o", temperature=0.2), ChatOpenAI)
