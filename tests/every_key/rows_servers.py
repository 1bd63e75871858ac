"""Rows for servers of tools: what a model is offered, and what a program or an address is given."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from tests.every_key.row import Row
from tests.every_key.seen import Patch, Scene, Seen

RAW = Path(__file__).parent.parent / "test_tools" / "test_mcp" / "raw_server.py"
COMMAND = [sys.executable, "-I", "-S", str(RAW)]
NOBODY = "http://127.0.0.1:1/mcp"
WRONG = "sha256:" + "0" * 64


def served(**keys: object) -> Patch:
    """Keys of the server."""
    return {"tools": {"raw": {"mcp": keys}}, "agents": {"solo": {"tools": ["raw"]}}}


def beside(**keys: object) -> Patch:
    """Keys beside `mcp`."""
    return {"tools": {"raw": keys}}


def calls(tool: str = "echo", **environ: str) -> Scene:
    """The model calls one tool and says what it gave."""
    asked = Tool(tool, {"text": "hello"} if tool.endswith("echo") else {})
    rules = (Rule(Use((asked,)), When(turn=1)), Rule(Say("Done.")))
    return Scene(rules=rules, environ=environ, is_in_real_time=True)


def offered(seen: Seen) -> object:
    return [tool["function"]["name"] for tool in seen.bodies[0].get("tools", ())] if seen.bodies else None


def given(seen: Seen) -> object:
    """What the model was given as the tool's answer."""
    return seen.body["messages"][-1]["content"] if seen.bodies else None


def home(seen: Seen) -> object:
    return json.loads(str(given(seen))).get("CANARY")


def failure(seen: Seen) -> object:
    return seen.error and (seen.error["kind"], seen.error["message"].rpartition(": ")[2])


def problems(seen: Seen) -> object:
    return seen.findings


BOTH = served(command=COMMAND, allow=["echo", "env"])

OF_SERVERS: dict[str, Row] = {
    "tool.mcp": Row(served(command=COMMAND, allow=["echo"]), offered, {}, calls(), gives=["echo"]),
    "tool.required": Row(
        beside(required=False),
        lambda seen: seen.results and seen.result["output"],
        served(url=NOBODY),
        Scene(rules=(Rule(Say("Done.")),), is_in_real_time=True),
        gives="Done.",
    ),
    "mcp.command": Row(
        served(command=COMMAND, url=None), given, served(url=NOBODY, allow=["echo"]), calls(), gives="hello"
    ),
    "mcp.url": Row(
        served(url=NOBODY, command=None),
        failure,
        served(command=COMMAND),
        calls(),
        gives=("ToolServerError", "the connection was refused"),
    ),
    "mcp.headers": Row(
        served(headers={"Authorization": "Bearer ${SAHARA_API_KEY}"}), problems, served(url=NOBODY), calls()
    ),
    "mcp.env": Row(served(env=["CANARY"]), home, BOTH, calls("env", CANARY="yes"), gives="yes"),
    "mcp.allow": Row(served(allow=["echo"]), offered, served(command=COMMAND), calls(), gives=["echo"]),
    "mcp.prefix": Row(served(prefix="my_"), offered, BOTH, calls(), gives=["my_echo", "my_env"]),
    "mcp.pin": Row(
        served(pin=WRONG),
        lambda seen: seen.error and seen.error["kind"],
        BOTH,
        calls(),
        gives="ToolsChangedError",
    ),
    "mcp.start_timeout": Row(
        served(start_timeout="1ms"),
        failure,
        BOTH,
        calls(),
        gives=("ToolServerError", "it did not answer within 0.001 s"),
    ),
}
