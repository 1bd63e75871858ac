"""An answer that never ends, but keeps coming, ends at its size, whatever it is made of."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx2
import pytest

from agents_sahara.catalog.discovery import Catalog
from agents_sahara.clients.bodies import MOST_BODY_BYTES
from agents_sahara.clients.transport import async_client, sync_client
from agents_sahara.diagnostics.finding import Place
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Raw, Rule, Say, When, Wire
from agents_sahara.errors import AccessError, CatalogError, SaharaError, UnusableAnswerError
from agents_sahara.events import RunFinished
from agents_sahara.graph.values import Endpoint, ModelTarget
from agents_sahara.retry import RetryPolicy
from agents_sahara.routing import held
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.types import Budget
from tests.endless import EVENTS, HEAD, JSON, endless
from tests.leftovers import nothing_left
from tests.teams import graph, node, solo

pytestmark = pytest.mark.usefixtures("each_loop")

_MIB = 1024 * 1024
ONCE = RetryPolicy(attempts=1)
LAVISH = replace(solo(), budget=Budget(tokens=10**9))
"""No budget ends it."""


def _event(**delta: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"


def _call(arguments: str) -> bytes:
    function = {"name": "transfer_to_x", "arguments": arguments}
    return _event(tool_calls=[{"index": 0, "id": "c", "type": "function", "function": function}])


LONG = "word " * 20_000
EMPTY_GZIP = gzip.compress(b" " * 64 * _MIB, 9)

ENDLESS: dict[str, tuple[str, bytes, bytes]] = {
    "a body": ("run", HEAD % JSON, b" " * 65536),
    "a body of events": ("run", HEAD % EVENTS, b": ping\n\n" * 8192),
    "a body behind a 500": ("run", b"HTTP/1.1 500 Oops\r\ncontent-type: text/plain\r\n\r\n", b"x" * 65536),
    "a body in chunks": (
        "run",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        b"10000\r\n" + b" " * 65536 + b"\r\n",
    ),
    "headers": ("run", b"HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n" * 4096),
    "one header": ("stream", b"HTTP/1.1 200 OK\r\nx-long: ", b"x" * 65536),
    "a JSON body for a stream": ("stream", HEAD % JSON, b" " * 65536),
    "one line": ("stream", HEAD % EVENTS + b"data: ", b"x" * 65536),
    "one event": ("stream", HEAD % EVENTS, (b"data: " + b"x" * 2000 + b"\n") * 32),
    "one event in CRLF": ("stream", HEAD % EVENTS, (b"data: " + b"x" * 2000 + b"\r\n") * 32),
    "text": ("stream", HEAD % EVENTS, _event(content=LONG)),
    "reasoning": ("stream", HEAD % EVENTS, _event(reasoning_content=LONG)),
    "arguments": ("stream", HEAD % EVENTS, _call(LONG)),
    "a refusal": ("stream", HEAD % EVENTS, _event(refusal=LONG)),
}


@contextmanager
def _at_most(mib: float) -> Iterator[None]:
    """Memory grows by no more at any moment."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mib * _MIB
    finally:
        tracemalloc.stop()


async def _went(team: Team, way: str) -> None:
    if way == "run":
        await team.run("Hello!")
    else:
        async for _ in team.stream("Hello!"):
            pass


def _ask(base_url: str, way: str) -> SaharaError:
    async def go() -> SaharaError:
        async with asyncio.timeout(30), Team(LAVISH, Settings.local(base_url), policy=ONCE) as team:
            with pytest.raises(SaharaError) as caught:
                await _went(team, way)
            await nothing_left()
        return caught.value

    return asyncio.run(go())


@pytest.mark.parametrize("case", ENDLESS)
def test_an_answer_that_never_ends_is_an_error_and_fills_no_memory(case: str) -> None:
    way, head, piece = ENDLESS[case]
    with endless(head, piece) as server:
        with _at_most(100):
            error = _ask(server.base_url, way)
        assert isinstance(error, UnusableAnswerError)
        assert error.is_retryable
        assert server.sent < 40 * _MIB


@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_small_body_that_decompresses_to_a_large_one_is_an_error(gateway: LocalGateway, way: str) -> None:
    gateway.script([Rule(Raw(EMPTY_GZIP, headers={"content-encoding": "gzip"}))])
    with _at_most(60):
        error = _ask(gateway.base_url, way)
    assert "too large: more than 16 MiB" in error.message


def test_another_member_answers_in_place_of_one_that_never_ends(gateway: LocalGateway) -> None:
    gateway.script([Rule(Say("Fine."))])
    with endless(HEAD % JSON, b" " * 65536) as server:
        own = {"own": Endpoint("own", server.base_url, None, Place("f", 1, 1, 1, 1))}
        first = node("solo", target=ModelTarget("own", "x"))
        made = graph(replace(first, backups=(ModelTarget("openai", "gpt-4o"),)), endpoints=own)

        async def go() -> list[str]:
            settings = Settings.from_environ({"SAHARA_API_KEY": "k", "SAHARA_BASE_URL": gateway.base_url})
            async with Team(made, settings) as team:
                return [attempt.provider for attempt in (await team.run("Hello!")).attempts]

        assert asyncio.run(go()) == ["own", "openai"]


def _too_large_a_catalog(base_url: str) -> None:
    catalog = Catalog(Settings.local(base_url))
    with catalog, _at_most(60), pytest.raises(CatalogError, match="too large"):
        catalog.models()


