"""Servers of tools for the tests: by hand over pipes, from the `mcp` package over pipes and HTTP, and bad ones."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.mcpserver import Context, MCPServer

from agents_sahara.tools.mcp.keeper import Rests
from agents_sahara.tools.mcp.keepers import Keepers
from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.pins import Pins
from agents_sahara.tools.mcp.process import Command, environment
from agents_sahara.tools.mcp.servers import Servers
from agents_sahara.tools.mcp.wanted import Wanted

FOLDER = Path(__file__).parent
RAW = FOLDER / "raw_server.py"
REAL = FOLDER / "real_server.py"

NO_REST = Rests(first_s=0.0, most_s=0.0)


def raw_command(mode: str = "", *, variables: tuple[str, ...] = ()) -> Command:
    return Command((sys.executable, "-I", "-S", str(RAW), mode), variables)


def raw_servers(
    mode: str = "",
    *,
    rests: Rests = NO_REST,
    environ: Mapping[str, str] | None = None,
    variables: tuple[str, ...] = (),
    pins: Pins | None = None,
    accepted: tuple[str, ...] = (),
    **wanted: Any,
) -> Servers:
    """The servers of a team with one server, called `raw`."""
    command = raw_command(mode, variables=variables)
    known = environment(command, os.environ if environ is None else environ)
    given: dict[str, Any] = {"start_s": 20.0, "environ": known} | wanted
    return Servers(
        [Wanted("raw", command, **given)],
        Keepers(pins or Pins(None), rests=rests),
        accepted=accepted,
    )


async def offered(servers: Servers, key: str = "raw") -> dict[str, Offer]:
    return {offer.name: offer for offer in (await servers.ready([key])).offers[key]}


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and was not asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def demo() -> MCPServer:
    """A server made with the `mcp` package."""
    server = MCPServer("demo")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @server.tool()
    def search(query: str, most: int = 3) -> list[str]:
        """Search the handbook."""
        return [f"{query} {number}" for number in range(most)]

    return server


def growing() -> MCPServer:
    """A server that has another tool after a call, and says so."""
    server = MCPServer("growing")

    @server.tool()
    async def grow(context: Context[Any, Any]) -> str:
        """Grow."""
        server.add_tool(lambda: "more", name="more", description="More.")
        await context.notify_tools_changed()
        return "grown"

    return server


@contextmanager
def over_http(app: Any, *, port: int = 0) -> Iterator[str]:
    """Serve an ASGI app on a loopback port, a free one unless it is given; gives its address without a slash."""
    listening = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="critical", lifespan="on", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
