"""Rows 43 to 48 and 55: callers that give up, members that flap, crowds, clocks that jump.

Each situation is a coroutine that plays one against the server and gives back what was wrong, in words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

from agents_sahara.errors import DeadlineError, GatewayError, SaharaError
from agents_sahara.events import RunFinished, TextDelta
from agents_sahara.runner.team import Team
from tests.faults.cases import SHORT, Terms, Way, well
from tests.faults.play import open_team, team_yaml
from tests.faults.replies import (
    CLOSE,
    FIRST_TEXT,
    HALF,
    HANG,
    SECOND_TEXT,
    Pause,
    event,
    framed,
    head,
    healthy,
    json_reply,
    sse,
    text_chunk,
)
from tests.faults.wire import Case, Fault, FaultServer, Script

Situation: TypeAlias = Callable[[FaultServer], Awaitable[list[str]]]

DOWN = Fault.both(json_reply({"error": {"message": "down"}}, 500))
HANGING = Fault((HANG,), sse(then=(HANG,)))
_AT_ONCE_S = 0.25
"""Within which a cancelled run is over; on an idle machine it is a few milliseconds."""


@asynccontextmanager
async def playing(
    server: FaultServer, name: str, script: Script, *, members: int = 2, terms: Terms | None = None
) -> AsyncIterator[tuple[Team, Case]]:
    """A team whose members act by `script`."""
    case = server.add(name, script)
    async with open_team(team_yaml(members, terms or Terms()), server.base_url(name)) as team:
        yield team, case


async def answer(team: Team, way: Way = "run", message: str = "Hello!") -> str:
    """The answer, asked for one way or the other."""
    if way == "run":
        return str((await team.run(message)).output)
    last = [event async for event in team.stream(message)][-1]
    assert isinstance(last, RunFinished)
    return str(last.result.output)


async def _until(is_so: Callable[[], bool], most_s: float = 3.0) -> bool:
    ends = time.monotonic() + most_s
    while not is_so() and time.monotonic() < ends:  # noqa: ASYNC110  it happens on the server's thread
        await asyncio.sleep(0.005)
    return is_so()


_CANCELLED_WHILE: dict[str, Callable[[], list[Fault]]] = {
    "before it began": lambda: [well()],
    "it waits to ask again": lambda: [
        Fault.both(json_reply({"error": {"message": "slow"}}, 429, Retry_After=5)),
        well(),
    ],
    "nothing has come": lambda: [HANGING, well()],
    "half has come": lambda: [
        Fault((head(Content_Length=900) + b'{"id"', HANG), sse(*HALF, then=(HANG,))),
        well(),
    ],
}


async def cancelled(server: FaultServer) -> list[str]:
    """43: a run that is cancelled ends at once, frees its connection, and no member rests for it."""
    return [
        problem
        for number, (when, faults) in enumerate(_CANCELLED_WHILE.items())
        for way in ("run", "stream")
        async for problem in _cancelled_one(server, f"cancelled-{number}-{way}", faults(), way, when)
    ]


async def _cancelled_one(
    server: FaultServer, name: str, faults: list[Fault], way: Way, when: str
) -> AsyncIterator[str]:
    members = 1 if when == "it waits to ask again" else 2
    async with playing(server, name, {"together": faults}, members=members) as (team, case):
        task = asyncio.create_task(answer(team, way))
        if when != "before it began":
            await _until(lambda: bool(case.requests))
            await asyncio.sleep(0.05)
        started = time.monotonic()
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        if not (done and task.cancelled() and time.monotonic() - started < _AT_ONCE_S):
            yield f"{when}, {way}: {task} after {time.monotonic() - started:.2f} s"
        if members == 2 and not await _until(lambda: case.in_flight == 0):
            yield f"{when}, {way}: its connection is still open"
        if await answer(team, way) != FIRST_TEXT:
            yield f"{when}, {way}: the member rests"


async def reader_stops(server: FaultServer) -> list[str]:
    """44: a reader that stops in the middle leaves no connection and no task."""
    before = asyncio.all_tasks()
    async with playing(server, "reader", {"together": [Fault((), sse(*HALF, then=(HANG,)))]}) as (team, case):
        events = team.stream("Hello!")
        async for told in events:
            if isinstance(told, TextDelta):
                break
        await events.aclose()
        is_free = await _until(lambda: case.in_flight == 0)
    left = asyncio.all_tasks() - before
    return [*([] if is_free else ["the connection is still open"]), *(f"left: {task}" for task in left)]


async def deadline(server: FaultServer) -> list[str]:
    """45: one deadline over members that all hang."""
    problems = []
    script = {name: [HANGING] for name in ("together", "lepton", "openai")}
    terms = Terms(deadline=1.0, attempt_timeout=5, first_token=5, idle=5)
    shorter = Terms(deadline=1.0, attempt_timeout=0.4, first_token=0.4, idle=0.4)
    for name, each in (("long", terms), ("short", shorter)):
        for way in ("run", "stream"):
            async with playing(server, f"deadline-{name}-{way}", script, members=3, terms=each) as (team, _):
                started = time.monotonic()
                try:
                    await answer(team, way)
                    problems.append("it was answered")
                except SaharaError as error:
                    took = time.monotonic() - started
                    if not (isinstance(error, DeadlineError) and 0.95 <= took <= 1.5):
                        problems.append(f"{name} {way}: {error!r} after {took:.2f} s")
    return problems


async def flapping(server: FaultServer) -> list[str]:
    """46: a member that fails again when its rest is over rests twice as long; one of 20 callers probes it."""
    problems = []
    terms = Terms(cooldown=0.4)
    async with playing(server, "flapping", {"together": [DOWN, DOWN, well()]}, terms=terms) as (team, case):
        for round_, (rest_s, text) in enumerate(((0.0, SECOND_TEXT), (0.5, SECOND_TEXT), (0.9, FIRST_TEXT))):
            await asyncio.sleep(rest_s)
            answers = set(await asyncio.gather(*(answer(team) for _ in range(20 if round_ else 1))))
            asked = len(case.of("together"))
            if asked != round_ + 1 or text not in answers:
                problems.append(f"round {round_}: {asked} calls to the flapping member, {answers}")
            if round_ == 1 and await answer(team) != SECOND_TEXT:
                problems.append("the rest did not begin again")
        if await answer(team) != FIRST_TEXT:
            problems.append("the member that is well again is not asked")
    return problems


async def all_rest(server: FaultServer) -> list[str]:
    """47: when all members rest, the one that is soonest well is asked, at once."""
    script = {"together": [DOWN, well()], "lepton": [DOWN, well()]}
    async with playing(server, "all-rest", script, terms=Terms(attempts=2)) as (team, _):
        try:
            await team.run("Hello!")
            return ["it was answered"]
        except GatewayError:
            started = time.monotonic()
        text, took = await answer(team), time.monotonic() - started
        return [] if text in {FIRST_TEXT, SECOND_TEXT} and took < 1.0 else [f"{text!r} after {took:.2f} s"]


async def crowd(server: FaultServer) -> list[str]:
    """48: 50 callers when a member dies: all are served, and what follows costs nothing more."""
    async with playing(server, "crowd", {"together": [DOWN]}) as (team, case):
        first = await asyncio.gather(*(answer(team, way) for way in ("run", "stream") for _ in range(25)))
        asked = len(case.requests)
        later = await asyncio.gather(*(answer(team) for _ in range(50)))
        probes = len(case.requests) - asked - 50
        return [
            *([] if {*first, *later} == {SECOND_TEXT} else [f"answers: {set(first) | set(later)}"]),
            *([] if asked <= 100 else [f"{asked} calls for 50 callers"]),
            *([] if probes == 0 else [f"{probes} calls more than needed for the next 50"]),
        ]


async def clock_jumps(server: FaultServer) -> list[str]:
    """55: the machine's clock jumps an hour while a call waits; no time limit and no rest changes."""
    limited = Fault.both(json_reply({"error": {"message": "slow"}}, 429, Retry_After_MS=400))
    problems = []
    for jump_s in (3600.0, -3600.0):
        name = f"clock{jump_s:+.0f}"
        async with playing(server, name, {"together": [limited, well()]}, members=1, terms=SHORT) as (
            team,
            case,
        ):
            task = asyncio.create_task(answer(team))
            await _until(lambda case=case: bool(case.requests))  # type: ignore[misc]  # bound now, on purpose
            with _clock_off_by(jump_s):
                text = await task
                again = await answer(team)
            waited = case.requests[1].at - case.requests[0].at
            if not (text == again == FIRST_TEXT and 0.4 <= waited < 1.0):
                problems.append(f"{jump_s:+} s: {text!r}, {again!r}, waited {waited:.2f} s")
    return problems


