"""A server of tools by hand, without a library: it starts at once, and can do whatever a server must not do.

    python raw_server.py [MODE]

MODE, where there is one, is a slip of the whole server; the tools that it offers have slips of their own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

MODE = sys.argv[1] if len(sys.argv) > 1 else ""
STATE = {"description": os.environ.get("RAW_SAYS", "Say it again.")}


def say(**message: Any) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def tool(name: str, description: str = "", **properties: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {key: {"type": kind} for key, kind in properties.items()},
        "required": list(properties),
    }
    return {"name": name, "description": description, "inputSchema": schema}


def tools() -> list[dict[str, Any]]:
    offered = [
        tool("echo", STATE["description"], text="string"),
        tool("env"),
        tool("die"),
        tool("hang"),
        tool("late", seconds="number"),
        tool("flood"),
        tool("big", size="integer"),
        tool("change", to="string"),
        tool("complain", lines="integer"),
        tool("fail"),
        tool("spawn"),
        tool("pid"),
        tool("picture"),
        tool("structured") | {"outputSchema": {"type": "object", "required": ["n"], "properties": {"n": {}}}},
        tool("refuse"),
    ]
    if MODE == "bad-schema":
        offered.append(
            {"name": "broken", "inputSchema": {"type": "object", "properties": {"x": {"$ref": "http://x/y"}}}}
        )
    if "RAW_HAS" in os.environ:
        names = os.environ["RAW_HAS"].split()
        offered = [one for one in offered if one["name"] in names]
        offered += [tool(name, f"The new {name}.") for name in names if name not in CALLS]
    if MODE == "endless-list":
        offered += [tool(f"more-{number}") for number in range(500)]
    return offered


def text(answer: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": answer}]}


def die() -> dict[str, Any]:
    sys.stderr.write("the disk is on fire\n")
    sys.stderr.flush()
    os._exit(3)


def late(seconds: float) -> dict[str, Any]:
    time.sleep(seconds)
    return text("late")


def flood() -> dict[str, Any]:
    line = json.dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "x" * 1000}})
    while True:
        sys.stdout.write(line + "\n")


def change(to: str) -> dict[str, Any]:
    STATE["description"] = to
    say(method="notifications/tools/list_changed")
    return text("changed")


def complain(lines: int) -> dict[str, Any]:
    for number in range(lines):
        sys.stderr.write(f"line {number} \x1b[31m" + "y" * 200 + "\n")
    sys.stderr.flush()
    return text("complained")


def spawn() -> dict[str, Any]:
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    return text(f"{os.getpid()} {os.getppid()} {child.pid}")


def picture() -> dict[str, Any]:
    shown = {"type": "image", "mimeType": "image/png", "data": "AAAA"}
    return {"content": [shown, {"type": "text", "text": "a cat"}]}


CALLS: dict[str, Callable[..., dict[str, Any]]] = {
    "echo": lambda text: {"content": [{"type": "text", "text": text}]},
    "env": lambda: text(json.dumps(dict(os.environ))),
    "die": die,
    "hang": lambda: late(3600),
    "late": late,
    "flood": flood,
    "big": lambda size: text("x" * size),
    "change": change,
    "complain": complain,
    "fail": lambda: text("no such order") | {"isError": True},
    "spawn": spawn,
    "pid": lambda: text(str(os.getpid())),
    "picture": picture,
    "structured": lambda: {"content": [], "structuredContent": {"m": 1}},
}


def answer(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    if method == "initialize":
        if MODE == "silent":
            return None
        return {
            "protocolVersion": "nonsense" if MODE == "odd-version" else "2025-06-18",
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "raw", "version": "1"},
        }
    if method == "tools/list":
        if MODE == "lies":
            return {"tools": [{"name": 7, "inputSchema": "none"}]}
        return {"tools": tools(), **({"nextCursor": "again"} if MODE == "endless-list" else {})}
    if method == "tools/call":
        return CALLS[params["name"]](**(params.get("arguments") or {}))
    return {}


def main() -> None:
    if MODE == "exits":
        sys.stderr.write("cannot find my configuration\n")
        sys.exit(2)
    if MODE == "stays":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if MODE == "noise":
        sys.stdout.write("Welcome!\n\n{not json\n")
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" not in asked:
            continue
        if asked["method"] == "server/discover" or asked.get("params", {}).get("name") == "refuse":
            say(id=asked["id"], error={"code": -32601, "message": "Method not found"})
            continue
        result = answer(asked["method"], asked.get("params") or {})
        if result is not None:
            say(id=asked["id"], result=result)
    if MODE == "stays":
        time.sleep(3600)


main()
