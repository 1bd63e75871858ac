"""Conversations on real servers; each test is skipped where none is named.

    SAHARA_TEST_POSTGRES=postgresql://postgres@127.0.0.1:5432/tests SAHARA_TEST_REDIS=redis://127.0.0.1:6379/9 \\
        python -m pytest tests/test_sessions/test_servers.py

What they hold is removed. Without servers: that an extra is missing, or a server does not answer, is told.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.errors import SessionError, SessionHostError
from agents_sahara.graph.values import SessionStore
from agents_sahara.runner.team import Team
from agents_sahara.sessions.opening import open_store
from agents_sahara.sessions.server import ServerStore
from agents_sahara.sessions.values import Item, Key, Receipt, Turn
from agents_sahara.settings import Secret
from tests.teams import solo, triage
from tests.test_runner.conversing import by_base_url, sent, users

URLS = {
    "postgresql": os.environ.get("SAHARA_TEST_POSTGRES", ""),
    "redis": os.environ.get("SAHARA_TEST_REDIS", ""),
}
PACKAGES = {"postgresql": "asyncpg", "redis": "redis"}
OWN = f" of process {os.getpid()}"
"""Tests may run in several processes at once, on one server."""
KEY = Key(f"team{OWN}", "anna", "tenant")
FAMILY = f"latest-{dataclasses.replace(KEY, id='').digest().hex()}"

served = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind,
            marks=pytest.mark.skipif(
                not url, reason=f"SAHARA_TEST_{kind[:8].upper().rstrip('QL')} names no server"
            ),
        )
        for kind, url in URLS.items()
    ],
)


def stored_at(kind: str, url: str, keep: int | None = None) -> SessionStore:
    return SessionStore("postgresql" if kind == "postgresql" else "redis", url=Secret(url), keep_turns=keep)


def turn(number: int, text: str = "hi", receipt: Receipt | None = None) -> Turn:
    items: list[Item] = [{"role": "user", "content": text}, {"role": "assistant", "content": "Hello."}]
    return Turn(number, items, "front", {"front": ("openai", "gpt-4o")}, receipt)


@asynccontextmanager
async def store_of(kind: str, key: Key = KEY) -> AsyncIterator[ServerStore]:
    graph = dataclasses.replace(solo(), session=stored_at(kind, URLS[kind]))
    store = open_store(graph, state=None, is_local=False)
    assert isinstance(store, ServerStore)
    await store.forget(key)
    try:
        yield store
    finally:
        await store.forget(key)
        await store.aclose()


@served
def test_turns_come_back_whole_and_old_ones_go(kind: str) -> None:
    async def go() -> None:
        async with store_of(kind) as store:
            assert (await store.read(KEY)).number == 0
            receipt = Receipt("m", "d", {"output": "Hello."})
            for number in range(1, 6):
                async with store.turn(KEY, 5.0) as is_held:
                    assert is_held
                    text = f"half \ud800 \x00 \U0001f600 {number}"
                    await store.write(KEY, turn(number, text, receipt if number == 5 else None), keep=3)
            past = await store.read(KEY)
            assert (past.number, past.agent, past.settled) == (5, "front", {"front": ("openai", "gpt-4o")})
            assert [item["content"] for item in past.items][::2] == [
                f"half \ud800 \x00 \U0001f600 {number}" for number in (3, 4, 5)
            ]
            assert (await store.read(KEY, message_id="m")).receipt == receipt
            assert (await store.read(dataclasses.replace(KEY, owner="another"))).number == 0
            assert await store.latest(dataclasses.replace(KEY, id="")) == "anna"
            with pytest.raises(SessionError, match="cannot take back one item"):
                await store.take_back(KEY)

    asyncio.run(go())


@served
def test_a_turn_that_came_between_or_is_not_held_is_refused(kind: str) -> None:
    async def go() -> None:
        async with store_of(kind) as store:
            with pytest.raises(SessionError) as caught:
                await store.write(KEY, turn(1))
            assert caught.value.fault == "conflict"
            async with store.turn(KEY, 5.0):
                with pytest.raises(SessionError):
                    await store.write(KEY, turn(2))
                await store.write(KEY, turn(1))

    asyncio.run(go())


@served
def test_two_processes_take_turns(kind: str) -> None:
    """Two stores stand for two processes: neither knows the other's queue."""

    async def go() -> None:
        async with store_of(kind) as one, store_of(kind) as two:

            async def add(store: ServerStore) -> None:
                for _ in range(5):
                    async with store.turn(KEY, 30.0) as is_held:
                        assert is_held
                        past = await store.read(KEY, keep=1)
                        await store.write(KEY, turn(past.number + 1))

            await asyncio.gather(add(one), add(two), add(one), add(two))
            assert (await one.read(KEY)).number == 20
            async with one.turn(KEY, 5.0), two.turn(KEY, 0.1) as is_held:
                assert not is_held

    asyncio.run(go())


