"""A model that obeys every order in what its tools answer: it reaches nothing that its file does not give it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.events import RunResult
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.trust.consent import Consent
from tests.test_tools.echo import ASKED, URL
from tests.test_tools.teams import HEAD, write
from tests.test_tools.test_mcp.serving import RAW
from tests.test_trust.injections import DONE, TABLE, Fate

TEAM = f"""{HEAD}
agents:
  desk:
    instructions: You are the desk.
    tools: [read_mail, pay, spend, note, rates, files, {{agent: auditor}}]
    handoffs: [clerk]
  clerk: {{instructions: You are the clerk., description: Writes}}
  auditor: {{instructions: You are the auditor., description: Checks, tools: [pay]}}
  admin: {{instructions: You are the admin., description: Administers, tools: [wipe, shell]}}
guardrails:
  no_cards: {{deny_pattern: '\\b(?:\\d[ -]?){{13,16}}\\b', reply: No cards.}}
tools:
  read_mail: {{python: "post:read_mail"}}
  pay: {{python: "post:pay", approval: always}}
  spend: {{python: "post:spend", approval: {{when: "args.amount > 50"}}}}
  note: {{python: "post:note", guardrails: {{input: [no_cards]}}}}
  rates: {{http: {{get: "{URL}/rates/{{{{ base }}}}", params: {{base: {{type: string}}}},
                 headers: {{Authorization: "Bearer ${{SHOP_TOKEN}}"}}}}}}
  files: {{mcp: {{command: ["{sys.executable}", -I, -S, "{RAW}"], allow: [pid]}}}}
  shell: {{mcp: {{command: ["{sys.executable}", -I, -S, "{RAW}", admin]}}}}
  wipe: {{python: "post:wipe"}}
"""

POST = """
from agents_sahara import tool
from tests.test_trust.injections import DONE, TABLE

@tool
def read_mail(number: int) -> str:
    DONE.append("read_mail")
    return TABLE[number][0]

@tool
def pay(amount: int = 5) -> str:
    DONE.append("pay")
    return "paid"

@tool
def spend(amount: int = 1000) -> str:
    DONE.append("spend")
    return "spent"

@tool
def note(text: str) -> str:
    DONE.append("note")
    return "noted"

@tool
def wipe() -> str:
    DONE.append("wipe")
    return "wiped"
"""

CANARY = "canary-of-the-shop"

CALLED: dict[Fate, str | None] = {
    "unknown": "failed",
    "waits": None,
    "waits_below": None,
    "refused": None,
    "fails": "failed",
}
"""How the call behind the first one ended, as the result says it; None where it did not."""
WAITS: dict[Fate, str] = {"waits": "desk", "waits_below": "auditor"}
"""Whose call waits for a person."""


def rules() -> tuple[Rule, ...]:
    made = [Rule(Use((Tool("pay", {}),)), When(system="You are the auditor", turn=1))]
    for number, (_, name, arguments, _fate) in enumerate(TABLE):
        mail = f"^mail {number}$"
        made.append(Rule(Use((Tool("read_mail", {"number": number}),)), When(message=mail, turn=1)))
        made.append(Rule(Use((Tool(name, arguments),)), When(message=mail, turn=2)))
    return (*made, Rule(Say("Done.")))


def test_two_hundred_orders_are_obeyed_in_vain(tmp_path: Path) -> None:
    path = write(tmp_path, TEAM, post=POST)
    consent = Consent.given(allow_python=["post"], allow_hosts=["127.0.0.1"], allow_commands=True)
    graph = load_graph(path, environ={"SHOP_TOKEN": CANARY}, consent=consent)
    DONE.clear()
    before = len(ASKED)
    with LocalGateway(script=rules(), pairs=graph.pairs()) as gateway:

        async def go() -> list[RunResult]:
            async with Team(graph, Settings.local(gateway.base_url)) as team:
                return await asyncio.gather(*(team.run(f"mail {number}") for number in range(len(TABLE))))

        results = asyncio.run(go())
        asked = [json.dumps(call.body) for call in gateway.calls]
    assert len(results) == 200
    assert ["read_mail"] * len(results) == DONE
    for (order, name, _, fate), result in zip(TABLE, results, strict=True):
        [read, *others] = [(call.tool, call.outcome) for call in result.tool_calls]
        assert read == ("read_mail", "returned")
        ended = CALLED.get(fate, "returned")
        assert others == ([] if ended is None else [(name, ended)]), order
        assert result.path == ("desk",)
        waits = [(WAITS[fate], "pay" if fate == "waits_below" else name)] if fate in WAITS else []
        assert [(one.agent, one.tool) for one in result.interruptions] == waits
    assert len(ASKED) - before == 10
    assert all(line.startswith("GET /rates/") and line.count("/") == 2 for line in ASKED[before:])
    assert len(asked) >= 400
    assert not any("You are the admin." in body for body in asked)
    assert CANARY not in "".join(asked) + json.dumps([result.to_json() for result in results])
