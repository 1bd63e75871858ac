"""Plays cases against the public API: `load_team`, then `team.run` or `team.stream`."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agents_sahara import load_team
from agents_sahara.cli.early.leaving import prepared
from agents_sahara.clients.early import EarlyRequest
from agents_sahara.errors import GatewayError, SaharaError
from agents_sahara.events import RunEvent, RunFinished, RunResult, TextDelta
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.types import Attempt
from tests.faults.cases import KEY, Play, Terms, Way
from tests.faults.wire import Case, FaultServer

_HUNG_S = 15.0
_AT_ONCE = 12
_CLOSED_WITHIN_S = 2.0
_LEAVES_WITHIN_S = 0.3
MESSAGE = "Hello!"
_PAIRS = (("together", "model-one"), ("lepton", "model-two"), ("openai", "model-three"))


@dataclass(slots=True)
class Seen:
    """All that one case gave."""

    play: Play
    way: Way
    case: Case
    result: RunResult | None = None
    error: BaseException | None = None
    trace: str = ""
    """The traceback, as a log would have it."""
    events: list[RunEvent] = field(default_factory=list)
    started: float = 0.0
    seconds: float = 0.0
    is_hung: bool = False
    early: EarlyRequest | None = None
    """The first request, where it had left before the team was opened."""
    left_open: int = 0
    """Connections that were open after the team was closed."""

    @property
    def shown(self) -> str:
        """The text that a reader of the stream has seen."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def attempts(self) -> Sequence[Attempt]:
        """As the result has them; an error has only their number."""
        return () if self.result is None else self.result.attempts

    @property
    def outcome(self) -> str:
        """One word for the table, whatever was wanted."""
        if self.is_hung:
            return "hung"
        if self.error is not None and not isinstance(self.error, SaharaError):
            return "raw exception"
        if isinstance(self.error, GatewayError) and self.error.partial_text:
            return "partial"
        if self.error is not None:
            return "typed error"
        return "served" if self._is_right() else "silently wrong"

    def _is_right(self) -> bool:
        assert self.result is not None
        want = self.play.want(self.way)
        if want.text is not None:
            return bool(self.result.output == want.text)
        return self.result.output in {f"{provider} answers: grüß Gott, 42." for provider, _ in _PAIRS}


def team_text(play: Play) -> str:
    """The team file of a case."""
    return team_yaml(play.members, play.terms, kind=play.team, contexts=play.contexts)


def team_yaml(
    members: int, terms: Terms, *, kind: str = "solo", contexts: Sequence[int] = (8_000, 32_000, 64_000)
) -> str:
    """A team file: one pool; `desk` has a second agent to hand off to."""
    sizes = [*contexts, 64_000]
    pool = "\n".join(
        f"      - {{provider: {provider}, model: {model}, context: {sizes[place]}}}"
        for place, (provider, model) in enumerate(_PAIRS[:members])
    )
    agents = "  solo: {instructions: Answer in one sentence., model: main}\n"
    if kind == "desk":
        agents = (
            "  solo: {instructions: Answer or hand off., model: main, handoffs: [desk, shop]}\n"
            "  desk: {instructions: You are the desk., model: main}\n"
            "  shop: {instructions: You are the shop., model: main}\n"
        )
    return (
        f"version: 1\nname: matrix\nentry: solo\nmodels:\n  main:\n    pool:\n{pool}\n"
        f"    fallback: {{attempts: {terms.attempts}, deadline: {terms.deadline:g}s, "
        f"attempt_timeout: {terms.attempt_timeout:g}s, first_token: {terms.first_token:g}s, "
        f"idle: {terms.idle:g}s, cooldown: {terms.cooldown:g}s}}\nagents:\n{agents}"
    )


def open_team(text: str, base_url: str, early: EarlyRequest | None = None) -> Team:
    """The team as an embedder loads it, or as `run-agent` does after a first request has left."""
    settings = _settings(base_url)
    return (
        load_team(text, settings=settings) if early is None else Team(load_graph(text), settings, early=early)
    )


def _settings(base_url: str) -> Settings:
    return Settings.from_environ({"SAHARA_API_KEY": KEY, "SAHARA_BASE_URL": base_url})


async def _early(text: str, base_url: str, way: Way) -> EarlyRequest:
    """The first request, after it had time to leave."""
    early = prepared(load_graph(text), _settings(base_url), "solo", MESSAGE, is_stream=way == "stream")
    assert early is not None
    early.start()
    until = time.monotonic() + _LEAVES_WITHIN_S
    while early.stage == "connecting" and time.monotonic() < until:  # noqa: ASYNC110  on a thread
        await asyncio.sleep(0.005)
    return early


@dataclass(frozen=True, slots=True)
class Stage:
    """Where cases are played."""

    server: FaultServer
    hosts: Mapping[str, str]
    """Base URLs of the hosts that plays name."""
    is_early: bool = False
    """Whether the first request leaves before the team is opened, as that of `run-agent` does."""

    def base_url(self, play: Play, name: str) -> str:
        """Where the calls of this case go."""
        return self.hosts[play.host].format(name) if play.host else self.server.base_url(name)


async def play_one(stage: Stage, play: Play, way: Way, name: str) -> Seen:
    """Play one case to its end, or until it counts as hung."""
    case = stage.server.add(name, {"together": play.faults, **play.others})
    seen = Seen(play, way, case)
    text, base_url = team_text(play), stage.base_url(play, name)
    seen.early = await _early(text, base_url, way) if stage.is_early else None
    team = open_team(text, base_url, seen.early)
    started = seen.started = time.monotonic()
    try:
        async with asyncio.timeout(_HUNG_S) as limit, team:
            await _ask(team, way, seen)
    except TimeoutError as error:
        seen.is_hung = limit.expired()
        seen.error = error
    except Exception as error:  # noqa: BLE001  what comes out is what is judged
        seen.error = error
        seen.trace = "".join(traceback.format_exception(error))
    seen.seconds = time.monotonic() - started
    seen.left_open = await _left_open(case)
    return seen


async def _ask(team: Team, way: Way, seen: Seen) -> None:
    if way == "run":
        seen.result = await team.run(MESSAGE)
        return
    async for event in team.stream(MESSAGE):
        seen.events.append(event)
        if isinstance(event, RunFinished):
            seen.result = event.result


async def _left_open(case: Case) -> int:
    """Connections that the closed team did not close, after the server had time to see it."""
    until = time.monotonic() + _CLOSED_WITHIN_S
    while case.open_connections and time.monotonic() < until:  # noqa: ASYNC110  on the server's thread
        await asyncio.sleep(0.01)
    return case.open_connections


async def play_all(stage: Stage, wanted: Iterable[tuple[Play, Way]]) -> list[Seen]:
    """Play many cases, a few at a time, in any order; the reports come in the order of `wanted`."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def go(number: int, play: Play, way: Way) -> Seen:
        async with gate:
            return await play_one(stage, play, way, f"case{number}")

    plays = list(wanted)
    slow_first = sorted(range(len(plays)), key=lambda place: plays[place][0].terms.attempt_timeout)
    tasks = {place: asyncio.create_task(go(place, *plays[place])) for place in slow_first}
    return [await tasks[place] for place in range(len(plays))]
