"""A message with an id that is delivered again: while its run waits for a person, is under way, or has ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.errors import ResumeError, UsageError
from agents_sahara.events import AgentStarted, ApprovalNeeded, RunFinished, RunResult, RunStarted, TextDelta
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from tests.test_runner.runs import events_of, team_on

T = TypeVar("T")

TEAM = """
version: 1
name: shop
entry: front
defaults: {model: gpt-4o, provider: openai}
agents:
  front: {instructions: You are the FRONT desk., handoffs: [billing]}
  billing: {instructions: You are the BILLING desk., description: Refunds, tools: [refund]}
  clerk: {instructions: You are the CLERK., description: Pays}
tools:
  refund: {agent: clerk, approval: always}
session: {store: sqlite:talks.db}
"""
PAY = Use((Tool("refund", {"input": "60"}), Tool("refund", {"input": "70"})))
RULES = (
    Rule(Use((Tool("transfer_to_billing"),)), When(system="FRONT", message="please", turn=1)),
    Rule(PAY, When(system="BILLING", message="please", turn=2)),
    Rule(Say("Paid."), When(system="CLERK")),
    Rule(Say("All done."), When(system="BILLING", message="please")),
    Rule(Say("Hello."), When(message="hi")),
)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


@pytest.fixture
def gateway(server: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalGateway:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))
    server.calls.clear()
    server.script(RULES)
    return server


def _process(
    gateway: LocalGateway, folder: Path, work: Callable[[Team], Awaitable[T]], text: str = TEAM
) -> T:
    """What `work` gives in a process of its own, as far as the team can tell."""

    async def go() -> T:
        path = folder / "team.yaml"
        path.write_text(text, encoding="utf-8")
        async with team_on(gateway, load_graph(path, environ={})) as team:
            return await work(team)

    return asyncio.run(go())


async def _ask(team: Team, message_id: str = "m1", message: str = "refund, please") -> RunResult:
    return await team.run(message, session="ann", message_id=message_id)


def _clerk(gateway: LocalGateway) -> int:
    """How many approved calls were made."""
    bodies: list[Any] = [call.body for call in gateway.calls]
    return sum("CLERK" in body["messages"][0]["content"] for body in bodies)


def test_while_the_run_waits_its_message_gets_the_same_question(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    first = _process(gateway, tmp_path, _ask)
    asked = len(gateway.calls)
    again = _process(gateway, tmp_path, _ask)
    assert (first.redelivered, again.redelivered) == (False, True)
    assert (again.token, again.interruptions) == (first.token, first.interruptions)
    assert (again.path, again.last_agent, again.session) == (("front", "billing"), "billing", "ann")
    assert (again.output, again.usage.requests, again.simulated) == ("", 0, True)
    assert len(gateway.calls) == asked


def test_a_stream_tells_the_question_again(gateway: LocalGateway, tmp_path: Path) -> None:
    first = _process(gateway, tmp_path, _ask)

    async def again(team: Team) -> Any:
        return await events_of(team, "refund, please", session="ann", message_id="m1")

    events, error = _process(gateway, tmp_path, again)
    assert error is None
    assert [type(event) for event in events] == [
        RunStarted, AgentStarted, ApprovalNeeded, ApprovalNeeded, RunFinished,
    ]  # fmt: skip
    assert events[1] == AgentStarted("billing")
    assert events[-1].result.token == first.token


@pytest.mark.parametrize("flow", ["sequence: [front, billing]", "parallel: [billing, front]"])
def test_a_workflow_that_waits_asks_again_too(gateway: LocalGateway, tmp_path: Path, flow: str) -> None:
    pays = Use((Tool("refund", {"input": "60"}),))
    gateway.script([
        Rule(pays, When(system="BILLING", turn=1)), Rule(Say("Paid."), When(system="CLERK")),
        Rule(Say("All done."), When(system="BILLING")), Rule(Say("Hi.")),
    ])  # fmt: skip
    made = TEAM.replace("entry: front", "entry: claim") + f"workflows: {{claim: {{{flow}}}}}\n"

    async def go(team: Team) -> list[Any]:
        first = await _ask(team)
        assert first.interruptions
        events, error = await events_of(team, "refund, please", session="ann", message_id="m1")
        assert error is None
        again = events[-1].result  # type: ignore[union-attr]  # it is the last
        assert (again.token, again.path, again.redelivered) == (first.token, first.path, True)
        ids = [one.id for one in again.interruptions]
        last = await team.resume(again.token or "", approve=ids)
        late = await _ask(team)
        return [last, late]

    last, late = _process(gateway, tmp_path, go, made)
    assert (late.output, late.path, late.redelivered) == (last.output, last.path, True)
    assert "All done." in last.output
    assert _clerk(gateway) == 1


def test_its_calls_are_made_once_however_often_the_message_comes(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    async def go(team: Team) -> list[RunResult]:
        first = await _ask(team)
        again = await _ask(team)
        part = await team.resume(again.token or "", approve=["approval_1"])
        rest = await _ask(team)
        assert (rest.token, rest.interruptions) == (part.token, part.interruptions)
        assert rest.token != first.token
        last = await team.resume(rest.token or "", approve=[one.id for one in rest.interruptions])
        with pytest.raises(ResumeError) as caught:
            await team.resume(first.token or "", approve=["approval_1"])
        assert caught.value.reason == "used"
        return [last, await _ask(team)]

    last, late = _process(gateway, tmp_path, go)
    assert (last.output, late.output) == ("All done.", "All done.")
    assert (last.redelivered, late.redelivered) == (False, True)
    assert _clerk(gateway) == 2


def test_a_message_that_comes_while_the_run_goes_on_gets_its_answer(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    async def go(team: Team) -> tuple[RunResult, RunResult]:
        first = await _ask(team)
        ids = [one.id for one in first.interruptions]
        going_on = asyncio.create_task(team.resume(first.token or "", approve=ids))
        for _ in range(1_000_000):
            if _clerk(gateway):
                break
            await asyncio.sleep(0)
        again = await _ask(team)
        return await going_on, again

    done, again = _process(gateway, tmp_path, go)
    assert (done.output, again.output, again.redelivered) == ("All done.", "All done.", True)
    assert _clerk(gateway) == 2


def test_a_message_that_comes_while_the_first_is_under_way_gets_the_same_question(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    async def go(team: Team) -> list[RunResult]:
        return list(await asyncio.gather(*(_ask(team) for _ in range(4))))

    results = _process(gateway, tmp_path, go)
    assert len({result.token for result in results}) == 1
    assert sorted(result.redelivered for result in results) == [False, True, True, True]
    assert len(gateway.calls) == 2


def test_a_stream_that_comes_while_the_first_is_under_way_shows_its_answer(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    async def go(team: Team) -> list[tuple[str, bool]]:
        async def shown() -> tuple[str, bool]:
            text, result = "", None
            async for event in team.stream("hi", session="ann", message_id="m1"):
                text += event.text if isinstance(event, TextDelta) else ""
                result = event.result if isinstance(event, RunFinished) else result
            assert result is not None
            return text, result.redelivered

        return list(await asyncio.gather(*(shown() for _ in range(3))))

    assert sorted(_process(gateway, tmp_path, go)) == [("Hello.", False), ("Hello.", True), ("Hello.", True)]
    assert len(gateway.calls) == 1


def test_what_an_agent_gave_as_an_object_is_shown_as_json(gateway: LocalGateway, tmp_path: Path) -> None:
    made = TEAM.replace("desk., handoffs", "desk., output: {schema: {type: object}}, handoffs")
    gateway.script([Rule(Say('{"is": "lost"}'))])

    async def go(team: Team) -> list[Any]:
        await team.run("hi", session="ann", message_id="m1")
        return (await events_of(team, "hi", session="ann", message_id="m1"))[0]

    events = _process(gateway, tmp_path, go, made)
    assert json.loads(events[2].text) == events[-1].result.output == {"is": "lost"}


def test_another_message_under_the_same_id_is_refused(gateway: LocalGateway, tmp_path: Path) -> None:
    _process(gateway, tmp_path, _ask)
    with pytest.raises(UsageError, match="belongs to another message"):
        _process(gateway, tmp_path, lambda team: _ask(team, "m1", "refund twice, please"))


def test_other_ids_conversations_and_owners_begin_runs_of_their_own(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    async def go(team: Team) -> list[RunResult]:
        return [
            await _ask(team),
            await _ask(team, "m2"),
            await team.run("refund, please", session="bob", message_id="m1"),
            await team.run("refund, please", session="ann", owner="x", message_id="m1"),
            await team.run("refund, please", session="ann"),
        ]

    results = _process(gateway, tmp_path, go)
    assert not any(result.redelivered for result in results)
    assert len({result.token for result in results}) == 5


@pytest.mark.parametrize("why", ["given up", "the talk went on", "the file changed", "a week went by"])
def test_a_run_that_can_never_go_on_is_as_one_that_failed(
    gateway: LocalGateway, tmp_path: Path, why: str
) -> None:
    token = _process(gateway, tmp_path, _ask).token or ""
    text = TEAM.replace("Refunds", "Pays back") if why == "the file changed" else TEAM

    async def go(team: Team) -> RunResult:
        if why == "given up":
            await team.discard(token)
        if why == "the talk went on":
            await team.run("hi", session="ann")
        return await _ask(team)

    if why == "a week went by":
        for path in (tmp_path / "state" / "approvals").glob("*.json"):
            kept = json.loads(path.read_text("utf-8"))
            path.write_text(json.dumps(kept | {"time": 0}), "utf-8")
    again = _process(gateway, tmp_path, go, text)
    assert not again.redelivered
    assert again.interruptions
    assert again.token != token
    with pytest.raises(ResumeError):
        _process(gateway, tmp_path, lambda team: team.resume(token, approve=["approval_1"]))
    assert _clerk(gateway) == 0


def test_what_says_the_token_is_for_its_user_alone(gateway: LocalGateway, tmp_path: Path) -> None:
    token = _process(gateway, tmp_path, _ask).token or ""
    kept = {path.suffix: path for path in (tmp_path / "state" / "approvals").iterdir()}
    assert set(kept) == {".json", ".message"}
    assert token not in kept[".json"].read_text("utf-8")
    assert kept[".message"].stat().st_mode & 0o777 == 0o600
    kept[".message"].write_text("{", "utf-8")
    assert not _process(gateway, tmp_path, _ask).redelivered