def test_a_catalog_that_never_ends_is_an_error() -> None:
    with endless(HEAD % JSON, b" " * 65536) as server:
        _too_large_a_catalog(server.base_url)


def test_a_catalog_that_decompresses_to_a_large_one_is_an_error(gateway: LocalGateway) -> None:
    gateway.script([Rule(Raw(EMPTY_GZIP, headers={"content-encoding": "gzip"}), When(path="models"))])
    _too_large_a_catalog(gateway.base_url)


def test_a_body_of_the_most_bytes_is_still_read(gateway: LocalGateway) -> None:
    gateway.script([Rule(Raw(b" " * MOST_BODY_BYTES), When(path="models"))])
    with sync_client(needs_tls=False) as client:
        response = client.get(f"{gateway.base_url}/models", headers={"x-api-key": "k"})
    assert len(response.content) == MOST_BODY_BYTES


@pytest.mark.parametrize("blank", [b"\n\n", b"\r\n\r\n", b"\r\r"])
def test_a_long_stream_of_short_events_has_no_limit_in_bytes(gateway: LocalGateway, blank: bytes) -> None:
    pings = (b": " + b"x" * 100_000 + blank) * 200
    whole = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "delta": {"content": "Fine."}}]})
    body = pings + b"data: " + whole.encode() + blank
    gateway.script([Rule(Raw(body, content_type="text/event-stream"))])

    async def go() -> str:
        async with Team(solo(), Settings.local(gateway.base_url), policy=ONCE) as team:
            *_, last = [event async for event in team.stream("Hello!")]
            assert isinstance(last, RunFinished)
            return str(last.result.output)

    assert asyncio.run(go()) == "Fine."


def test_a_call_in_too_many_parts_is_an_error(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "MOST_HELD", 20)
    with endless(HEAD % EVENTS, _call("1")) as server:
        error = _ask(server.base_url, "stream")
    assert isinstance(error, UnusableAnswerError)
    assert "too many parts" in error.message


@pytest.mark.parametrize(
    "charset", ["base64", "hex", "rot13", "idna", "undefined", "nonsense", "a\tb", "utf-16"]
)
@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_charset_that_no_text_has_takes_nothing_from_a_refusal(
    gateway: LocalGateway, way: str, charset: str
) -> None:
    gateway.script([Rule(Raw("no", status=401, content_type=f"text/html; charset={charset}"))])
    assert isinstance(_ask(gateway.base_url, way), AccessError)


@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_refusal_whose_body_breaks_is_still_a_refusal(gateway: LocalGateway, way: str) -> None:
    gateway.script([Rule(Wire(b"HTTP/1.1 401 No\r\ncontent-length: 500\r\n\r\nhalf a bo"))])
    assert isinstance(_ask(gateway.base_url, way), AccessError)
    gateway.script([Rule(Raw(b"no gzip", status=403, headers={"content-encoding": "gzip"}))])
    assert isinstance(_ask(gateway.base_url, way), AccessError)


WHOLE = b"word " * 2000


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


BROKEN = {
    "gzip that breaks off": (gzip.compress(WHOLE)[:-20], "gzip", "breaks off"),
    "gzip without its check": (gzip.compress(WHOLE)[:-8], "gzip", "breaks off"),
    "deflate that breaks off": (zlib.compress(WHOLE)[:-10], "deflate", "breaks off"),
    "raw deflate that breaks off": (_deflated(WHOLE)[:-10], "deflate", "breaks off"),
    "twice packed, the outer one broken": (
        zlib.compress(gzip.compress(WHOLE))[:-4],
        "gzip, deflate",
        "breaks off",
    ),
    "a second member": (gzip.compress(WHOLE) + gzip.compress(b"more"), "gzip", "behind"),
}


def _read(url: str, way: str) -> bytes:
    """The body of the models there."""
    if way == "sync":
        with sync_client(needs_tls=False) as client:
            return client.get(url, headers={"x-api-key": "k"}).content

    async def go() -> bytes:
        async with async_client(needs_tls=False) as client:
            return (await client.get(url, headers={"x-api-key": "k"})).content

    return asyncio.run(go())


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("case", BROKEN)
def test_a_compressed_body_that_is_not_whole_is_an_error(gateway: LocalGateway, case: str, way: str) -> None:
    body, coding, why = BROKEN[case]
    gateway.script([Rule(Raw(body, headers={"content-encoding": coding}), When(path="models"))])
    with pytest.raises(httpx2.DecodingError, match=why):
        _read(f"{gateway.base_url}/models", way)


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize(
    ("body", "coding", "read"),
    [
        (gzip.compress(WHOLE), "gzip", WHOLE),
        (gzip.compress(WHOLE) + bytes(16), "gzip", WHOLE),
        (_deflated(WHOLE), "deflate", WHOLE),
        (zlib.compress(gzip.compress(WHOLE)), "gzip, deflate", WHOLE),
        (b"", "gzip", b""),
        (WHOLE, "identity", WHOLE),
    ],
    ids=["gzip", "gzip with padding", "raw deflate", "both", "nothing", "as it is"],
)
def test_a_compressed_body_that_is_whole_is_read(
    gateway: LocalGateway, body: bytes, coding: str, read: bytes, way: str
) -> None:
    gateway.script([Rule(Raw(body, headers={"content-encoding": coding}), When(path="models"))])
    assert _read(f"{gateway.base_url}/models", way) == read