@served
def test_a_turn_that_slips_in_right_before_writing_is_found_out_in_the_same_step(kind: str) -> None:
    """As where a lock is lost between the last look at it and the writing: the turn before is looked at in there."""

    async def go() -> None:
        async with store_of(kind) as one:
            async with one.turn(KEY, 5.0):
                await one.write(KEY, turn(1))
                await one.write(KEY, turn(2, "mine"))
                for number in (1, 2, 4):
                    with pytest.raises(SessionError) as caught:
                        await one.write(KEY, turn(number, "theirs"))
                    assert caught.value.fault == "conflict"
            past = await one.read(KEY)
            assert (past.number, [item["content"] for item in past.items][::2]) == (2, ["hi", "mine"])

    asyncio.run(go())


@served
def test_of_many_who_all_believe_to_hold_it_one_writes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is out of order for all of them: only what is looked at while writing keeps them apart."""

    async def go() -> None:
        async with store_of(kind) as store:
            backend = await store._backend()
            monkeypatch.setattr(backend, "_still_holds", _yes, raising=False)
            async with store.turn(KEY, 5.0):
                for number in range(1, 6):
                    tries = (store.write(KEY, turn(number, f"{number}/{one}"), keep=3) for one in range(8))
                    done = await asyncio.gather(*tries, return_exceptions=True)
                    assert len([one for one in done if one is None]) == 1
                    assert all(one.fault == "conflict" for one in done if isinstance(one, SessionError))
            past = await store.read(KEY)
            assert (past.number, len(past.items)) == (5, 6)

    asyncio.run(go())


async def _yes(_: int) -> bool:
    return True


@served
def test_what_fails_while_it_is_written_leaves_nothing(kind: str) -> None:
    """Turn, older turns and what was used last are one step: an error never means that half of it was done."""

    async def spoil(store: ServerStore) -> None:
        backend = await store._backend()
        if kind == "postgresql":
            from agents_sahara.sessions.postgres import PostgresBackend

            assert isinstance(backend, PostgresBackend)
            plain = backend._add

            async def add(connection: object, name: str, item: str, keep: int | None) -> None:
                if name == FAMILY:
                    raise TimeoutError
                await plain(connection, name, item, keep)

            backend._add = add  # type: ignore[method-assign]  # a server that goes away in the middle
        else:
            from agents_sahara.sessions.redis import RedisBackend

            assert isinstance(backend, RedisBackend)
            await backend._client.delete(f"agents_sahara:{FAMILY}:messages")
            await backend._client.set(f"agents_sahara:{FAMILY}:messages", "no list", ex=60)

    async def go() -> None:
        async with store_of(kind) as store, store_of(kind) as other:
            async with store.turn(KEY, 5.0):
                await store.write(KEY, turn(1))
                await spoil(store)
                with pytest.raises(SessionError):
                    await store.write(KEY, turn(2))
            assert (await other.read(KEY)).number == 1
            if kind == "redis":
                client = (await other._backend())._client  # type: ignore[attr-defined]  # of this kind alone
                await client.delete(f"agents_sahara:{FAMILY}:messages")

    asyncio.run(go())


@served
def test_a_clock_that_goes_backwards_changes_no_order(kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("Redis orders by place")

    async def go() -> None:
        from sqlalchemy import text

        from agents_sahara.sessions.postgres import TURNS, PostgresBackend

        async with store_of(kind) as store:
            backend = await store._backend()
            assert isinstance(backend, PostgresBackend)
            for number in range(1, 6):
                async with store.turn(KEY, 5.0):
                    await store.write(KEY, turn(number), keep=3)
                async with backend._engine.begin() as connection:  # as if what is there was written tomorrow
                    await connection.execute(
                        text(f"UPDATE {TURNS} SET created_at = created_at + interval '1 day'")
                    )
            past = await store.read(KEY, keep=2)
            assert (past.number, len(past.items)) == (5, 4)
            assert len((await store.read(KEY)).items) == 6

    asyncio.run(go())


@served
def test_a_cancelled_turn_lets_the_next_one_in(kind: str) -> None:
    async def go() -> None:
        async with store_of(kind) as one, store_of(kind) as two:
            entered = asyncio.Event()

            async def hold() -> None:
                async with one.turn(KEY, 5.0):
                    entered.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(hold())
            await asyncio.wait_for(entered.wait(), 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async with two.turn(KEY, 5.0) as is_held:
                assert is_held

    asyncio.run(go())


@served
def test_a_lock_that_was_lost_meanwhile_refuses_the_turn(kind: str) -> None:
    async def lose(store: ServerStore) -> None:
        backend = await store._backend()
        if kind == "postgresql":
            from agents_sahara.sessions.postgres import PostgresBackend

            assert isinstance(backend, PostgresBackend)
            await backend._drop_locks()
        else:
            from agents_sahara.sessions.redis import RedisBackend

            assert isinstance(backend, RedisBackend)
            await backend._client.delete(*await backend._client.keys("agents_sahara:turn:*"))

    async def go() -> None:
        async with store_of(kind) as store:
            async with store.turn(KEY, 5.0):
                await lose(store)
                with pytest.raises(SessionError) as caught:
                    await store.write(KEY, turn(1))
                assert caught.value.fault == "conflict"
            async with store.turn(KEY, 5.0):
                await store.write(KEY, turn(1))

    asyncio.run(go())


@served
def test_a_damaged_conversation_is_an_error_and_no_gap(kind: str) -> None:
    async def go() -> None:
        async with store_of(kind) as store:
            for number in (1, 2, 3):
                async with store.turn(KEY, 5.0):
                    await store.write(KEY, turn(number))
            session = (await store._backend()).session(f"talk-{KEY.digest().hex()}")
            last = await session.pop_item()
            assert last is not None
            await session.pop_item()
            await session.add_items([last])
            with pytest.raises(SessionError, match="a turn is missing") as caught:
                await store.read(KEY)
            assert caught.value.fault == "corrupt"
            await session.add_items([{"role": "user", "content": "from elsewhere"}])
            with pytest.raises(SessionError, match="is damaged"):
                await store.read(KEY)

    asyncio.run(go())


@served
def test_a_team_talks_through_a_server(kind: str, gateway: LocalGateway) -> None:
    made = dataclasses.replace(triage(), name=f"served{OWN}", session=stored_at(kind, URLS[kind], 2))

    async def with_team(work: Callable[[Team], Awaitable[None]]) -> None:
        async with by_base_url(gateway.base_url, made) as team:
            await work(team)

    async def first(team: Team) -> None:
        await team.conversation("anna").clear_session()
        both = await asyncio.gather(*(team.run("Hola", session="anna", message_id="m1") for _ in range(2)))
        assert sorted(result.redelivered for result in both) == [False, True]

    async def second(team: Team) -> None:
        result = await team.run("¿Cómo te llamas?", session="anna")
        assert result.path == ("spanish",)
        assert await team.latest_session() == "anna"
        assert "@" not in team.session_store
        await team.conversation("anna").clear_session()

    asyncio.run(with_team(first))
    asyncio.run(with_team(second))  # as after a restart
    assert users(sent(gateway)[-1]) == ["Hola", "¿Cómo te llamas?"]


@served
def test_one_team_serves_several_loops(kind: str, gateway: LocalGateway) -> None:
    made = dataclasses.replace(solo(), name=f"loops{OWN}", session=stored_at(kind, URLS[kind]))
    team = by_base_url(gateway.base_url, made)

    async def say(number: int) -> None:
        await team.run(f"q{number}", session="anna")

    team.run_sync("q0", session="anna")
    asyncio.run(say(1))
    team.run_sync("q2", session="anna")

    async def end() -> None:
        await team.conversation("anna").clear_session()
        await team.aclose()

    asyncio.run(end())
    assert users(sent(gateway)[-1]) == ["q0", "q1", "q2"]
    team.close()


@pytest.mark.parametrize("kind", PACKAGES)
def test_a_server_that_does_not_answer_is_told_without_its_password(kind: str) -> None:
    if importlib.util.find_spec(PACKAGES[kind]) is None:
        pytest.skip(f"the package {PACKAGES[kind]} is not installed")

    async def go() -> None:
        made = dataclasses.replace(
            solo(), session=stored_at(kind, f"{kind}://bot:a-secret-word@127.0.0.1:1/0")
        )
        store = open_store(made, state=None, is_local=False)
        for _ in range(2):
            with pytest.raises(SessionHostError) as caught:
                await store.read(KEY)
            assert (caught.value.fault, caught.value.exit_code, caught.value.is_retryable) == (
                "unreachable",
                4,
                True,
            )
            assert "a-secret-word" not in f"{caught.value!r} {caught.value.to_json()} {store.where}"
            assert "127.0.0.1:1" in caught.value.message
        await store.aclose()

    asyncio.run(go())


@pytest.fixture
def without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("asyncpg", "sqlalchemy", "redis", "redis.asyncio"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("postgres", "redis"):
        monkeypatch.delitem(sys.modules, f"agents_sahara.sessions.{name}", raising=False)
        monkeypatch.delattr(f"agents_sahara.sessions.{name}", raising=False)


@pytest.mark.usefixtures("without_extras")
@pytest.mark.parametrize(("kind", "extra"), [("postgresql", "postgres"), ("redis", "redis")])
def test_a_missing_extra_is_told_with_its_name(kind: str, extra: str) -> None:
    made = dataclasses.replace(solo(), session=stored_at(kind, f"{kind}://127.0.0.1/0"))
    with pytest.raises(SessionError) as caught:
        open_store(made, state=None, is_local=False)
    assert caught.value.fault == "not_installed"
    assert f"agents-sahara[{extra}]" in caught.value.mend


def test_a_simulated_team_asks_no_server(gateway: LocalGateway, tmp_path: Path) -> None:
    made = dataclasses.replace(solo(), session=stored_at("postgresql", "postgresql://127.0.0.1:1/x"))
    store = open_store(made, state=tmp_path, is_local=True)
    assert Path(store.where).is_relative_to(tmp_path)
    assert gateway.calls == []
