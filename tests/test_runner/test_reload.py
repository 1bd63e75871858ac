"""A team whose file changes under it: new runs begin on the new one, those under way end on the old one."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents_sahara import load_team
from agents_sahara.clients.pool import ClientPool
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.errors import SpecError, UsageError
from agents_sahara.events import RunFinished
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from agents_sahara.testing import no_sleep
from tests.leftovers import nothing_left
from tests.teams import solo

TEAM = """\
version: 1
agents:
  desk: {{instructions: {words}, model: gpt-4o, provider: {provider}}}
{more}
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalGateway]:
    with LocalGateway(sleep=no_sleep) as running:
        yield running


class File:
    """A team file that changes."""

    def __init__(self, folder: Path, gateway: LocalGateway) -> None:
        self.path = folder / "team.yaml"
        self.gateway = gateway
        gateway.script([Rule(Say("Old."), When(system="Old")), Rule(Say("New."), When(system="New"))])
        self.write("Old words.")

    def write(self, words: str, *, provider: str = "openai", more: str = "") -> None:
        self.path.write_text(TEAM.format(words=words, provider=provider, more=more), "utf-8")

    def load(self) -> Team:
        return load_team(self.path, settings=Settings(Secret("k" * 20), self.gateway.base_url))


@pytest.fixture
def file(tmp_path: Path, shared: LocalGateway) -> File:
    return File(tmp_path, shared)


def test_new_runs_begin_on_what_the_file_says_now(file: File) -> None:
    async def go() -> None:
        async with file.load() as team:
            assert (await team.run("go")).output == "Old."
            agent = team.agents["desk"]
            assert not await team.reload()
            assert team.agents["desk"] is agent
            file.write("New words.")
            assert (await team.run("go")).output == "Old."
            assert await team.reload()
            assert (await team.run("go")).output == "New."
            assert team.agents["desk"].instructions == "New words."
            assert team.graph.agents["desk"].instructions == "New words."

    asyncio.run(go())


def test_includes_and_texts_are_read_again_with_the_same_arguments(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "desk.md").write_text("Serve {{ who }}.")
    (tmp_path / "more.yaml").write_text("vars: {who: nobody}\nprofiles: {loud: {name: loud}}\n")
    file = tmp_path / "team.yaml"
    file.write_text(
        "version: 1\ninclude: [more.yaml]\n"
        "agents: {desk: {instructions: {file: prompts/desk.md}, model: gpt-4o, provider: openai}}\n"
    )
    team = load_team(file, vars={"who": "Ana"}, profile="loud", local=True)
    try:
        (tmp_path / "prompts" / "desk.md").write_text("Greet {{ who }}.")
        assert team.reload_sync()
        assert (team.graph.agents["desk"].instructions, team.graph.name) == ("Greet Ana.", "loud")
        (tmp_path / "more.yaml").write_text("vars: {who: nobody}\nprofiles: {loud: {name: louder}}\n")
        assert team.reload_sync()
        assert team.graph.name == "louder"
    finally:
        team.close()


def test_a_broken_file_keeps_the_team_and_says_all_that_is_wrong(file: File) -> None:
    async def go() -> None:
        async with file.load() as team:
            file.path.write_text("version: 1\nagents: {desk: {instructins: x}, other: {}}\n")
            with pytest.raises(SpecError) as caught:
                await team.reload()
            assert {finding.id for finding in caught.value.findings} >= {"unknown-key", "missing-key"}
            assert len(caught.value.findings) > 2
            assert (await team.run("go")).output == "Old."
            file.path.unlink()
            with pytest.raises(SpecError):
                await team.reload()
            assert (await team.run("go")).output == "Old."
            file.write("New words.")
            assert await team.reload()
            assert (await team.run("go")).output == "New."

    asyncio.run(go())


def test_consent_is_asked_for_as_when_the_team_was_loaded(file: File) -> None:
    async def go() -> None:
        async with file.load() as team:
            more = "providers: {away: {base_url: https://models.example/v1}}"
            file.write("New words.", provider="away", more=more)
            with pytest.raises(SpecError) as caught:
                await team.reload()
            assert [finding.id for finding in caught.value.findings] == ["host-not-allowed"]
            assert (await team.run("go")).output == "Old."

    asyncio.run(go())


