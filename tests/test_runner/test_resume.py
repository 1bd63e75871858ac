"""Runs that wait for a person: what they tell, and that each approved call is made once, in whatever process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from agents import FunctionTool
from agents.tool_context import ToolContext

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.errors import LimitError, ResumeError, UsageError
from agents_sahara.events import ApprovalNeeded, RunEvent, RunFinished, RunResult, ToolReturned
from agents_sahara.loader import load_graph
from agents_sahara.runner import waiting
from agents_sahara.runner.team import Team
from tests.test_runner.runs import team_on

T = TypeVar("T")

TEAM = """
version: 1
name: shop
entry: front
defaults: {model: gpt-4o, provider: openai}
agents:
  front: {instructions: You are the FRONT desk., handoffs: [billing]}
  billing: {instructions: You are the BILLING desk., description: Refunds}
  third: {instructions: You are the THIRD desk., description: Not on the path}
session: {store: memory}
"""
STOPS = TEAM.replace("description: Refunds", "tools: [asks], tool_use: stop_on_first")
STOPS += "tools: {asks: {agent: third}}\n"
TO_BILLING = Rule(Use((Tool("transfer_to_billing"),)), When(system="FRONT", turn=1))
ASKS = Rule(
    Use((Tool("refund", {"amount": 60}), Tool("refund", {"amount": 70}))), When(system="BILLING", turn=2)
)
ANSWERS = Rule(Say("All done."), When(system="BILLING", turn=3))


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))


class Shop:
    """A process with the team and its one dangerous tool."""

    def __init__(self, gateway: LocalGateway, text: str = TEAM) -> None:
        self.made: list[str] = []
        self.team: Team = team_on(gateway, load_graph(text, environ={}))

        async def refund(_context: ToolContext[Any], arguments: str) -> str:
            self.made.append(arguments)
            return "refunded"

        schema = {"type": "object", "properties": {"amount": {"type": "integer"}}}
        self.team.agents["billing"].tools.append(
            FunctionTool(
                "refund", "Pays back.", schema, refund, strict_json_schema=False, needs_approval=True
            )
        )

    def do(self, work: Callable[[Team], Awaitable[T]]) -> T:
        async def go() -> T:
            async with self.team as team:
                return await work(team)

        return asyncio.run(go())


def _scripted(gateway: LocalGateway, *rules: Rule) -> None:
    gateway.script(rules)
    gateway.calls.clear()


def _messages(gateway: LocalGateway) -> list[dict[str, Any]]:
    """What the last request sent."""
    body: Any = gateway.calls[-1].body
    return list(body["messages"])


def _waiting(gateway: LocalGateway, text: str = TEAM, **options: Any) -> RunResult:
    shop = Shop(gateway, text)
    result = shop.do(lambda team: team.run("refund, please", **options))
    assert shop.made == []
    return result


def test_a_call_that_needs_approval_is_told_and_not_made(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS)
    result = _waiting(gateway)
    assert result.output == ""
    assert result.path == ("front", "billing")
    assert [one.to_json() for one in result.interruptions] == [
        {
            "version": 1,
            "type": "approval_needed",
            "id": f"approval_{number}",
            "agent": "billing",
            "tool": "refund",
            "arguments": f'{{"amount":{amount}}}',
            "question": f'billing wants to call refund {{"amount":{amount}}}',
        }
        for number, amount in ((1, 60), (2, 70))
    ]
    assert result.token is not None
    assert result.to_json()["token"] == result.token


def test_another_process_goes_on_as_decided_with_budget_and_usage(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    first = _waiting(gateway)
    shop = Shop(gateway)
    last = shop.do(
        lambda team: team.resume(
            first.token or "", approve=["approval_1"], reject={"approval_2": "Too much, says Ann."}
        )
    )
    assert shop.made == ['{"amount":60}']
    assert (last.output, last.path, last.interruptions, last.token) == ("All done.", first.path, (), None)
    assert [one.agent for one in last.attempts] == ["front", "billing", "billing"]
    assert last.attempts[:2] == first.attempts
    assert last.usage.requests == 3
    assert last.trace_id == first.trace_id
    answers = [one["content"] for one in _messages(gateway) if one["role"] == "tool"]
    assert answers[-2:] == ["refunded", "Too much, says Ann."]


def test_a_stream_ends_with_what_waits_and_goes_on_as_a_stream(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)

    async def ask(team: Team) -> list[RunEvent]:
        return [event async for event in team.stream("refund, please")]

    events = Shop(gateway).do(ask)
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    assert events[-3:-1] == list(finished.result.interruptions)
    assert all(isinstance(event, ApprovalNeeded) for event in events[-3:-1])

    async def go_on(team: Team) -> list[RunEvent]:
        token = finished.result.token or ""
        return [event async for event in team.resume_stream(token, approve=["approval_1", "approval_2"])]

    shop = Shop(gateway)
    later = shop.do(go_on)
    names = [type(event).__name__ for event in later]
    assert names[:2] == ["RunStarted", "AgentStarted"]
    assert later[1].to_json()["agent"] == "billing"
    assert [event for event in later if isinstance(event, ToolReturned)] == [
        ToolReturned("billing", "refund")
    ] * 2
    end = later[-1]
    assert isinstance(end, RunFinished)
    assert end.result.output == "All done."
    assert end.result.path == ("front", "billing")
    assert len(shop.made) == 2


def test_a_refused_call_is_told_as_refused_and_is_nobodys_answer(gateway: LocalGateway) -> None:
    """Also where `tool_use` makes the answer of a tool the agent's own."""
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    shop = Shop(gateway, STOPS)
    first = shop.do(lambda team: team.run("refund, please"))

    async def go_on(team: Team) -> list[RunEvent]:
        both = ["approval_1", "approval_2"]
        return [event async for event in team.resume_stream(first.token or "", reject=both)]

    shop = Shop(gateway, STOPS)
    events = shop.do(go_on)
    assert [event for event in events if isinstance(event, ToolReturned)] == [
        ToolReturned("billing", "refund", "a person refused it")
    ] * 2
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert (end.result.output, shop.made) == ("All done.", [])


