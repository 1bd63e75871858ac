"""Rows of `tools`, of an agent's `tools` and of `tool_use`."""

from __future__ import annotations

from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Pace
from tests.every_key.row import Row
from tests.every_key.seen import Patch, Scene, Seen, merged

SHOP = """
import asyncio
from agents_sahara import tool

@tool
async def look() -> str:
    "Looks around."
    await asyncio.sleep(100)
    return "seen " * 100

@tool
async def peek() -> str:
    "Peeks."
    return "peeked"
"""


def scene(name: str = "look", *, judge_s: float = 0) -> Scene:
    """The model calls one tool, whatever it is for, and then answers; an agent that is asked takes its time."""
    call = Use((Tool(name, arguments={"input": "Well?"} if name.startswith("ask") else {}),))
    return Scene(
        rules=(
            Rule(Say("asked " * 100), When(system="You judge"), Pace(delay_s=judge_s)),
            Rule(call, When(turn=1)),
            Rule(Say("Done.")),
        ),
        files={"shop_of_keys.py": SHOP},
        allow_python=("shop_of_keys",),
    )


def offered(seen: Seen) -> object:
    tools = seen.bodies[0].get("tools", ()) if seen.bodies else ()
    return [(tool["function"]["name"], tool["function"]["description"]) for tool in tools]


def told(seen: Seen) -> object:
    """What the tool's answer was to the model, cut to its beginning and its end."""
    answers = [message["content"] for message in seen.body["messages"] if message["role"] == "tool"]
    return [(answer[:20], answer[-20:]) for answer in answers]


def called(seen: Seen) -> object:
    return [(call["tool"], call["outcome"]) for call in seen.result["tool_calls"]] if seen.results else None


def asked(seen: Seen) -> object:
    return len(seen.bodies)


def named(**keys: object) -> Patch:
    """Keys of the one tool."""
    return {"tools": {"look": keys}}


def listed(**keys: object) -> Patch:
    """Keys of an agent in the list."""
    return {"agents": {"solo": {"tools": [{"agent": "judge", **keys}]}}}


LOOK: Patch = {
    "defaults": {"model": "gpt-4o", "provider": "openai"},
    "agents": {"solo": {"tools": ["look"], "model": None, "provider": None}},
    "tools": {"look": {"python": "shop_of_keys:look", "timeout": "200s"}},
}
JUDGE: Patch = merged(
    LOOK,
    {
        "entry": "solo",
        "agents": {
            "solo": {"tools": [{"agent": "judge"}]},
            "judge": {"instructions": "You judge.", "description": "Judges"},
        },
        "tools": None,
    },
)
BY_NAME: Patch = merged(
    JUDGE, {"agents": {"solo": {"tools": ["look"]}}, "tools": {"look": {"agent": "judge"}}}
)


def questions(seen: Seen) -> object:
    return [one["question"] for one in seen.result["interruptions"]] if seen.results else findings(seen)


def findings(seen: Seen) -> object:
    return [found.split(":")[0] for found in seen.findings]


RULE: Patch = {"guardrails": {"rule": {"max_chars": 5, "reply": "Too long."}}, "agents": {"solo": {}}}
ALWAYS: Patch = merged(LOOK, {"tools": {"look": {"approval": {"ask": "Look?"}}}})

OF_TOOLS: dict[str, Row] = {
    "team.tools": Row(
        {"tools": {"look": {"python": "shop_of_keys:look"}}},
        offered,
        merged(LOOK, {"tools": None}),
        scene(),
        gives=[("look", "Looks around.")],
    ),
    "agent.tools": Row(
        {"agents": {"solo": {"tools": ["look"]}}},
        offered,
        merged(LOOK, {"agents": {"solo": {"tools": None}}}),
        scene(),
        gives=[("look", "Looks around.")],
    ),
    "agent.tool_use": Row({"agents": {"solo": {"tool_use": "stop_on_first"}}}, asked, LOOK, scene(), gives=1),
    "tool_use.stop_at": Row(
        {"agents": {"solo": {"tool_use": {"stop_at": ["look"]}}}}, asked, LOOK, scene(), gives=1
    ),
    "tool.python": Row(
        named(agent=None, python="shop_of_keys:peek"), told, BY_NAME, scene(), gives=[("peeked", "peeked")]
    ),
    "tool.agent": Row(
        merged(named(python=None, agent="judge"), {"agents": {"judge": {"instructions": "You judge."}}}),
        lambda seen: [body["messages"][0]["content"] for body in seen.bodies],
        LOOK,
        scene("look"),
    ),
    "tool.approval": Row(
        named(approval="always"), questions, LOOK, scene(), gives=["solo wants to call look {}"]
    ),
    "approval.when": Row(named(approval={"when": "tool == 'other'"}), questions, ALWAYS, scene(), gives=[]),
    "approval.ask": Row(
        named(approval={"ask": "May {{ agent }} look?"}), questions, ALWAYS, scene(), gives=["May solo look?"]
    ),
    "approval.except": Row(
        named(approval={"except": ["look"]}), questions, ALWAYS, scene(), gives=["lone-except"]
    ),
    "tool.guardrails": Row(
        named(guardrails={"output": ["rule"]}),
        told,
        merged(LOOK, RULE),
        scene(),
        gives=[("Too long.", "Too long.")],
    ),
    "asked_agent.approval": Row(
        listed(approval={"ask": "Ask her?"}), questions, JUDGE, scene("ask_judge"), gives=["Ask her?"]
    ),
    "asked_agent.guardrails": Row(
        listed(guardrails={"output": ["rule"]}),
        told,
        merged(JUDGE, RULE),
        scene("ask_judge"),
        gives=[("Too long.", "Too long.")],
    ),
    "tool.tool_name": Row(
        named(tool_name="view"), offered, LOOK, scene("view"), gives=[("view", "Looks around.")]
    ),
    "tool.description": Row(
        named(description="Looks far."), offered, LOOK, scene(), gives=[("look", "Looks far.")]
    ),
    "tool.timeout": Row(named(timeout="50s"), called, LOOK, scene(), gives=[("look", "timed_out")]),
    "tool.max_chars": Row(
        named(max_chars=100), told, LOOK, scene(), gives=[("seen seen seen seen ", "0 of 500 characters]")]
    ),
    "asked_agent.agent": Row(
        {"agents": {"solo": {"tools": [{"agent": "judge"}]}}},
        offered,
        merged(JUDGE, {"agents": {"solo": {"tools": None}}}),
        scene("ask_judge"),
        gives=[("ask_judge", "Ask judge and get the answer back. Judges.")],
    ),
    "asked_agent.tool_name": Row(
        listed(tool_name="ask_her"),
        offered,
        JUDGE,
        scene("ask_her"),
        gives=[("ask_her", "Ask judge and get the answer back. Judges.")],
    ),
    "asked_agent.description": Row(
        listed(description="Asks."), offered, JUDGE, scene("ask_judge"), gives=[("ask_judge", "Asks.")]
    ),
    "asked_agent.timeout": Row(
        listed(timeout="10s"),
        called,
        JUDGE,
        scene("ask_judge", judge_s=30),
        gives=[("ask_judge", "timed_out")],
    ),
    "asked_agent.max_chars": Row(listed(max_chars=100), told, JUDGE, scene("ask_judge")),
}
