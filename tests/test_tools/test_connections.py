"""Connections of `http` and `openapi` tools: kept for their host, made to a looked-at address, never used astray."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import httpx2
import pytest
import trustme

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.graph.values import AgentGraph
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.tools.addresses import PrivateAddressError, refusal
from agents_sahara.tools.connections import Connections
from agents_sahara.trust.consent import Consent
from tests.test_tools.hosts import OK, host
from tests.test_tools.teams import ONE_TOOL, write

HERE = frozenset({"127.0.0.1", "localhost"})


async def ask(connections: Connections, url: str, method: str = "GET") -> str:
    answer = await connections.send(httpx2.Request(method, url))
    try:
        return (await answer.aread()).decode()
    finally:
        await answer.aclose()


def asked(*urls: str, method: str = "GET", hosts: frozenset[str] = HERE) -> list[str]:
    async def go() -> list[str]:
        connections = Connections(hosts)
        try:
            return [await ask(connections, url, method) for url in urls]
        finally:
            await connections.aclose()

    return asyncio.run(go())


def test_calls_of_one_team_share_a_connection_that_ends_with_the_team(tmp_path: Path) -> None:
    with host(OK) as made:
        path = write(tmp_path, f'{ONE_TOOL}  it: {{http: {{get: "{made.url}/x"}}}}\n')
        graph = load_graph(path, environ={}, consent=Consent.given(allow_hosts=["127.0.0.1"]))
        rules = (
            Rule(Use((Tool("it"),)), When(turn=1)),
            Rule(Use((Tool("it"),)), When(turn=2)),
            Rule(Say("Done.")),
        )
        with LocalGateway(script=rules, pairs=graph.pairs()) as gateway:

            async def go() -> None:
                async with Team(graph, Settings.local(gateway.base_url)) as team:
                    await team.run("Hello")
                    await team.run("Hello again")
                    assert not made.ended[0].is_set()

            asyncio.run(go())
        assert made.counts == [4]
        assert made.ended[0].wait(5)


def test_connections_of_a_file_that_is_no_more_end_with_its_runs(tmp_path: Path) -> None:
    with host(OK) as made:
        path = write(tmp_path, f'{ONE_TOOL}  it: {{http: {{get: "{made.url}/x"}}}}\n')

        def read() -> AgentGraph:
            return load_graph(path, environ={}, consent=Consent.given(allow_hosts=["127.0.0.1"]))

        rules = (Rule(Use((Tool("it"),)), When(turn=1)), Rule(Say("Done.")))
        with LocalGateway(script=rules, pairs=read().pairs()) as gateway:

            async def go() -> None:
                async with Team(read(), Settings.local(gateway.base_url), source=read) as team:
                    await team.run("Hello")
                    path.write_text(path.read_text("utf-8").replace("/x", "/y"), encoding="utf-8")
                    await team.reload()
                    assert await asyncio.to_thread(made.ended[0].wait, 5)
                    await team.run("Hello again")
                    assert made.counts == [1, 1]

            asyncio.run(go())
        assert made.ended[1].wait(5)


def test_each_event_loop_has_its_own_and_closes_it() -> None:
    with host(OK) as made:
        connections = Connections(HERE)
        for _ in range(2):
            asyncio.run(ask(connections, made.url))
        assert made.counts == [1, 1]
        assert all(ended.wait(5) for ended in made.ended)


def test_a_connection_is_not_used_for_another_host_or_port() -> None:
    with host(OK) as made, host(OK) as other:
        asked(
            made.url, f"http://localhost:{made.port}", other.url, made.url, f"http://localhost:{made.port}/2"
        )
        assert (made.counts, other.counts) == ([2, 2], [1])
        assert [f"host: 127.0.0.1:{made.port}" in came[0].decode().lower() for came in made.connections] == [
            True,
            False,
        ]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_breaks_on_a_kept_connection_is_sent_once_more_where_that_does_no_harm(method: str) -> None:
    with host(lambda number, count: None if (number, count) == (0, 1) else OK) as made:
        assert asked(made.url, made.url, method=method) == ["ok", "ok"]
        assert made.counts == [2, 1]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_acts_is_sent_once_whatever_happens(method: str) -> None:
    with host(lambda number, count: None if (number, count) == (0, 1) else OK) as made:
        with pytest.raises(httpx2.RemoteProtocolError):
            asked(made.url, made.url, method=method)
        assert made.counts == [2]


def test_what_breaks_on_a_new_connection_is_not_sent_again() -> None:
    with host(lambda _, __: None) as made:
        with pytest.raises(httpx2.RemoteProtocolError):
            asked(made.url)
        assert made.counts == [1]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_that_the_server_has_closed_is_not_used(method: str) -> None:
    with host(OK) as made:

        async def go() -> None:
            connections = Connections(HERE)
            await ask(connections, made.url, method)
            made.hang_up()
            assert made.ended[0].wait(5)
            assert await ask(connections, made.url, method) == "ok"
            await connections.aclose()

        asyncio.run(go())
        assert made.counts == [1, 1]


def test_a_connection_whose_answer_was_not_read_is_not_used_again() -> None:
    with host(OK) as made:

        async def go() -> None:
            connections = Connections(HERE)
            await (await connections.send(httpx2.Request("GET", made.url))).aclose()
            assert await ask(connections, made.url) == "ok"
            await connections.aclose()

        asyncio.run(go())
        assert made.counts == [1, 1]


@pytest.mark.parametrize("more", [OK.replace(b"ok", b"no"), b"x", b"HTTP/1.1"])
def test_what_comes_behind_an_answer_is_no_answer_to_the_next_call(more: bytes) -> None:
    with host(lambda number, count: OK + more if (number, count) == (0, 0) else OK) as made:
        assert asked(*[made.url] * 3) == ["ok"] * 3
        assert made.counts == [1, 2]


def leading(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let names lead to these addresses, one after the other; the last one stays."""
    left, looked_up = list(addresses), list[str]()

    async def resolve(_: object, name: str, port: int, **__: object) -> list[object]:
        looked_up.append(name)
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    return looked_up