@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_run_under_way_ends_on_the_old_team(file: File, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handoff after the change still finds the old agents; the old clients are closed behind the last run."""
    closed: list[ClientPool] = []
    close = ClientPool.aclose

    async def noted(pool: ClientPool, **given: object) -> None:
        closed.append(pool)
        await close(pool, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(ClientPool, "aclose", noted)
    file.path.write_text(
        "version: 1\nentry: front\nproviders: {openai: {max_concurrency: 9}}\n"
        "defaults: {model: gpt-4o, provider: openai}\nagents:\n"
        "  front: {instructions: Route., handoffs: [desk], description: x}\n"
        "  desk: {instructions: Old words., description: Speaks}\n"
    )
    file.gateway.script(
        [
            Rule(Say("Old."), When(system="Old")),
            Rule(Say("New."), When(system="New")),
            Rule(Fail(503), times=1),
            Rule(Use((Tool("transfer_to_desk"),))),
        ]
    )

    async def go() -> None:
        waits, goes_on = asyncio.Event(), asyncio.Event()

        async def sleep(_: float) -> None:
            waits.set()
            await goes_on.wait()

        async with file.load() as team:
            standing = team._standings.now
            object.__setattr__(team._standings._ground.state.clock, "sleep", sleep)
            task = asyncio.create_task(_answer(team, way))
            await asyncio.wait_for(waits.wait(), 20)
            file.write("New words.")
            assert await team.reload()
            assert (await team.run("go")).output == "New."
            assert (closed, standing.is_over) == ([], False)
            goes_on.set()
            assert await task == "Old."
            assert standing.is_over
            assert closed == [standing.lines.pool]
            assert team._standings.now.lines.pool is not standing.lines.pool
            await team.aclose()
            await nothing_left()

    asyncio.run(go())


async def _answer(team: Team, way: str) -> object:
    if way == "run":
        return (await team.run("go")).output
    outputs = [event.result.output async for event in team.stream("go") if isinstance(event, RunFinished)]
    return outputs[0]


def test_what_was_learned_and_the_connections_stay(file: File) -> None:
    """A provider that failed goes on resting; its clients are the same."""

    async def go() -> None:
        pool = "models: {deep: {pool: [{provider: together, model: a}, {provider: lepton, model: b}]}}"
        text = "version: 1\n" + pool + "\nagents: {desk: {instructions: WORDS, model: deep}}\n"
        file.path.write_text(text.replace("WORDS", "Old words."))
        file.gateway.script([Rule(Fail(503), When(provider="together")), Rule(Say("Fine."))])
        file.gateway.also_serve([("together", "a"), ("lepton", "b")])
        async with file.load() as team:
            first = await team.run("go")
            assert [one.provider for one in first.attempts] == ["together", "lepton"]
            lines = team._standings.now.lines
            file.path.write_text(text.replace("WORDS", "New words."))
            assert await team.reload()
            assert team._standings.now.lines is lines
            assert [one.provider for one in (await team.run("go")).attempts] == ["lepton"]

    asyncio.run(go())


def test_a_provider_that_is_another_now_begins_anew(tmp_path: Path, shared: LocalGateway) -> None:
    text = (
        "version: 1\nproviders: {mine: {base_url: 'BASE'}}\n"
        "models: {deep: {pool: [{provider: mine, model: a}, {provider: lepton, model: b}]}}\n"
        "agents: {desk: {instructions: Speak., model: deep}}\n"
    )
    file = tmp_path / "team.yaml"
    shared.script([Rule(Say("Fine."))])
    shared.also_serve([("lepton", "b"), ("openai", "a")])

    async def go() -> None:
        file.write_text(text.replace("BASE", "http://127.0.0.1:9/v1"))
        async with load_team(file, settings=Settings(Secret("k" * 20), shared.base_url)) as team:
            assert (await team.run("go")).attempts[-1].provider == "lepton"
            file.write_text(text.replace("BASE", shared.base_url))
            assert await team.reload()
            assert (await team.run("go")).attempts[0].provider == "mine"

    asyncio.run(go())


def test_runs_and_reloads_at_once_from_many_threads(file: File) -> None:
    """Every run is wholly old or wholly new, and nothing is left open."""

    async def runs(team: Team) -> set[object]:
        return {(await team.run("go")).output for _ in range(6)}

    seen: list[set[object]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        team = file.load()
        threads = [threading.Thread(target=lambda: seen.append(asyncio.run(runs(team)))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(8):
            file.write("New words." if number % 2 == 0 else "Old words.")
            assert team.reload_sync()
        for thread in threads:
            thread.join(60)
        team.close()
        gc.collect()
    assert len(seen) == 4
    assert set().union(*seen) <= {"Old.", "New."}
    assert team._standings._retired == []


def test_a_stream_that_begins_after_the_change_begins_on_the_new_team(file: File) -> None:
    async def go() -> None:
        async with file.load() as team:
            events = team.stream("go")
            file.write("New words.")
            assert await team.reload()
            outputs = [event.result.output async for event in events if isinstance(event, RunFinished)]
            assert outputs == ["New."]

    asyncio.run(go())


def test_the_local_gateway_serves_what_the_file_names_now(tmp_path: Path) -> None:
    file = tmp_path / "team.yaml"
    text = "version: 1\nagents: {desk: {instructions: Speak English., model: NAME, provider: together}}\n"
    file.write_text(text.replace("NAME", "one"))
    team = load_team(file, local=True)
    try:
        assert team.run_sync("Hello!").attempts[0].model == "one"
        file.write_text(text.replace("NAME", "another"))
        assert team.reload_sync()
        assert team.run_sync("Hello!").attempts[0].model == "another"
    finally:
        team.close()
    with pytest.raises(UsageError, match="is closed"):
        team.reload_sync()


def test_a_team_without_a_file_says_so() -> None:
    team = Team(solo(), Settings(Secret("k" * 20)))
    with pytest.raises(UsageError, match="was not read from a file"):
        team.reload_sync()
