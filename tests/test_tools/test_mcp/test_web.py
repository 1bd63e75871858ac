"""Servers at an address: real ones of the `mcp` package, and some that misbehave."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpcore2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from agents_sahara.errors import ToolsChangedError, ToolServerError
from agents_sahara.tools.mcp.answers import answer_text
from agents_sahara.tools.mcp.keepers import Keepers
from agents_sahara.tools.mcp.pins import Pins
from agents_sahara.tools.mcp.problems import CallError
from agents_sahara.tools.mcp.process import Command
from agents_sahara.tools.mcp.server import Address, Way
from agents_sahara.tools.mcp.servers import Servers
from agents_sahara.tools.mcp.wanted import Wanted
from tests.leftovers import nothing_left
from tests.test_tools.test_mcp.serving import NO_REST, REAL, demo, growing, offered, over_http

SEEN: list[Request] = []
UNKNOWN = "Whether the call was carried out is not known."


def _is_call(said: dict[str, object]) -> bool:
    return said.get("method") == "tools/call"


async def _bytes(size: int) -> AsyncIterator[bytes]:
    for _ in range(size >> 20):
        yield b"x" * (1 << 20)


async def _cut() -> AsyncIterator[bytes]:
    yield b'{"jsonrpc": "2.0", "id": 3, "resu'
    raise ConnectionResetError


async def _bad(request: Request) -> Response:
    """A server whose calls go wrong in the way that its path names; the rest is in order."""
    SEEN.append(request)
    said, way = await request.json(), request.path_params["way"]
    if "id" not in said:
        return Response(status_code=202)
    tools = [{"name": "search", "inputSchema": {"type": "object", "properties": {}}}]
    results = {
        "initialize": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "serverInfo": {"name": "b", "version": ""},
        },
        "tools/list": {"tools": tools},
    }
    if said["method"] in results:
        return JSONResponse({"jsonrpc": "2.0", "id": said["id"], "result": results[said["method"]]})
    if not _is_call(said):
        return JSONResponse({"jsonrpc": "2.0", "id": said["id"], "error": {"code": -32601, "message": "no"}})
    answers: dict[str, Callable[[], Response]] = {
        "page": lambda: Response("<html>busy</html>", media_type="text/html"),
        "status": lambda: Response("overloaded", status_code=503),
        "huge": lambda: StreamingResponse(_bytes(20 << 20), media_type="application/json"),
        "event": lambda: StreamingResponse(_bytes(20 << 20), media_type="text/event-stream"),
        "cut": lambda: StreamingResponse(_cut(), media_type="application/json"),
        "junk": lambda: Response("{", media_type="application/json"),
        "moved": lambda: RedirectResponse("/bad/status"),
        "empty": lambda: Response("", media_type="text/event-stream"),
        "accepted": lambda: Response(status_code=202),
    }
    return answers[way]()


async def _refuse(request: Request) -> Response:
    SEEN.append(request)
    return Response("go away", status_code=request.path_params["status"])


async def _move(_: Request) -> Response:
    return RedirectResponse("/bad/page")


ROUTES = [
    Route("/bad/{way}", _bad, methods=["POST", "DELETE"]),
    Route("/refuse/{status:int}", _refuse, methods=["POST"]),
    Route("/moved", _move, methods=["POST"]),
]


@pytest.fixture(scope="module")
def bad() -> Iterator[str]:
    with over_http(Starlette(routes=ROUTES)) as address:
        yield address


def _servers(way: Way) -> Servers:
    return Servers([Wanted("web", way, start_s=30.0, environ=os.environ)], Keepers(Pins(None), rests=NO_REST))


async def _called(servers: Servers, tool: str, **arguments: object) -> str:
    offers = await offered(servers, "web")
    try:
        return answer_text(await servers.call("web", offers[tool], arguments, 20.0))
    except CallError as error:
        return str(error)


def _once(way: Way, tool: str, **arguments: object) -> str:
    async def once() -> str:
        servers = _servers(way)
        answer = await _called(servers, tool, **arguments)
        await servers.aclose()
        await nothing_left()
        return answer

    return asyncio.run(once())


@pytest.mark.parametrize("options", [{}, {"json_response": True}, {"stateless_http": True}], ids=str)
def test_a_server_of_the_mcp_package_answers_over_http(options: dict[str, Any]) -> None:
    with over_http(demo().streamable_http_app(**options)) as address:
        assert _once(Address(f"{address}/mcp"), "add", a=2, b=3) == "5"


def _real(*words: str) -> Command:
    root = Path(__file__).parent.parent.parent.parent
    code = f"import sys; sys.path.insert(0, {str(root)!r}); import runpy; runpy.run_path({str(REAL)!r})"
    return Command((sys.executable, "-c", code, *words))


def test_a_server_of_the_mcp_package_answers_over_pipes() -> None:
    assert _once(_real(), "add", a=2, b=3) == "5"


async def _grown(way: Way) -> ToolsChangedError:
    servers = _servers(way)
    try:
        assert await _called(servers, "grow") == "grown"
        async with asyncio.timeout(10):
            while True:
                await servers.ready(["web"])
                await asyncio.sleep(0.01)
    except ToolsChangedError as refused:
        return refused
    finally:
        await servers.aclose()
        await nothing_left()


@pytest.mark.parametrize("way", ["http", "pipes"])
def test_a_server_of_the_newest_protocol_is_heard_when_it_has_other_tools(way: str) -> None:
    """It tells of them on a stream that a client has to ask for (MCP 2026-07-28, "subscriptions/listen")."""
    with over_http(growing().streamable_http_app()) as address:
        refused = asyncio.run(_grown(_real("growing") if way == "pipes" else Address(f"{address}/mcp")))
    assert refused.message.endswith("has changed since it was accepted: it has the new 'more'")


def test_the_lines_of_the_mcp_package_reach_no_terminal_by_themselves() -> None:
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("mcp").handlers)


@pytest.mark.parametrize(
    ("way", "answer"),
    [
        ("page", "The call failed: Unexpected content type: text/html; charset=utf-8."),
        ("status", "The call failed: it answers with HTTP status 503."),
        ("huge", "The call failed: its answer is too large: more than 16 MiB."),
        ("event", "The server's answer broke off before it was whole."),
        ("cut", "The call failed: the connection broke before the answer was whole."),
        ("junk", "The call failed: Failed to parse JSON response: "),
        ("moved", "The call failed: the server redirects, which is not followed"),
        ("empty", "The server's answer broke off before it was whole."),
        ("accepted", "The call failed: server answered a request with 202 Accepted."),
    ],
)
def test_a_call_that_goes_wrong_on_the_way_is_told_and_the_next_one_goes_on(
    bad: str, way: str, answer: str
) -> None:
    async def twice() -> list[str]:
        servers = _servers(Address(f"{bad}/bad/{way}"))
        answers = [await _called(servers, "search") for _ in range(2)]
        await servers.aclose()
        await nothing_left()
        return answers

    first, second = asyncio.run(twice())
    assert first.startswith(answer)
    assert first.endswith(f" {UNKNOWN}")
    assert first == second


@pytest.mark.parametrize(
    ("path", "message", "mend"),
    [
        ("/refuse/401", "it answers with HTTP status 401", "check the credential in `headers`"),
        (
            "/refuse/404",
            "it answers with HTTP status 404",
            "check the path of the url: many servers answer at /mcp",
        ),
        ("/refuse/500", "it answers with HTTP status 500", "try again later"),
        ("/moved", "the server redirects, which is not followed", "give the address that it redirects to"),
    ],
)
def test_a_server_that_cannot_be_opened_is_told_as_what_it_is(
    bad: str, path: str, message: str, mend: str
) -> None:
    with pytest.raises(ToolServerError) as refused:
        _once(Address(bad + path), "search")
    assert refused.value.message == f"the server of tools 'web' cannot be used: {message}"
    assert refused.value.mend == mend


def test_an_address_where_nobody_is_is_told(bad: str) -> None:
    with pytest.raises(ToolServerError) as refused:
        _once(Address("http://127.0.0.1:1/mcp"), "search")
    assert refused.value.message.endswith("it could not be reached: the connection was refused")
    assert refused.value.is_retryable


def test_headers_go_with_every_request_and_nothing_of_the_environment_does(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    SEEN.clear()
    _once(Address(f"{bad}/bad/junk", {"Authorization": "Bearer secret"}), "search")
    assert len(SEEN) >= 4
    assert {request.headers["authorization"] for request in SEEN} == {"Bearer secret"}
    assert not any("cookie" in request.headers for request in SEEN)
    assert "secret" not in repr(Address("x", {"Authorization": "Bearer secret"}))


def test_a_server_that_comes_back_is_used_again() -> None:
    async def before(servers: Servers) -> str:
        return await _called(servers, "add", a=1, b=1)

    async def story() -> list[str]:
        servers: Servers | None = None
        with over_http(demo().streamable_http_app()) as address:
            port = address.rpartition(":")[2]
            servers = _servers(Address(f"{address}/mcp"))
            told = [await before(servers)]
            offers = await offered(servers, "web")
        for _ in range(2):
            try:
                await servers.call("web", offers["add"], {"a": 1, "b": 1}, 20.0)
            except CallError as error:
                told.append(str(error))
        with over_http(demo().streamable_http_app(), port=int(port)):
            told.append(await before(servers))
            await servers.aclose()
        return told

    first, gone, still_gone, back = asyncio.run(story())
    assert (first, back) == ("2", "2")
    assert gone.startswith("No answer came from the server: ")
    assert "could not be reached" in still_gone


def test_a_name_that_leads_into_a_private_network_is_refused_and_not_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server is there and would answer: only what the operator allowed counts."""
    with over_http(demo().streamable_http_app(host="tools.example")) as address:
        port = int(address.rpartition(":")[2])
        connected: list[str] = []
        connect = httpcore2.AnyIOBackend.connect_tcp

        async def note(own: httpcore2.AnyIOBackend, host: str, *given: Any) -> httpcore2.AsyncNetworkStream:
            connected.append(host)
            return await connect(own, host, *given)

        async def resolve(*_: object, **__: object) -> list[object]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", note)
        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
        url = f"http://tools.example:{port}/mcp"
        with pytest.raises(ToolServerError) as refused:
            _once(Address(url, hosts=frozenset({"tools.example"})), "add", a=2, b=3)
        assert connected == []
        assert _once(Address(url, hosts=frozenset({"127.0.0.1"})), "add", a=2, b=3) == "5"
        assert connected == ["127.0.0.1"] * len(connected) != []
    assert refused.value.message.endswith("the host leads to an address that may not be called")
    assert "`--allow-host`" in (refused.value.mend or "")
    assert not refused.value.is_retryable