def test_calls_that_are_not_decided_wait_on_under_a_new_token(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    first = _waiting(gateway)
    shop = Shop(gateway)
    second = shop.do(lambda team: team.resume(first.token or "", approve=["approval_1"]))
    assert shop.made == ['{"amount":60}']
    assert [one.arguments for one in second.interruptions] == ['{"amount":70}']
    assert second.token not in (None, first.token)
    third = Shop(gateway)
    assert third.do(lambda team: team.resume(second.token or "", reject=["approval_1"])).output == "All done."
    assert third.made == []


def _reason(gateway: LocalGateway, token: str, text: str = TEAM, **decided: Any) -> str:
    shop = Shop(gateway, text)
    before = len(gateway.calls)
    with pytest.raises(ResumeError) as caught:
        shop.do(lambda team: team.resume(token, **(decided or {"approve": ["approval_1", "approval_2"]})))
    assert shop.made == []
    assert len(gateway.calls) == before
    return caught.value.reason


def test_a_token_is_good_once(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    token = _waiting(gateway).token or ""
    Shop(gateway).do(lambda team: team.resume(token, approve=["approval_1", "approval_2"]))
    assert _reason(gateway, token) == "used"


def test_of_many_at_once_one_goes_on(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    token = _waiting(gateway).token or ""
    shop = Shop(gateway)

    async def all_at_once(team: Team) -> list[object]:
        tries = (team.resume(token, approve=["approval_1"], reject=["approval_2"]) for _ in range(20))
        return list(await asyncio.gather(*tries, return_exceptions=True))

    results = shop.do(all_at_once)
    assert shop.made == ['{"amount":60}']
    assert sum(isinstance(one, RunResult) for one in results) == 1
    assert {one.reason for one in results if isinstance(one, ResumeError)} == {"used"}


def test_who_reads_a_run_while_another_takes_it_reads_all_of_it(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    token = _waiting(gateway).token or ""
    [kept] = tmp_path.rglob("approvals/*.json")
    runs = waiting.WaitingRuns(kept.parent)
    with kept.open(encoding="utf-8") as reading:
        asyncio.run(runs.take(token))
        assert json.loads(reading.read())["version"] == waiting.VERSION
    with pytest.raises(ResumeError, match="used before"):
        asyncio.run(runs.look(token))


@pytest.mark.parametrize(
    "token", ["", "x", "wait_" + "A" * 43, "../../etc/passwd", "wait_" + "/" * 43, "wait_\x00"]
)
def test_a_made_up_token_is_refused(gateway: LocalGateway, token: str) -> None:
    assert _reason(gateway, token) == "unknown"


def test_a_token_is_good_for_its_team_as_it_was(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS)
    token = _waiting(gateway).token or ""
    assert _reason(gateway, token, TEAM.replace("name: shop", "name: other")) == "other_team"
    assert _reason(gateway, token, TEAM.replace("BILLING desk.", "BILLING desk!")) == "changed"
    moved = "# a comment, and another layout\n" + TEAM.replace("agents:", "agents:\n")
    shop = Shop(gateway, moved)
    shop.do(lambda team: team.resume(token, approve=["approval_1", "approval_2"]))
    assert len(shop.made) == 2


def test_a_run_waits_for_a_week(
    gateway: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _scripted(gateway, TO_BILLING, ASKS)
    token = _waiting(gateway).token or ""
    [path] = (tmp_path / "state" / "approvals").iterdir()
    kept = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(kept | {"time": kept["time"] - waiting.KEEP_S - 1}), "utf-8")
    assert _reason(gateway, token) == "expired"


@pytest.mark.parametrize("change", ["arguments", "tool", "state", "garbage", "gone"])
def test_what_was_changed_on_disk_is_not_gone_on_with(
    gateway: LocalGateway, tmp_path: Path, change: str
) -> None:
    _scripted(gateway, TO_BILLING, ASKS)
    token = _waiting(gateway).token or ""
    [path] = (tmp_path / "state" / "approvals").iterdir()
    kept = json.loads(path.read_text("utf-8"))
    if change == "gone":
        path.unlink()
    elif change == "garbage":
        path.write_text("{", "utf-8")
    elif change == "state":
        kept["at"]["state"] = {"$schemaVersion": "99"}
        path.write_text(json.dumps(kept), "utf-8")
    else:
        kept["interruptions"][0][change] = "other"
        path.write_text(json.dumps(kept), "utf-8")
    assert _reason(gateway, token) == ("unknown" if change in ("gone", "garbage") else "changed")


def test_a_run_that_an_earlier_version_kept_goes_on(gateway: LocalGateway, tmp_path: Path) -> None:
    """Version 1 of the file knew one run of the SDK, and neither workflows nor agents that are asked."""
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    token = _waiting(gateway).token or ""
    [path] = (tmp_path / "state" / "approvals").iterdir()
    kept = json.loads(path.read_text("utf-8"))
    at = kept.pop("at")
    assert (kept["version"], at["kind"], at["asked"]) == (2, "agent", {})
    del kept["ledger"]["warnings"]
    path.write_text(json.dumps({**kept, "version": 1, "state": at["state"]}), "utf-8")
    shop = Shop(gateway)
    last = shop.do(lambda team: team.resume(token, approve=["approval_1"], reject=["approval_2"]))
    assert (last.output, last.path, shop.made) == ("All done.", ("front", "billing"), ['{"amount":60}'])


def test_nothing_that_is_kept_shows_a_token_or_a_key(gateway: LocalGateway, tmp_path: Path) -> None:
    _scripted(gateway, TO_BILLING, ASKS)
    token = _waiting(gateway).token or ""
    folder = tmp_path / "state" / "approvals"
    [path] = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    text = path.read_text("utf-8")
    for secret in (token, token.removeprefix("wait_"), "simulated-no-key", "Bearer"):
        assert secret not in text
        assert secret not in str(path)


@pytest.mark.parametrize(
    ("decided", "message"),
    [
        ({}, "nothing is decided"),
        ({"approve": ["approval_9"]}, "no call with the id 'approval_9' waits"),
        ({"approve": ["approval_1"], "reject": ["approval_1"]}, "is approved and rejected"),
    ],
)
def test_a_decision_that_cannot_be_meant_costs_nothing(
    gateway: LocalGateway, decided: dict[str, Any], message: str
) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    token = _waiting(gateway).token or ""
    with pytest.raises(UsageError, match=message):
        Shop(gateway).do(lambda team: team.resume(token, **decided))
    shop = Shop(gateway)
    shop.do(lambda team: team.resume(token, approve=["approval_1", "approval_2"]))
    assert len(shop.made) == 2


def test_a_run_that_is_given_up_cannot_go_on(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS)
    token = _waiting(gateway).token or ""
    Shop(gateway).do(lambda team: team.discard(token))
    assert _reason(gateway, token) == "used"


def test_the_budget_goes_on_over_the_wait(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS)
    token = _waiting(gateway, TEAM + "budget: {turns: 2}\n").token or ""
    shop = Shop(gateway, TEAM + "budget: {turns: 2}\n")
    with pytest.raises(LimitError) as caught:
        shop.do(lambda team: team.resume(token, approve=["approval_1", "approval_2"]))
    assert (caught.value.limit, caught.value.used) == ("turns", 2)


def test_a_model_cannot_slip_in_other_calls_after_one_was_approved(gateway: LocalGateway) -> None:
    """Not even under the id of the call that was."""
    first = Rule(Use((Tool("refund", {"amount": 60}, "call_same"),)), When(system="BILLING", turn=2))
    _scripted(gateway, TO_BILLING, first)
    token = _waiting(gateway).token or ""
    again = Rule(Use((Tool("refund", {"amount": 9999}, "call_same"),)), When(system="BILLING", turn=3))
    _scripted(gateway, again)
    shop = Shop(gateway)
    result = shop.do(lambda team: team.resume(token, approve=["approval_1"]))
    assert shop.made == ['{"amount":60}']
    assert [one.arguments for one in result.interruptions] == ['{"amount":9999}']


def test_a_turn_of_a_conversation_is_kept_when_it_ends(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS, Rule(Say("Hello again."), When(system="BILLING", turn=1)))
    shop = Shop(gateway)

    async def talk(team: Team) -> list[RunResult]:
        first = await team.run("refund, please", session="ann")
        assert await team.conversation("ann").get_items() == []
        second = await team.resume(first.token or "", approve=["approval_1"], reject=["approval_2"])
        return [first, second, await team.run("and now?", session="ann")]

    first, second, third = shop.do(talk)
    assert first.session == second.session == "ann"
    assert (second.output, third.output, third.path) == ("All done.", "Hello again.", ("billing",))
    said = [(one["role"], one.get("content")) for one in _messages(gateway)]
    assert said[1] == ("user", "refund, please")
    assert ("assistant", "All done.") in said
    assert said[-1] == ("user", "and now?")


def test_an_agent_that_is_gone_is_told_of_behind_the_wait_too(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, ANSWERS, Rule(Say("Hello."), When(system="THIRD")))
    text = TEAM.replace("store: memory", "store: 'sqlite:lost.db'")
    Shop(gateway, text).do(lambda team: team.run("hi", session="ann", agent="third"))
    without = "\n".join(line for line in text.splitlines() if "third" not in line)
    first = Shop(gateway, without).do(lambda team: team.run("refund, please", session="ann"))
    last = Shop(gateway, without).do(
        lambda team: team.resume(first.token or "", approve=["approval_1", "approval_2"])
    )
    assert (last.output, last.lost_agent) == ("All done.", "third")


def test_a_conversation_that_was_given_is_the_same_behind_the_wait(gateway: LocalGateway) -> None:
    """What agents had said in it, too: the SDK keeps that in another form, which its chat models do not take."""
    _scripted(gateway, Rule(Use((Tool("refund", {"amount": 60}),)), When(turn=1)), Rule(Say("Done.")))
    given: list[dict[str, object]] = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "Hello."},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Still here.", "annotations": []}],
        },
        {"role": "user", "content": "refund, please"},
    ]
    first = Shop(gateway).do(lambda team: team.run(given, agent="billing"))
    before = _messages(gateway)
    shop = Shop(gateway)
    last = shop.do(lambda team: team.resume(first.token or "", approve=["approval_1"]))
    assert (last.output, shop.made) == ("Done.", ['{"amount":60}'])
    assert _messages(gateway)[: len(before)] == before


def test_a_conversation_that_has_gone_on_leaves_the_run_behind(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS, Rule(Say("Hello."), When(message="hi")))
    shop = Shop(gateway)

    async def talk(team: Team) -> None:
        first = await team.run("refund, please", session="ann")
        await team.run("hi", session="ann", agent="third")
        await team.resume(first.token or "", approve=["approval_1", "approval_2"])

    with pytest.raises(ResumeError) as caught:
        shop.do(talk)
    assert caught.value.reason == "moved_on"
    assert shop.made == []


def test_a_failure_after_the_call_does_not_repeat_it(gateway: LocalGateway) -> None:
    _scripted(gateway, TO_BILLING, ASKS)
    token = _waiting(gateway).token or ""
    _scripted(gateway, Rule(Fail(400)))
    shop = Shop(gateway)
    with pytest.raises(Exception, match="400"):
        shop.do(lambda team: team.resume(token, approve=["approval_1", "approval_2"]))
    assert len(shop.made) == 2
    assert _reason(gateway, token) == "used"
