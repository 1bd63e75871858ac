"""What goes onto the wire is the same to the byte, whatever the environment says: every door, every trap."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import certifi
import pytest
from openai.types.chat import ChatCompletionMessageParam

from agents_sahara import load_team
from agents_sahara.catalog.sahara import Sahara
from agents_sahara.langchain import chat_model
from agents_sahara.settings import Settings
from tests.talking import talking

KEY = "sk-planted-0123456789"
TEAM = "version: 1\nagents: {solo: {instructions: Be kind., model: gpt-4o, provider: openai}}\n"
MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello!"}]
HEAD = "HTTP/1.1 200 OK\r\nset-cookie: trap=1; path=/\r\nconnection: close\r\ncontent-type: %s\r\n\r\n"


class Wire:
    """A gateway that writes down what it is sent."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.base_url = ""

    def answer(self, connection: socket.socket) -> None:
        """Answer the newest request as the gateway would."""
        connection.sendall(_answer_to(self.asked[-1]).encode())

    def take(self) -> list[bytes]:
        """What came since the last time."""
        taken = self.asked[:]
        self.asked.clear()
        return taken


def _answer_to(request: bytes) -> str:
    if request.startswith(b"GET"):
        return HEAD % "application/json" + '["gpt-4o"]'
    said = {"index": 0, "finish_reason": "stop"}
    if b'"stream":true' in request:
        delta = {**said, "delta": {"role": "assistant", "content": "Hi."}}
        return HEAD % "text/event-stream" + f"data: {json.dumps({'choices': [delta]})}\n\ndata: [DONE]\n\n"
    whole = {**said, "message": {"role": "assistant", "content": "Hi."}}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [whole]}
    return HEAD % "application/json" + json.dumps(body)


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    with talking(made.answer, made.asked) as made.base_url:
        yield made


def _settings(wire: Wire) -> Settings:
    return Settings.from_environ({"SAHARA_API_KEY": KEY, "SAHARA_BASE_URL": wire.base_url})


def _team(wire: Wire) -> None:
    async def go() -> None:
        async with load_team(TEAM, settings=_settings(wire)) as team:
            for _ in range(2):
                assert (await team.run("Hello!")).output == "Hi."
            async for _ in team.stream("Hello!"):
                pass

    asyncio.run(go())


def _plain(wire: Wire) -> None:
    with Sahara(_settings(wire)) as sahara:
        client = sahara.openai("openai", sync=True)
        for made in (client, client.with_options(timeout=5), client.copy()):
            made.chat.completions.create(model="gpt-4o", messages=MESSAGES)

    async def go() -> None:
        async with sahara.openai("openai") as client:
            await client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
            async for _ in await client.chat.completions.create(
                model="gpt-4o", messages=MESSAGES, stream=True
            ):
                pass

    asyncio.run(go())


def _langchain(wire: Wire) -> None:
    chat = chat_model(provider="openai", model="gpt-4o", settings=_settings(wire))
    assert chat.invoke("Hello!").content == "Hi."
    assert "".join(str(chunk.content) for chunk in chat.stream("Hello!")) == "Hi."

    async def go() -> None:
        assert (await chat.ainvoke("Hello!")).content == "Hi."
        await chat.root_async_client.close()

    asyncio.run(go())
    chat.root_client.close()


def _catalog(wire: Wire) -> None:
    with Sahara(_settings(wire)) as sahara:
        assert sahara.models() == sahara.models("openai") == sahara.providers("gpt-4o") == ["gpt-4o"]


DOORS: Mapping[str, Callable[[Wire], None]] = {
    "team": _team,
    "plain": _plain,
    "langchain": _langchain,
    "catalog": _catalog,
}


def _traps(trap_url: str, folder: Path) -> dict[str, str]:
    proxy = trap_url.removesuffix("/api/compute")
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_PROXY")
    proxies = {name: proxy for upper in names for name in (upper, upper.lower())}
    (folder / ".netrc").write_text(
        "machine 127.0.0.1 login trap password trap\ndefault login trap password trap\n"
    )
    return proxies | {
        "OPENAI_API_KEY": "sk-trap",
        "OPENAI_ADMIN_KEY": "sk-trap",
        "OPENAI_ORG_ID": "org-trap",
        "OPENAI_ORGANIZATION": "org-trap",
        "OPENAI_PROJECT_ID": "project-trap",
        "OPENAI_BASE_URL": trap_url,
        "OPENAI_API_BASE": trap_url,
        "OPENAI_CUSTOM_HEADERS": "OpenAI-Organization: trap\nAuthorization: trap\nx-api-key: trap\nCookie: trap=2",
        "NO_PROXY": "localhost",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": certifi.where(),
        "SSLKEYLOGFILE": str(folder / "keys"),
        "HOME": str(folder),
        "NETRC": str(folder / ".netrc"),
    }  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_every_byte_is_the_same_under_every_trap(
    door: str, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DOORS[door](wire)
    clean = wire.take()
    fallen: list[bytes] = []
    with talking(lambda connection: connection.close(), fallen) as trap_url:
        for name, value in _traps(trap_url, tmp_path).items():
            monkeypatch.setenv(name, value)
        DOORS[door](wire)
    assert wire.take() == clean
    assert fallen == []
    assert all(b"trap" not in request for request in clean)
    for request in clean:
        _assert_exact(_headers(request), is_catalog=door == "catalog")


def _headers(request: bytes) -> list[tuple[str, str]]:
    """As they came, in order, none left out."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return [(name.lower(), value.strip()) for name, _, value in pairs]


CARRIERS = {
    "authorization", "x-api-key", "openai-organization", "openai-project", "cookie", "proxy-authorization",
}  # fmt: skip


def _assert_exact(headers: list[tuple[str, str]], *, is_catalog: bool) -> None:
    names = [name for name, _ in headers]
    assert len(set(names)) == len(names)
    said: dict[str, Any] = dict(headers)
    key = (
        {"x-api-key": KEY}
        if is_catalog
        else {"authorization": f"Bearer {KEY}", "openai-organization": "openai"}
    )
    carriers = {
        "authorization",
        "x-api-key",
        "openai-organization",
        "openai-project",
        "cookie",
        "proxy-authorization",
    }
    assert {name: value for name, value in said.items() if name in carriers} == key
