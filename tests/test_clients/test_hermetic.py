"""What goes onto the wire follows from our settings alone, whatever the environment says."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import traceback
from base64 import b64encode

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from agents_sahara.catalog.sahara import Sahara
from agents_sahara.clients.pool import ClientPool, OwnEndpoint
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule
from agents_sahara.errors import GatewayError, SettingsError
from agents_sahara.langchain import chat_model
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from tests.teams import triage

KEY = "sk-planted-0123456789"
TRAPS = {
    "OPENAI_API_KEY": "sk-trap",
    "OPENAI_ORG_ID": "org-trap",
    "OPENAI_PROJECT_ID": "project-trap",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/trap",
    "OPENAI_ADMIN_KEY": "sk-admin-trap",
    "OPENAI_WEBHOOK_SECRET": "trap",
    "OPENAI_CUSTOM_HEADERS": "OpenAI-Organization: trap\nAuthorization: Bearer sk-trap\nX-Trap: trap\n"
    "openai-organization: trap\nx-api-key: trap",
    "OPENAI_API_BASE": "http://127.0.0.1:9/trap",
    "OPENAI_ORGANIZATION": "org-trap",
    "OPENAI_PROXY": "http://127.0.0.1:9",
    "OPENAI_DEFAULT_MODEL": "trap",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "all_proxy": "http://127.0.0.1:9",
}


@pytest.fixture
def settings(gateway: LocalGateway) -> Settings:
    return Settings(api_key=Secret(KEY), base_url=gateway.base_url)


@pytest.fixture(params=["clean", "traps"])
def environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "traps":
        for name, value in TRAPS.items():
            monkeypatch.setenv(name, value)
        assert os.environ["OPENAI_ORG_ID"]
    return str(request.param)


def _wire(gateway: LocalGateway) -> list[dict[str, str]]:
    """Headers of each request, without those that every connection makes anew."""
    volatile = {"host", "content-length", "user-agent"}
    return [{k: v for k, v in call.headers.items() if k not in volatile} for call in gateway.calls]


EXPECTED = {"accept", "accept-encoding", "authorization", "connection", "content-type", "openai-organization"}


def _assert_pinned(headers: dict[str, str], provider: str) -> None:
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["openai-organization"] == provider
    assert {name for name in headers if not name.startswith("x-stainless-")} == EXPECTED


@pytest.mark.usefixtures("environment")
def test_a_teams_requests_are_the_same_under_every_trap(gateway: LocalGateway, settings: Settings) -> None:
    async def go() -> None:
        async with Team(triage(), settings) as team:
            await team.run("Hola, ¿Cómo te llamas?")
            async for _ in team.stream("Hi, what is your name?"):
                pass

    asyncio.run(go())
    for headers, provider in zip(_wire(gateway), ["openai", "together"] * 2, strict=True):
        _assert_pinned(headers, provider)


@pytest.mark.usefixtures("environment")
def test_plain_clients_and_their_copies_are_clean(gateway: LocalGateway, settings: Settings) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello!"}]
    with Sahara(settings) as sahara:
        client = sahara.openai("openai", sync=True)
        for made in (client, client.with_options(max_retries=1)):
            made.chat.completions.create(model="gpt-4o", messages=messages)
        copy = client.with_options(default_headers={"X-Mine": "1"})
        copy.chat.completions.create(model="gpt-4o", messages=messages)

    async def go() -> None:
        async with sahara.openai("openai") as client:
            await client.chat.completions.create(model="gpt-4o", messages=messages)

    asyncio.run(go())
    wires = _wire(gateway)
    assert wires[2].pop("x-mine") == "1"
    for headers in wires:
        _assert_pinned(headers, "openai")


@pytest.mark.usefixtures("environment")
def test_the_langchain_model_is_clean(gateway: LocalGateway, settings: Settings) -> None:
    chat = chat_model(provider="openai", model="gpt-4o", settings=settings)
    assert "Hello" in str(chat.invoke("Hello!").content)
    assert "".join(str(chunk.content) for chunk in chat.stream("Hello!"))

    async def go() -> str:
        answer = str((await chat.ainvoke("Hello!")).content)
        await chat.root_async_client.close()
        return answer

    assert "Hello" in asyncio.run(go())
    chat.root_client.close()
    for headers in _wire(gateway):
        headers.pop("x-stainless-helper-method", None)
        _assert_pinned(headers, "openai")


def test_an_endpoint_of_its_own_gets_neither_our_key_nor_the_provider(
    gateway: LocalGateway, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKSTATION_KEY", "wk-1")
    for name, value in TRAPS.items():
        monkeypatch.setenv(name, value)
    own = {
        "keyed": OwnEndpoint(gateway.base_url, "WORKSTATION_KEY"),
        "keyless": OwnEndpoint(gateway.base_url, None),
    }

    async def go() -> None:
        pool = ClientPool(settings, own)
        for provider in own:
            line = await pool.line(provider)
            with pytest.raises(
                openai.APIStatusError
            ):  # without the provider's name the gateway refuses the call
                await line.client.chat.completions.create(
                    model="of-the-workstation",
                    messages=[{"role": "user", "content": "x"}],
                    extra_headers=dict(line.extra_headers),
                )
        await pool.aclose()

    asyncio.run(go())
    keyed, keyless = _wire(gateway)
    assert keyed["authorization"] == "Bearer wk-1"
    assert "authorization" not in keyless
    assert not {"openai-organization", "x-api-key", "x-trap"} & (set(keyed) | set(keyless))


def test_a_redirect_is_not_followed_with_key_or_prompt(gateway: LocalGateway, settings: Settings) -> None:
    with LocalGateway() as other:
        elsewhere = {"location": f"{other.base_url}/chat/completions"}
        for status in (301, 302, 307, 308):
            gateway.script([Rule(Fail(status, headers=elsewhere))])

            async def go() -> None:
                async with Team(triage(), settings) as team:
                    await team.run("Hello!")

            with pytest.raises(Exception, match="redirects elsewhere"):
                asyncio.run(go())
        assert other.calls == []


def test_no_key_is_found_before_anything_is_sent(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with Team(triage(), Settings(base_url=gateway.base_url)) as team:
            await team.run("Hello!")

    with pytest.raises(SettingsError):
        asyncio.run(go())
    assert gateway.calls == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_the_key_appears_in_no_error(gateway: LocalGateway, settings: Settings, status: int) -> None:
    gateway.script([Rule(Fail(status, {"error": {"message": f"you sent {KEY}"}}))])
    error = _failure(settings)
    assert "you sent ***" in str(error)
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert KEY not in shown
    assert KEY.encode() not in pickle.dumps(error.args)


def _failure(settings: Settings) -> Exception:
    async def go() -> None:
        async with Team(triage(), settings) as team:
            await team.run("Hello!")

    with pytest.raises(GatewayError) as caught:
        asyncio.run(go())
    return caught.value


@pytest.mark.parametrize("spelled", [KEY, b64encode(f"Bearer {KEY}".encode()).decode(), f"{KEY} " * 40])
def test_no_part_of_the_key_is_left_where_the_gateways_words_are_cut(
    gateway: LocalGateway, settings: Settings, spelled: str
) -> None:
    for filling in range(280, 301):
        words = "x" * filling + spelled
        gateway.script([Rule(Fail(400, {"error": {"message": words}}, headers={"x-should-retry": "false"}))])
        shown = str(_failure(settings))
        assert KEY[:4] not in shown
        assert b64encode(KEY.encode()).decode()[4:12] not in shown


def test_an_error_in_a_200_is_told_without_the_key(gateway: LocalGateway, settings: Settings) -> None:
    gateway.script([Rule(Raw(json.dumps({"error": {"message": f"you sent {KEY}"}, "choices": []})))])
    error = _failure(settings)
    assert "the answer holds an error: you sent ***" in str(error)


def test_one_team_works_on_several_event_loops_and_shares_connections(
    gateway: LocalGateway, settings: Settings
) -> None:
    """openai-python issue 1254: one client used from two `asyncio.run` fails every second time."""
    team = Team(triage(), settings)
    for _ in range(4):
        assert "James" in asyncio.run(team.run("Hola, ¿Cómo te llamas?")).output
    assert "James" in team.run_sync("Hola, ¿Cómo te llamas?").output

    async def close() -> None:
        assert "James" in (await team.run("Hola, ¿Cómo te llamas?")).output
        await team.aclose()
        await team.aclose()
        assert "James" in (await team.run("Hola, ¿Cómo te llamas?")).output
        await team.aclose()

    asyncio.run(close())
