"""Teams with stored conversations, and what the gateway was asked, for the tests of this room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.graph.values import AgentGraph, SessionStore
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.test_runner.runs import team_on

FILE = "sessions.db"


def stored(made: AgentGraph, folder: Path, keep: int | None = None) -> AgentGraph:
    """The team with its conversations in a file of `folder`."""
    return replace(made, folder=folder, session=SessionStore("sqlite", FILE, keep_turns=keep))


def talking(gateway: LocalGateway, made: AgentGraph, folder: Path, keep: int | None = None) -> Team:
    """A team on the gateway with its conversations in a file of `folder`."""
    return team_on(gateway, stored(made, folder, keep))


def by_base_url(base_url: str, made: AgentGraph) -> Team:
    """As whoever sets SAHARA_BASE_URL has it."""
    return Team(made, replace(Settings.local(base_url), is_local=False))


def sent(gateway: LocalGateway) -> list[Any]:
    """The messages of each request to a model."""
    bodies: list[Any] = [call.body for call in gateway.calls if call.body is not None]
    return [body["messages"] for body in bodies]


def users(messages: list[Any]) -> list[str]:
    """What users said in one request."""
    return [message["content"] for message in messages if message["role"] == "user"]
