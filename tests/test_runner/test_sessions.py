"""Stored conversations through the public door of a team: what is sent, kept, refused and given back."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sqlite3
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest
from agents import ItemHelpers, RunConfig, Runner
from agents.memory import Session

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import LimitError, ServerError, SessionError, UsageError
from agents_sahara.events import AgentStarted, RunFailed, RunFinished, RunStarted, TextDelta
from agents_sahara.graph.values import SessionStore
from agents_sahara.runner.team import Team
from agents_sahara.types import Budget
from tests.leftovers import nothing_left
from tests.raw_gateway import RawGateway, raw_gateway
from tests.teams import DEEPSEEK, edge, graph, node, solo, triage
from tests.test_runner.conversing import FILE, by_base_url, sent, stored, talking, users
from tests.test_runner.runs import events_of, team_on

ID = "telegram:42"


async def run_or_stream(team: Team, way: str, text: str) -> None:
    """One turn, in one of the two ways."""
    if way == "run":
        await team.run(text, session=ID)
        return
    async with aclosing(team.stream(text, session=ID)) as events:
        async for _ in events:
            pass


def test_the_next_turn_knows_the_one_before_and_goes_on_with_its_speaker(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    async def go() -> None:
        async with talking(gateway, triage(), tmp_path) as team:
            first = await team.run("Hola, ¿Cómo te llamas?", session=ID)
        async with talking(gateway, triage(), tmp_path) as team:  # as after a restart
            second = await team.run("¿Y cuántos años tienes?", session=ID)
            await nothing_left()
        assert (first.path, second.path) == (("triage", "spanish"), ("spanish",))
        assert (first.session, second.session) == (ID, ID)

    asyncio.run(go())
    assert users(sent(gateway)[-1]) == ["Hola, ¿Cómo te llamas?", "¿Y cuántos años tienes?"]


def test_what_is_sent_equals_what_a_process_with_the_whole_list_would_send(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    """Handoffs, calls of tools that do not exist, thoughts and answers, byte for byte."""
    said = ["Hola", "¿Cómo te llamas?", "Hello in English", 'Tell me "more" - ünïcode \U0001f600']
    rules = [
        Rule(
            Use((Tool("transfer_to_desk", id="call_1"),), text="One moment."), When(message="Hola"), times=1
        ),
        Rule(
            Use((Tool("no_such", {"a": [1, 2.5, None]}, id="call_2"),)), When(message="Cómo", turn=1), times=1
        ),
        Rule(Say("Sí - \U0001f600.")),
    ]
    made = graph(node("front", edge("desk")), node("desk", edge("front")))

    async def kept() -> None:
        for text in said:
            async with talking(gateway, made, tmp_path) as team:
                await team.run(text, session=ID)

    async def whole() -> None:
        async with team_on(gateway, made) as team:
            items: list[Any] = []
            agent = team.agents["front"]
            for text in said:
                items.append({"role": "user", "content": text})
                config = RunConfig(tracing_disabled=True, tool_not_found_behavior="return_error_to_model")
                done = await Runner.run(agent, items, run_config=config)
                items, agent = done.to_input_list(), done.last_agent

    bodies = []
    for way in (kept(), whole()):
        gateway.script(rules)
        gateway.calls.clear()
        asyncio.run(way)
        bodies.append([json.dumps(call.body, sort_keys=False) for call in gateway.calls])
    assert bodies[0] == bodies[1]
    assert len(bodies[0]) == 6


@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_turn_that_fails_leaves_nothing(gateway: LocalGateway, tmp_path: Path, way: str) -> None:
    made = graph(node("a", edge("b")), node("b"))

    async def go() -> None:
        async with talking(gateway, made, tmp_path) as team:
            await team.run("first", session=ID)
            gateway.script([
                Rule(Use((Tool("transfer_to_b"),)), When(system="the a desk")),
                Rule(Fail(500), times=3),
                Rule(Say("Now it works.")),
            ])  # fmt: skip
            with pytest.raises(ServerError):
                await run_or_stream(team, way, "second")
            with pytest.raises(LimitError):
                await team.run("second", session=ID, max_turns=1)
            items = await team.conversation(ID).get_items()
            assert len(items) == 2
            result = await team.run("second", session=ID, message_id="m2")
            assert result.output == "Now it works."

    asyncio.run(go())
    assert users(sent(gateway)[-1]) == ["first", "second"]


@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_cancelled_turn_leaves_nothing_and_lets_the_next_one_in(
    gateway: LocalGateway, tmp_path: Path, way: str
) -> None:
    async def go() -> None:
        async with talking(gateway, solo(), tmp_path) as team:
            gateway.script([Rule(Say("Slow."), When(message="slow"), Pace(delay_s=30)), Rule(Say("Quick."))])
            gateway_delay = asyncio.Event()

            async def slow() -> None:
                gateway_delay.set()
                await run_or_stream(team, way, "slow")

            task = asyncio.create_task(slow())
            await gateway_delay.wait()
            follower = asyncio.create_task(team.run("quick", session=ID))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await asyncio.wait_for(follower, 20)).output == "Quick."
            await nothing_left()
            assert len(await team.conversation(ID).get_items()) == 2

    asyncio.run(go())


def test_a_reader_who_leaves_a_stream_leaves_no_turn_and_holds_nobody_up(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    async def go() -> None:
        async with talking(gateway, solo(), tmp_path) as team:
            async with aclosing(team.stream("left", session=ID)) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        break
            await asyncio.wait_for(team.run("stays", session=ID), 20)
            await nothing_left()

    asyncio.run(go())
    assert users(sent(gateway)[-1]) == ["stays"]


def test_turns_of_one_conversation_come_one_after_the_other(gateway: LocalGateway, tmp_path: Path) -> None:
    async def go() -> None:
        async with talking(gateway, solo(), tmp_path) as one, talking(gateway, solo(), tmp_path) as two:
            await asyncio.gather(
                *((one, two)[number % 2].run(f"q{number}", session=ID) for number in range(12))
            )

    asyncio.run(go())
    asked = [users(messages) for messages in sent(gateway)]
    assert asked == [[f"q{number}" for number in range(count)] for count in range(1, 13)]


def test_a_turn_that_others_hold_up_ends_with_its_time(gateway: LocalGateway, tmp_path: Path) -> None:
    made = dataclasses.replace(solo(), budget=Budget(time_s=0.05))

    async def go() -> None:
        async with talking(gateway, made, tmp_path) as team, talking(gateway, solo(), tmp_path) as other:
            async with team._sessions().turn(team._key(ID, None), 1.0) as is_held:
                assert is_held
                with pytest.raises(LimitError) as caught:
                    await team.run("hi", session=ID)
                events, error = await events_of(team, "hi", session=ID)
                assert (await other.run("hi", session="another")).session == "another"
            assert caught.value.limit == "time"
            assert isinstance(error, LimitError)
            assert [type(event) for event in events] == [RunStarted, AgentStarted, RunFailed]

    asyncio.run(go())


def test_a_message_that_comes_twice_is_answered_once(gateway: LocalGateway, tmp_path: Path) -> None:
    async def go() -> None:
        async with talking(gateway, triage(), tmp_path) as team:
            both = await asyncio.gather(
                *(team.run("Hola", session=ID, message_id="update-77") for _ in range(3))
            )
        calls = len(gateway.calls)
        async with talking(gateway, triage(), tmp_path) as team:
            late = await team.run("Hola", session=ID, message_id="update-77")
            events, error = await events_of(team, "Hola", session=ID, message_id="update-77")
            with pytest.raises(UsageError, match="belongs to another message"):
                await team.run("Something else", session=ID, message_id="update-77")
            other = await team.run("Hola", session="another", message_id="update-77")
        assert [result.redelivered for result in both] == [False, True, True]
        assert {result.output for result in both} == {late.output}
        assert late.path == both[0].path == ("triage", "spanish")
        assert (late.usage.requests, late.attempts, late.simulated) == (0, (), True)
        assert late.to_json()["redelivered"] is True
        assert error is None
        assert [type(event) for event in events] == [RunStarted, AgentStarted, TextDelta, RunFinished]
        assert events[1:3] == [AgentStarted("spanish"), TextDelta("spanish", str(late.output))]
        assert not other.redelivered
        assert calls == 2

    asyncio.run(go())
    assert len(gateway.calls) == 4


def test_only_the_last_turns_are_kept_each_whole(gateway: LocalGateway, tmp_path: Path) -> None:
    made = graph(node("a", edge("b")), node("b", edge("a")))
    gateway.script([
        Rule(Use((Tool("transfer_to_b"),)), When(system="the a desk", turn=1)),
        Rule(Use((Tool("transfer_to_a"),)), When(system="the b desk", turn=1)),
        Rule(Say("Done.")),
    ])  # fmt: skip

    async def go() -> None:
        async with talking(gateway, made, tmp_path, keep=2) as team:
            for number in range(5):
                await team.run(f"q{number}", session=ID, message_id=str(number))
            items: list[Any] = [*await team.conversation(ID).get_items()]
            assert [item.get("content") for item in items if item.get("role") == "user"] == ["q3", "q4"]
            calls = {item["call_id"] for item in items if item.get("type") == "function_call"}
            outputs = {item["call_id"] for item in items if item.get("type") == "function_call_output"}
            assert len(calls) == 2
            assert calls == outputs
            first = await team.run("q0", session=ID, message_id="0")
            assert first.redelivered

    asyncio.run(go())
    assert users(sent(gateway)[-1]) == ["q2", "q3", "q4"]
    with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
        assert db.execute("SELECT count(*) FROM turns").fetchone() == (2,)


def test_owners_and_teams_share_a_file_and_nothing_else(gateway: LocalGateway, tmp_path: Path) -> None:
    other = dataclasses.replace(solo(), name="other team")

    async def go() -> None:
        async with talking(gateway, solo(), tmp_path) as team, talking(gateway, other, tmp_path) as second:
            await team.run("of nobody", session=ID)
            await team.run("of anna", session=ID, owner="anna")
            await team.run("of bert", session=ID, owner="bert")
            await second.run("of the other team", session=ID)
            assert [len(messages) for messages in sent(gateway)] == [2, 2, 2, 2]
            await team.run("again", session=ID, owner="anna")
            assert users(sent(gateway)[-1]) == ["of anna", "again"]
            assert await team.conversation(ID, owner="carla").get_items() == []
            assert await team.latest_session(owner="carla") is None
            await team.conversation(ID, owner="anna").clear_session()
            assert await team.conversation(ID, owner="anna").get_items() == []
            assert len(await team.conversation(ID, owner="bert").get_items()) == 2

    asyncio.run(go())


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "'; DROP TABLE turns; --", "a%_*?", "ünï:☃", "x" * 1024, "-", "NULL", " space "],
)
def test_an_id_is_never_a_path_or_sql(gateway: LocalGateway, tmp_path: Path, name: str) -> None:
    async def go() -> None:
        async with talking(gateway, solo(), tmp_path) as team:
            await team.run("mine", session=name, owner=name, message_id=name)
            await team.run("theirs", session="another", owner=name)
            assert await team.latest_session(owner=name) == "another"
            assert len(await team.conversation(name, owner=name).get_items()) == 2

    asyncio.run(go())
    assert {path.name for path in tmp_path.iterdir()} <= {FILE, f"{FILE}-turns", f"{FILE}-wal", f"{FILE}-shm"}


def test_simulated_conversations_never_mix_with_real_ones(gateway: LocalGateway, tmp_path: Path) -> None:
    async def go(real_one: RawGateway) -> None:
        async with talking(gateway, solo(), tmp_path) as simulated:
            await simulated.run("simulated", session=ID)
            async with by_base_url(real_one.base_url, stored(solo(), tmp_path)) as team:
                assert await team.latest_session() is None
                await team.run("real", session=ID)
                assert b"simulated" not in real_one.requests[-1]
                assert users(json.loads(real_one.requests[-1].partition(b"\r\n\r\n")[2])["messages"]) == [
                    "real"
                ]
            assert len(await simulated.conversation(ID).get_items()) == 2

    with raw_gateway() as real_one:
        asyncio.run(go(real_one))


@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_local_gateway_at_the_base_url_is_known_as_the_simulator_that_it_is(
    gateway: LocalGateway, tmp_path: Path, way: str
) -> None:
    """It says so in a header of each answer: docs/LOCAL_GATEWAY.md, "Labels"."""

    async def go(real_one: RawGateway) -> None:
        async with by_base_url(gateway.base_url, stored(solo(), tmp_path)) as team:
            await run_or_stream(team, way, "simulated")
        async with talking(gateway, solo(), tmp_path) as simulated:
            assert await simulated.latest_session() == ID
            assert len(await simulated.conversation(ID).get_items()) == 2
        async with by_base_url(real_one.base_url, stored(solo(), tmp_path)) as team:
            assert await team.latest_session() is None
            assert await team.conversation(ID).get_items() == []

    with raw_gateway() as real_one:
        asyncio.run(go(real_one))
    asked = [call for call in gateway.calls if call.method == "GET"]
    assert [(call.status, "authorization" in call.headers) for call in asked] == [(401, False)]


def test_a_team_that_keeps_nothing_asks_nobody_who_it_is(gateway: LocalGateway, tmp_path: Path) -> None:
    async def go() -> None:
        async with by_base_url(gateway.base_url, stored(solo(), tmp_path)) as team:
            assert (await team.run("Hello")).simulated

    asyncio.run(go())
    assert [call.method for call in gateway.calls] == ["POST"]


def test_a_conversation_whose_speaker_left_the_team_begins_at_the_entry_and_says_so(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    async def go() -> None:
        async with talking(gateway, triage(), tmp_path) as team:
            await team.run("Hola", session=ID)
            chosen = await team.run("Hello", session=ID, agent="english")
            assert (chosen.path, chosen.lost_agent) == (("english",), None)
        smaller = graph(node("triage", edge("spanish")), node("spanish"))
        async with talking(gateway, smaller, tmp_path) as team:
            gateway.script([Rule(Say("I am the entry."))])
            result = await team.run("Hola", session=ID, message_id="m")
            again = await team.run("Hola", session=ID, message_id="m")
            assert (result.path, result.lost_agent) == (("triage",), "english")
            assert again.lost_agent == "english"
            assert (await team.run("Hola", session=ID)).lost_agent is None

    asyncio.run(go())


def test_a_conversation_stays_with_its_provider_over_turns(gateway: LocalGateway, tmp_path: Path) -> None:
    two = dataclasses.replace(
        node("solo"),
        backups=(DEEPSEEK,),
        is_sticky=True,
    )

    async def go() -> None:
        gateway.script([Rule(Fail(404), When(provider="openai"), times=1), Rule(Say("Fine."))])
        for _ in range(2):
            async with talking(gateway, graph(two), tmp_path) as team:
                await team.run("hi", session=ID)
        async with talking(gateway, graph(two), tmp_path) as team:
            await team.run("hi", session="another")

    asyncio.run(go())
    assert [call.provider for call in gateway.calls] == ["openai", "together", "together", "openai"]


def test_a_list_of_messages_is_kept_whole(gateway: LocalGateway, tmp_path: Path) -> None:
    said = [{"role": "system", "content": "Now in Paris."}, {"role": "user", "content": "Where am I?"}]

    async def go() -> None:
        async with talking(gateway, solo(), tmp_path) as team:
            await team.run(said, session=ID)
            await team.run("And now?", session=ID)

    asyncio.run(go())
    roles = [message["role"] for message in sent(gateway)[-1]]
    assert roles == ["system", "system", "user", "assistant", "user"]


def test_a_turn_is_on_disk_before_anybody_is_told(gateway: LocalGateway, tmp_path: Path) -> None:
    async def go() -> None:
        async with (
            talking(gateway, solo(), tmp_path) as team,
            aclosing(team.stream("hi", session=ID)) as events,
        ):
            async for event in events:
                if isinstance(event, RunFinished):
                    with closing(sqlite3.connect(f"file:{tmp_path / FILE}?mode=ro", uri=True)) as db, db:
                        assert db.execute("SELECT count(*) FROM turns").fetchone() == (1,)
                    return
        pytest.fail("the stream did not finish")

    asyncio.run(go())


def test_an_answer_that_cannot_be_kept_is_no_success(gateway: LocalGateway, tmp_path: Path) -> None:
    async def go() -> None:
        async with talking(gateway, solo(), tmp_path) as team:
            await team.run("hi", session=ID)
            with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
                db.execute("CREATE TRIGGER no BEFORE INSERT ON turns BEGIN SELECT RAISE(ABORT, 'no'); END")
            with pytest.raises(SessionError) as caught:
                await team.run("again", session=ID)
            assert caught.value.answer
            assert caught.value.spent is not None
            assert caught.value.spent.usage.requests == 1
            assert str(tmp_path / FILE) in caught.value.message
            events, error = await events_of(team, "again", session=ID)
            assert isinstance(error, SessionError)
            assert isinstance(events[-1], RunFailed)
            assert len(await team.conversation(ID).get_items()) == 2

    asyncio.run(go())


def test_a_conversation_is_a_session_of_the_sdk(gateway: LocalGateway, tmp_path: Path) -> None:
    async def go() -> None:
        async with talking(gateway, solo(), tmp_path) as team:
            talk = team.conversation(ID)
            assert isinstance(talk, Session)
            await team.run("first", session=ID)
            done = await Runner.run(
                team.agents["solo"], "second", session=talk, run_config=RunConfig(tracing_disabled=True)
            )
            await team.run("third", session=ID)
            assert users(sent(gateway)[-1]) == ["first", "second", "third"]
            items = await talk.get_items()
            assert await talk.get_items(1) == items[-1:]
            assert await talk.get_items(0) == []
            assert await talk.pop_item() == items[-1]
            assert await talk.get_items() == items[:-1]
            assert ItemHelpers.text_message_outputs(done.new_items)
            await talk.clear_session()
            assert await talk.pop_item() is None

    asyncio.run(go())


def test_conversations_in_memory_live_as_long_as_their_team(gateway: LocalGateway) -> None:
    made = dataclasses.replace(solo(), session=SessionStore("memory", keep_turns=2))

    async def go() -> None:
        async with team_on(gateway, made) as team:
            for number in range(4):
                await team.run(f"q{number}", session=ID, message_id=str(number))
            assert users(sent(gateway)[-1]) == ["q1", "q2", "q3"]
            assert (await team.run("q0", session=ID, message_id="0")).redelivered
            assert await team.latest_session() == ID
            assert not team.keeps_sessions
            await team.conversation(ID).clear_session()
            assert await team.latest_session() is None
        async with team_on(gateway, made) as team:
            assert await team.conversation(ID).get_items() == []

    asyncio.run(go())


def test_many_loops_and_threads_share_a_conversation(gateway: LocalGateway, tmp_path: Path) -> None:
    team = talking(gateway, solo(), tmp_path)

    def ask(number: int) -> str:
        async def go() -> str:
            return str((await team.run(f"q{number}", session=ID)).output)

        return asyncio.run(go()) if number % 2 else str(team.run_sync(f"q{number}", session=ID).output)

    async def all_of_them() -> None:
        await asyncio.gather(*(asyncio.to_thread(ask, number) for number in range(8)))
        assert len(await team.conversation(ID).get_items()) == 16

    asyncio.run(all_of_them())
    team.close()
    assert [len(users(messages)) for messages in sent(gateway)] == list(range(1, 9))
