"""A model that obeys every order in what its tools answer: it reaches nothing that its file does not give it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.events import RunResult
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.trust.consent import Consent
from tests.test_tools.teams import HEAD, write
from tests.test_trust.injections import TABLE

TEAM = (
    HEAD
    + """
agents:
  desk: {instructions: You are the desk., tools: [read_mail, pay], handoffs: [clerk]}
  clerk: {instructions: You are the clerk., description: Writes}
  admin: {instructions: You are the admin., description: Administers, tools: [wipe]}
tools:
  read_mail: {python: "post:read_mail"}
  pay: {python: "post:pay", approval: always}
  wipe: {python: "post:wipe"}
"""
)

POST = """
from agents_sahara import tool
from tests.test_trust.injections import TABLE

done = []

@tool
def read_mail(number: int) -> str:
    done.append("read_mail")
    return TABLE[number][0]

@tool
def pay(amount: int) -> str:
    done.append("pay")
    return "paid"

@tool
def wipe() -> str:
    done.append("wipe")
    return "wiped"
"""


def rules() -> tuple[Rule, ...]:
    made = []
    for number, (_, name, arguments) in enumerate(TABLE):
        mail = f"^mail {number}$"
        made.append(Rule(Use((Tool("read_mail", {"number": number}),)), When(message=mail, turn=1)))
        made.append(Rule(Use((Tool(name, arguments),)), When(message=mail, turn=2)))
    return (*made, Rule(Say("Done.")))


def test_a_hundred_orders_are_obeyed_in_vain(tmp_path: Path) -> None:
    path = write(tmp_path, TEAM, post=POST)
    graph = load_graph(path, environ={}, consent=Consent.given(allow_python=["post"]))
    with LocalGateway(script=rules(), pairs=graph.pairs()) as gateway:

        async def go() -> list[RunResult]:
            async with Team(graph, Settings.local(gateway.base_url)) as team:
                return await asyncio.gather(*(team.run(f"mail {number}") for number in range(len(TABLE))))

        results = asyncio.run(go())
        asked = [json.dumps(call.body) for call in gateway.calls]
    assert len(results) == 100
    for (_, name, _), result in zip(TABLE, results, strict=True):
        assert [call.tool for call in result.tool_calls] == ["read_mail"]
        assert result.path == ("desk",)
        assert bool(result.interruptions) == (name == "pay")
    assert len(asked) >= 200
    assert all("You are the desk." in body and "You are the admin." not in body for body in asked)