@contextmanager
def _clock_off_by(seconds: float) -> Iterator[None]:
    true_time = time.time
    time.time = lambda: true_time() + seconds
    try:
        yield
    finally:
        time.time = true_time


async def slow_reader(server: FaultServer) -> list[str]:
    """A reader that takes its time is not taken for a silent member."""
    drip = tuple(
        step for piece in FIRST_TEXT[14:] for step in (framed(event(text_chunk(piece))), Pause(0.01))
    )
    end = (framed(event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})), b"0\r\n\r\n")
    async with playing(
        server,
        "slow-reader",
        {"together": [Fault((), sse(*HALF, then=(*drip, *end)))]},
        terms=Terms(idle=0.5, deadline=30),
    ) as (team, _):
        text = ""
        async for told in team.stream("Hello!"):
            if isinstance(told, TextDelta):
                text += told.text
                await asyncio.sleep(0.06)
    return [] if text == FIRST_TEXT else [f"shown: {text!r}"]


async def stale(server: FaultServer) -> list[str]:
    """16: a connection that the server closed while it was idle costs nothing: the next call opens another."""
    closing = Fault(
        (*healthy(FIRST_TEXT, is_stream=False), CLOSE), (*healthy(FIRST_TEXT, is_stream=True), CLOSE)
    )
    problems = []
    async with playing(server, "stale", {"together": [closing]}) as (team, case):
        for number in range(1, 7):
            result = await team.run("Hello!")
            if result.output != FIRST_TEXT or len(result.attempts) != 1 or len(case.requests) != number:
                problems.append(f"call {number}: {result.output!r}, {result.attempts}")
            await _until(lambda: case.open_connections == 0)
    return problems


async def rests(server: FaultServer) -> list[str]:
    """4 and 5: a member that is limited rests, for as long as it asks where it asks; then it is asked again."""
    problems = []
    for name, wait in (("rests", {}), ("rests-a-while", {"Retry_After_MS": 300})):
        limited = Fault.both(json_reply({"error": {"message": "slow"}}, 429, **wait))
        async with playing(server, name, {"together": [limited, well()]}) as (team, case):
            texts = [await answer(team) for _ in range(3)]
            if texts != [SECOND_TEXT] * 3 or len(case.of("together")) != 1:
                problems.append(f"{name}: {texts}, {len(case.of('together'))} calls to the member that rests")
            await asyncio.sleep(0.35)
            text = await answer(team)
            if text != (FIRST_TEXT if wait else SECOND_TEXT):
                problems.append(f"{name}: {text!r} after a while")
    return problems


SITUATIONS: dict[int, tuple[Situation, ...]] = {
    4: (rests,),
    16: (stale,),
    43: (cancelled,),
    44: (reader_stops, slow_reader),
    45: (deadline,),
    46: (flapping,),
    47: (all_rest,),
    48: (crowd,),
    55: (clock_jumps,),
}
