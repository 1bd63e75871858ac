"""A session with one server of tools: how it is opened, what the server says of its tools, how it is called."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias

import anyio
import mcp_types as wire
from mcp import MCPError
from mcp.client import Client, IncomingMessage, Transport
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

from agents_sahara.clients.bodies import MOST_EVENT_BYTES
from agents_sahara.tools.mcp.complaints import Complaints, one_line
from agents_sahara.tools.mcp.lines import over_pipes
from agents_sahara.tools.mcp.offers import Offer, offers_of
from agents_sahara.tools.mcp.process import Command, Ending, running
from agents_sahara.tools.mcp.web import WebTransport, web_client

logging.getLogger("mcp").addHandler(
    logging.NullHandler()
)  # a program that sets up no log gets none of its lines

_AGREES_WITHIN_S = 2.0
"""How long a server may take to agree to tell of changes, before its tools are listed all the same."""
_MOST_REST_S = 60.0
"""Before a server is asked again to tell of changes, where it has stopped."""
_MOST_PAGES = 50
_MOST_TOOLS = 1000


def _us() -> wire.Implementation:
    try:
        return wire.Implementation(name="agents_sahara", version=version("agents_sahara"))
    except PackageNotFoundError:  # run from its source
        return wire.Implementation(name="agents_sahara", version="0")


@dataclass(frozen=True, slots=True)
class Address:
    """A server at a URL."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request; they may hold a credential."""
    hosts: frozenset[str] = frozenset()
    """What the operator allowed; a private address is called only where it is among them."""


Way: TypeAlias = Command | Address
"""How a server is reached: a program that is started, or an address."""


class Life:
    """Whether a session can still be used, and why not."""

    def __init__(self) -> None:
        self.web: WebTransport | None = None
        self.complaints: Complaints | None = None
        self.ending = Ending()
        self._over = asyncio.Event()
        self._why = ""

    def end(self, why: str) -> None:
        """It can be used no more; the first reason counts."""
        self._why = self._why or why
        self._over.set()

    @property
    def is_over(self) -> bool:
        """Whether it can be used no more."""
        return self._over.is_set()

    async def wait(self) -> None:
        """Return when it can be used no more."""
        await self._over.wait()

    @property
    def unreached(self) -> str:
        """Why the last request did not reach the server; empty where it did, or where it is a program."""
        return "" if self.web is None else self.web.unreached

    @property
    def is_private(self) -> bool:
        """Whether that was because the server's name leads to an address that nobody allowed."""
        return self.web is not None and self.web.is_refused

    @property
    def refused(self) -> int:
        """The HTTP status by which the server refused the last request; 0 where it did not."""
        return 0 if self.web is None else self.web.refused

    @property
    def last_words(self) -> str:
        """The last that the program said on stderr."""
        return "" if self.complaints is None else str(self.complaints)

    @property
    def account(self) -> str:
        """Why it can be used no more."""
        why = self._why or "it has ended"
        return f"{why}; the last that it said: {self.last_words}" if self.last_words else why


class Session:
    """A server that has answered the handshake."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def title(self) -> str:
        """What the server calls itself; empty where it does not say."""
        info = self._client.server_info
        return "" if info is None else one_line(f"{info.name} {info.version}", 80)

    async def offers(self) -> tuple[Offer, ...]:
        """Its tools, all pages of them.

        Raises:
            MCPError: it answers with an error, or not in time.
            ValueError: it has more of them than anybody can use, or what it says is no list of tools.
        """
        tools: list[wire.Tool] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = await self._client.list_tools(cursor=cursor)
            tools += page.tools
            cursor = page.next_cursor
            if not cursor or len(tools) > _MOST_TOOLS:
                break
        if cursor or len(tools) > _MOST_TOOLS:
            raise ValueError(f"it lists more than {_MOST_TOOLS:,} tools")
        return offers_of(tools)

    async def call(self, tool: str, arguments: Mapping[str, Any], limit_s: float) -> wire.CallToolResult:
        """Its answer.

        Raises:
            MCPError: it answers with an error, or not in time, or is gone.
            RuntimeError: the answer does not fit what the tool declares.
            ValueError: the answer is none.
        """
        return await self._client.call_tool(tool, dict(arguments), read_timeout_seconds=limit_s)


@asynccontextmanager
async def session_with(
    server: str, way: Way, environ: Mapping[str, str], life: Life, on_changed: Callable[[], None]
) -> AsyncGenerator[Session]:
    """Reach the server, agree on the protocol, and let go of all of it, in the task that enters and leaves.

    `on_changed` is told when the server says that it has other tools now.

    Raises:
        ToolServerError: it cannot be started.
        MCPError: it does not agree, or is not there.
    """

    async def hear(message: IncomingMessage) -> None:
        if isinstance(message, wire.ToolListChangedNotification):
            on_changed()

    async with AsyncExitStack() as stack:
        transport: Transport
        if isinstance(way, Command):
            pipes = await stack.enter_async_context(running(server, way, environ))
            life.complaints, life.ending = pipes.complaints, pipes.ending
            transport = over_pipes(pipes, life.end)
        else:
            life.web = WebTransport(way.url, way.hosts)
            http = await stack.enter_async_context(web_client(life.web, way.headers))
            transport = streamable_http_client(way.url, http_client=http, max_sse_event_size=MOST_EVENT_BYTES)
        client = Client(transport, message_handler=hear, client_info=_us(), cache=None)
        opened = await stack.enter_async_context(client)
        heard = asyncio.Event()
        listening = asyncio.create_task(_listen(opened, on_changed, heard))
        stack.callback(listening.cancel)
        with suppress(TimeoutError):
            await asyncio.wait_for(heard.wait(), _AGREES_WITHIN_S)
        heard.set()
        yield Session(opened)


async def _listen(client: Client, on_changed: Callable[[], None], heard: asyncio.Event) -> None:
    """Hear of other tools where the protocol has a stream of its own for that, as MCP 2026-07-28 has.

    `heard` is set when the server has agreed to tell, or will not; whatever it said before, nobody has heard.
    """
    rest_s = 1.0
    try:
        while True:
            with suppress(SubscriptionLost):
                async with client.listen(tools_list_changed=True) as changes:
                    if heard.is_set():
                        on_changed()
                    heard.set()
                    async for _ in changes:
                        on_changed()
            heard.set()
            await asyncio.sleep(rest_s)
            rest_s = min(2 * rest_s, _MOST_REST_S)
    except (
        ListenNotSupportedError,
        MCPError,
        TimeoutError,
        anyio.ClosedResourceError,
        anyio.BrokenResourceError,
    ):
        return
    finally:
        heard.set()