def test_a_name_that_leads_elsewhere_later_moves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = leading(monkeypatch, "127.0.0.1", "10.0.0.7")
    with host(lambda _, count: None if count == 2 else OK) as made:
        url = f"http://rates.example:{made.port}"

        async def go() -> None:
            connections = Connections(frozenset({"rates.example", "127.0.0.1"}))
            assert [await ask(connections, url) for _ in range(2)] == ["ok", "ok"]
            assert len(looked_up) == 1
            with pytest.raises(PrivateAddressError):  # the server hangs up, and the name is looked up again
                await ask(connections, url)
            await connections.aclose()

        asyncio.run(go())
        assert made.counts == [3]
    assert looked_up == ["rates.example", "rates.example"]


def test_one_private_address_among_many_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(_: object, __: str, port: int, **___: object) -> list[object]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("93.184.216.34", "10.0.0.7")
        ]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    with pytest.raises(PrivateAddressError) as caught:
        asked("http://rates.example/x", hosts=frozenset({"rates.example"}))
    assert refusal(caught.value) is not None


def test_the_certificate_must_be_for_the_name_and_not_for_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority, named, names = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), list[str | None]()
    authority.issue_cert("rates.example").configure_cert(named)
    named.sni_callback = lambda _, name, __: names.append(name)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr("agents_sahara.tools.connections.tls_context", lambda: trusting)
    leading(monkeypatch, "127.0.0.1")
    hosts = frozenset({"rates.example", "evil.example", "127.0.0.1"})
    with host(OK, named) as made:
        url = f"https://rates.example:{made.port}"
        assert asked(url, url, hosts=hosts) == ["ok", "ok"]
        assert (names, made.counts) == (["rates.example"], [2])
        with pytest.raises(httpx2.ConnectError):
            asked(f"https://evil.example:{made.port}", hosts=hosts)
        assert made.counts == [2, 0]
