"""Workflows that wait for a person: each step is done once, in whatever process, and goes on where it waited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import LimitError, NotFoundError, ResumeError
from agents_sahara.events import AgentStarted, ApprovalNeeded, RunResult, RunStarted, TextDelta, ToolReturned
from agents_sahara.runner.team import Team
from tests.test_runner.shops import Shop, asked, calls, does, refunds, says, scripted, waiting_for

BOTH = pytest.mark.parametrize("way", ["run", "stream"])


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))


def team(flow: str, more: str = "") -> str:
    """Agents a to e; each but a may pay back, and e takes over from d."""
    agents = "".join(
        f"  {key}: {{instructions: You are the {key} desk, description: Desk, "
        f"handoffs: [{'e' if key == 'd' else ''}]}}\n"
        for key in "abcde"
    )
    return (
        "version: 1\nname: shop\nentry: flow\ndefaults: {model: gpt-4o, provider: openai}\n"
        f"agents:\n{agents}workflows:\n{flow}\n{more}"
    )


@pytest.fixture
def shop(gateway: LocalGateway) -> Callable[..., Shop]:
    def open_(text: str, way: str = "run") -> Shop:
        return Shop(gateway, text, *"bcde", way=way)

    return open_


Open = Callable[..., Shop]
SEQUENCE = team("  flow: {sequence: [a, b, c]}")
WIDE = team("  flow: {sequence: [a, {parallel: [b, c, d]}, e]}")


@BOTH
def test_a_step_waits_and_another_process_goes_on_with_it(
    gateway: LocalGateway, shop: Open, way: str
) -> None:
    scripted(
        gateway,
        says("a", "A!"),
        does("b", calls(("look", {}), ("refund", {"amount": 60}))),
        says("b", "B!"),
        says("c", "C!"),
    )
    before = shop(SEQUENCE, way)
    first = before.run()
    assert (first.output, first.path, first.last_agent) == ("", ("a", "b"), "b")
    assert waiting_for(first) == [("approval_1", "b", '{"amount":60}')]
    assert (before.made, before.looked, asked(gateway)) == ([], ["{}"], ["a", "b"])
    after = shop(SEQUENCE, way)
    last = after.resume(first, approve=["approval_1"])
    assert (last.output, last.path, last.interruptions, last.token) == ("C!", ("a", "b", "c"), (), None)
    assert (after.made, after.looked, asked(gateway)) == (['{"amount":60}'], [], ["a", "b", "b", "c"])
    assert last.attempts[:2] == first.attempts
    assert (last.usage.requests, last.trace_id) == (4, first.trace_id)
    assert [call.tool for call in last.tool_calls] == []  # those of this test are none of the file's
    told: Any = gateway.calls[-1].body
    assert [one["content"] for one in told["messages"][1:]] == [
        "go",
        "What was done so far:\n\na:\nA!\n\nb:\nB!",
    ]


def test_a_conversation_that_was_given_is_seen_behind_the_wait_too(gateway: LocalGateway, shop: Open) -> None:
    given = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello."}]
    given.append({"role": "user", "content": "go"})
    scripted(gateway, says("a", "A!"), does("b", refunds(60)), says("b", "B!"), says("c", "C!"))
    first = shop(SEQUENCE).do(lambda made: made.run(given))
    assert shop(SEQUENCE).resume(first, approve=["approval_1"]).output == "C!"
    told: Any = gateway.calls[-1].body
    assert told["messages"][1:4] == given


def test_a_stream_tells_what_waits_last_and_goes_on_with_who_had_asked(
    gateway: LocalGateway, shop: Open
) -> None:
    scripted(gateway, says("a", "A!"), does("b", refunds(60)), says("b", "B!"), says("c", "C!"))
    before = shop(SEQUENCE, "stream")
    first = before.run()
    assert before.events[-2:-1] == list(first.interruptions)
    assert isinstance(before.events[-2], ApprovalNeeded)
    after = shop(SEQUENCE, "stream")
    after.resume(first, reject={"approval_1": "Not this one."})
    assert after.events[:2] == [RunStarted("shop", "flow", first.trace_id), AgentStarted("b")]
    assert ToolReturned("b", "refund", "a person refused it") in after.events
    texts = [event.text for event in after.events if isinstance(event, TextDelta)]
    assert "".join(texts) == "B!C!"
    told: Any = gateway.calls[-2].body
    assert told["messages"][-1]["content"] == "Not this one."


@BOTH
def test_of_three_branches_two_wait_and_the_third_is_not_asked_again(
    gateway: LocalGateway, shop: Open, way: str
) -> None:
    scripted(
        gateway,
        says("a", "A!"),
        does("b", refunds(1)),
        says("c", "C!"),
        does("d", refunds(2, 3)),
        says("b", "B!"),
        says("d", "D!"),
        says("e", "E!"),
    )
    first = shop(WIDE, way).run()
    assert waiting_for(first) == [
        ("approval_1", "b", '{"amount":1}'),
        ("approval_2", "d", '{"amount":2}'),
        ("approval_3", "d", '{"amount":3}'),
    ]
    assert first.path == ("a", "b", "c", "d")
    middle = shop(WIDE, way)
    second = middle.resume(first, approve=["approval_1", "approval_3"])
    assert sorted(middle.made) == ['{"amount":1}', '{"amount":3}']
    assert waiting_for(second) == [("approval_1", "d", '{"amount":2}')]
    assert second.token not in (None, first.token)
    end = shop(WIDE, way)
    last = end.resume(second, reject=["approval_1"])
    assert (last.output, last.path, end.made) == ("E!", ("a", "b", "c", "d", "e"), [])
    assert sorted(asked(gateway)) == ["a", "b", "b", "c", "d", "d", "e"]
    told: Any = gateway.calls[-1].body
    assert told["messages"][-1]["content"] == "What was done so far:\n\na:\nA!\n\nb:\nB!\n\nc:\nC!\n\nd:\nD!"


@BOTH
def test_a_branch_under_way_ends_its_own_work_before_the_run_waits(
    gateway: LocalGateway, shop: Open, way: str
) -> None:
    text = team("  flow: {parallel: [b, {sequence: [c, a, d]}]}")
    scripted(
        gateway,
        does("b", refunds(1)),
        does("c", calls(("look", {})), pace=Pace(delay_s=0.05)),
        says("c", "C!"),
        says("a", "A!"),
        says("d", "D!"),
        says("b", "B!"),
    )
    before = shop(text, way)
    first = before.run()
    assert (waiting_for(first), before.looked) == ([("approval_1", "b", '{"amount":1}')], ["{}"])
    assert sorted(asked(gateway)) == ["a", "b", "c", "c", "d"]
    last = shop(text, way).resume(first, approve=["approval_1"])
    assert last.output == "b:\nB!\n\nd:\nD!"
    assert asked(gateway)[5:] == ["b"]


@BOTH
def test_a_loop_in_a_fork_in_an_order_goes_on_in_its_round(
    gateway: LocalGateway, shop: Open, way: str
) -> None:
    loop = "{loop: {sequence: [b, c], until: \"output == 'ok'\", max: 5}}"
    text = team(f"  flow: {{sequence: [a, {{parallel: [d, {loop}]}}, e]}}")
    scripted(
        gateway,
        says("a", "A!"),
        says("d", "D!"),
        says("b", "B1"),
        says("c", "again"),
        says("b", "B2"),
        does("c", refunds(7)),
        says("c", "again"),
        says("b", "B3"),
        does("c", refunds(8)),
        says("c", "ok"),
        says("e", "E!"),
    )
    first = shop(text, way).run()
    assert waiting_for(first) == [("approval_1", "c", '{"amount":7}')]
    second = shop(text, way).resume(first, approve=["approval_1"])
    assert waiting_for(second) == [("approval_1", "c", '{"amount":8}')]
    assert second.path == ("a", "d", "b", "c", "b", "c", "b", "c")
    last = shop(text, way).resume(second, approve=["approval_1"])
    assert (last.output, last.path) == ("E!", (*second.path, "e"))
    assert asked(gateway).count("b") == 3
    bodies: list[Any] = [call.body for call in gateway.calls]
    of_c = [body["messages"] for body in bodies if "the c desk" in str(body["messages"][0])]
    assert of_c[-1][2]["content"] == ("What was done so far:\n\na:\nA!\n\nc:\nagain\n\nc:\nagain\n\nb:\nB3")


@BOTH
def test_a_handoff_in_a_step_of_a_workflow_in_a_workflow(gateway: LocalGateway, shop: Open, way: str) -> None:
    text = team("  flow: {sequence: [a, inner, c]}\n  inner: {parallel: [b, {sequence: [d]}]}")
    scripted(
        gateway,
        says("a", "A!"),
        says("b", "B!"),
        does("d", calls(("transfer_to_e", {}))),
        does("e", refunds(9)),
        says("e", "E!"),
        says("c", "C!"),
    )
    first = shop(text, way).run()
    assert (waiting_for(first), first.path) == ([("approval_1", "e", '{"amount":9}')], ("a", "b", "d", "e"))
    after = shop(text, way)
    last = after.resume(first, approve=["approval_1"])
    assert (last.output, last.path, len(after.made)) == ("C!", ("a", "b", "d", "e", "c"), 1)
    if way == "stream":
        assert [event.agent for event in after.events if isinstance(event, AgentStarted)] == ["e", "c"]


def _waiting(shop: Open, gateway: LocalGateway, text: str = WIDE) -> RunResult:
    scripted(gateway, says("a", "A!"), does("b", refunds(1)), says("c", "C!"), does("d", refunds(2)))
    first: RunResult = shop(text).run()
    return first


def _reason(shop: Open, gateway: LocalGateway, token: str | None, text: str = WIDE) -> str:
    after, before = shop(text), len(gateway.calls)
    with pytest.raises(ResumeError) as caught:
        after.resume(token or "", approve=["approval_1"])
    assert (after.made, len(gateway.calls)) == ([], before)
    return caught.value.reason


def test_a_token_of_a_workflow_is_good_once_and_for_its_team(gateway: LocalGateway, shop: Open) -> None:
    first = _waiting(shop, gateway)
    assert _reason(shop, gateway, first.token, WIDE.replace("[b, c, d]", "[b, d, c]")) == "changed"
    scripted(gateway, says("b", "B!"))
    assert shop(WIDE).resume(first, approve=["approval_1"]).interruptions
    assert _reason(shop, gateway, first.token) == "used"
    second = _waiting(shop, gateway)
    shop(WIDE).do(lambda made: made.discard(second.token or ""))
    assert _reason(shop, gateway, second.token) == "used"


def _fork(kept: Any) -> Any:
    return kept["at"]["at"]["branches"]


CHANGES: dict[str, Callable[[Any], object]] = {
    "another call is told": lambda kept: kept["interruptions"][1].update(arguments="{}"),
    "another call is held": lambda kept: _fork(kept)[2]["calls"][0].update(arguments='{"amount":9}'),
    "another agent is told": lambda kept: kept["interruptions"][0].update(agent="c"),
    "a call is not told": lambda kept: kept["interruptions"].pop(),
    "a branch is gone": lambda kept: _fork(kept).pop(),
    "branches are swapped": lambda kept: _fork(kept).reverse(),
    "a step that is not there": lambda kept: kept["at"].update(number=3),
    "another step": lambda kept: kept["at"].update(number=0),
    "no number": lambda kept: kept["at"].update(number=True),
    "no kind": lambda kept: kept["at"].pop("kind"),
    "another kind": lambda kept: kept["at"].update(kind="fork"),
    "another state": lambda kept: _fork(kept)[0].update(state={"$schemaVersion": "99"}),
    "a state too deep": lambda kept: _fork(kept)[0].update(state=[]),
    "an agent that never was": lambda kept: _fork(kept)[0].update(agent="x"),
    "a path to nobody": lambda kept: _fork(kept)[0].update(path=["x"]),
    "a word of nobody": lambda kept: kept["at"]["said"][0].update(agent="x"),
    "no place": lambda kept: kept.pop("at"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_was_changed_on_disk_is_not_gone_on_with(
    gateway: LocalGateway, shop: Open, tmp_path: Path, change: Callable[[Any], object]
) -> None:
    first = _waiting(shop, gateway)
    [path] = (tmp_path / "state" / "approvals").iterdir()
    kept = json.loads(path.read_text("utf-8"))
    change(kept)
    path.write_text(json.dumps(kept), "utf-8")
    assert _reason(shop, gateway, first.token) == "changed"


def test_a_refused_resume_leaves_the_run_waiting(gateway: LocalGateway, shop: Open) -> None:
    first = _waiting(shop, gateway)
    assert _reason(shop, gateway, first.token, WIDE.replace("name: shop", "name: other")) == "other_team"
    scripted(gateway, says("b", "B!"), says("d", "D!"), says("e", "E!"))
    after = shop(WIDE)
    assert after.resume(first, approve=["approval_1", "approval_2"]).output == "E!"
    assert len(after.made) == 2


@BOTH
def test_the_turn_of_a_conversation_is_kept_once_and_whole(
    gateway: LocalGateway, shop: Open, tmp_path: Path, way: str
) -> None:
    text = SEQUENCE + f"session: {{store: 'sqlite:{way}.db'}}\n"
    scripted(gateway, says("a", "A!"), does("b", refunds(60)), says("b", "B!"), says("c", "C!"))
    before = shop(text, way)

    async def talk(made: Team) -> RunResult:
        first = await before.ask(made, "go", session="anna", message_id="m1")
        assert await made.conversation("anna").get_items() == []
        again = await made.run("go", session="anna", message_id="m1")
        assert (again.token, again.interruptions, again.redelivered) == (
            first.token,
            first.interruptions,
            True,
        )
        return first

    first = before.do(talk)
    after = shop(text, way)

    async def go_on(made: Team) -> list[Any]:
        last = await after.go_on(made, first.token or "", approve=["approval_1"])
        assert (last.output, last.session) == ("C!", "anna")
        again = await made.run("go", session="anna", message_id="m1")
        assert (again.output, again.redelivered) == ("C!", True)
        return await made.conversation("anna").get_items()

    items = after.do(go_on)
    assert [(one["role"], one["content"]) for one in items] == [("user", "go"), ("assistant", "C!")]
    told: Any = gateway.calls[-1].body
    assert told["messages"][1]["content"] == "go"


@pytest.mark.parametrize("agent", ["flow", "b"])
def test_a_later_turn_waits_with_all_that_was_said_before(
    gateway: LocalGateway, shop: Open, agent: str
) -> None:
    text = SEQUENCE + "session: {store: 'sqlite:later.db'}\n"
    scripted(
        gateway,
        *(says(key, f"{key.upper()}1") for key in ("abc" if agent == "flow" else "b")),
        *([says("a", "A2")] if agent == "flow" else []),
        does("b", refunds(60)),
        says("b", "B2"),
        says("c", "C2"),
    )

    async def talk(made: Team) -> RunResult:
        await made.run("hi", session="anna", agent=agent)
        return await made.run("go", session="anna", agent=agent)

    first = shop(text).do(talk)
    asked_b: Any = gateway.calls[-1].body
    last = shop(text).resume(first, approve=["approval_1"])
    told: Any = gateway.calls[-1].body
    assert [one["content"] for one in told["messages"][1:4]] == [
        "hi",
        "C1" if agent == "flow" else "B1",
        "go",
    ]
    assert last.output == ("C2" if agent == "flow" else "B2")
    again: Any = gateway.calls[-2 if agent == "flow" else -1].body
    assert again["messages"][: len(asked_b["messages"])] == asked_b["messages"]


def test_a_conversation_that_has_gone_on_leaves_the_workflow_behind(
    gateway: LocalGateway, shop: Open
) -> None:
    text = SEQUENCE + "session: {store: memory}\n"
    scripted(gateway, says("a", "A!"), does("b", refunds(60)), says("e", "Hello."))
    made = shop(text)

    async def talk(team: Team) -> None:
        first = await team.run("go", session="anna")
        await team.run("hi", session="anna", agent="e")
        await team.resume(first.token or "", approve=["approval_1"])

    with pytest.raises(ResumeError) as caught:
        made.do(talk)
    assert (caught.value.reason, made.made) == ("moved_on", [])


@BOTH
def test_the_budget_of_a_workflow_goes_on_over_the_wait(gateway: LocalGateway, shop: Open, way: str) -> None:
    text = SEQUENCE + "budget: {turns: 3}\n"
    scripted(gateway, says("a", "A!"), does("b", refunds(60)), says("b", "B!"), says("c", "C!"))
    first = shop(text, way).run()
    with pytest.raises(LimitError) as caught:
        shop(text, way).resume(first, approve=["approval_1"])
    assert (caught.value.limit, caught.value.used) == ("turns", 3)


@BOTH
def test_a_branch_that_fails_ends_the_run_also_where_another_waits(
    gateway: LocalGateway, shop: Open, tmp_path: Path, way: str
) -> None:
    scripted(
        gateway,
        says("a", "A!"),
        does("b", refunds(1)),
        says("c", "C!", pace=Pace(delay_s=0.02)),
        does("d", Fail(404)),
    )
    with pytest.raises(NotFoundError):
        shop(WIDE, way).run()
    assert not (tmp_path / "state" / "approvals").exists()


@BOTH
def test_a_limit_beside_a_call_that_waits_ends_the_run_and_says_so(
    gateway: LocalGateway, shop: Open, way: str
) -> None:
    """The last answer is one; the call is not made, and nobody is left with a run that cannot go on."""
    text = team("  flow: {parallel: [b, {sequence: [c, d]}]}", "budget: {turns: 2, on_exceed: wrap_up}\n")
    scripted(
        gateway,
        does("b", refunds(1)),
        says("c", "C!", pace=Pace(delay_s=0.05)),
        says("d", "All that is known."),
    )
    made = shop(text, way)
    result = made.run()
    assert (result.output, result.interruptions, made.made) == ("All that is known.", (), [])
    assert result.budget is not None
    [warning] = result.warnings
    assert warning.startswith("b wanted to call refund, which needs an approval: it was not made, as a limit")
