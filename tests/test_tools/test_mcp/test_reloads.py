"""Servers of a team whose file is read again: one of which it says the same goes on, any other is another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents_sahara import load_team
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from tests.leftovers import nothing_left
from tests.test_tools.test_mcp.serving import is_alive
from tests.test_tools.test_mcp.test_lives import LINUX, _gone_within
from tests.test_tools.test_mcp.test_team import COMMAND, _answers, _one, _own_state

__all__ = ["_own_state"]

pytestmark = LINUX
OTHER = COMMAND.replace("]", ", other]")


class Desk:
    """A team with one server, on a gateway whose model asks the server for its pid."""

    def __init__(self, folder: Path, gateway: LocalGateway) -> None:
        self.path, self.gateway = folder / "team.yaml", gateway
        gateway.script((Rule(Use((Tool("pid"),)), When(turn=1)), Rule(Say("Done."))))
        self.write()
        settings = Settings(Secret("k" * 20), gateway.base_url)
        self.team: Team = load_team(self.path, settings=settings, allow_commands=True)

    def write(self, command: str = COMMAND, *, more: str = "", words: str = "Help.") -> None:
        self.path.write_text(_one(f"command: {command}{more}").replace("Help.", words))

    async def reload(self, command: str = COMMAND, *, more: str = "", words: str = "Help.") -> None:
        self.write(command, more=more, words=words)
        assert await self.team.reload()

    async def pid(self) -> int:
        await self.team.run("Hello")
        return int(_answers(self.gateway)[0])


@pytest.fixture
def desk(tmp_path: Path, gateway: LocalGateway) -> Iterator[Desk]:
    made = Desk(tmp_path, gateway)
    yield made
    made.team.close()


def test_a_server_goes_on_where_the_file_says_the_same_of_it(desk: Desk) -> None:
    async def go() -> None:
        async with desk.team:
            first = await desk.pid()
            await desk.reload(words="Help a lot.")
            assert await desk.pid() == first
            await desk.reload(words="Help.", more=", allow: [pid, echo]")
            assert await desk.pid() == first
            assert is_alive(first)
        assert not is_alive(first)
        await nothing_left()

    asyncio.run(go())


def test_a_server_with_another_command_is_another_and_the_old_one_ends(desk: Desk) -> None:
    async def go() -> None:
        async with desk.team:
            first = await desk.pid()
            await desk.reload(OTHER)
            assert not is_alive(first)
            second = await desk.pid()
            assert second != first
            await desk.reload(OTHER, more=", start_timeout: 9s")
            assert await desk.pid() != second
            assert not is_alive(second)

    asyncio.run(go())


def test_a_server_whose_variable_has_another_value_is_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None:
        async with desk.team:
            monkeypatch.setenv("RAW_TOKEN", "old")
            await desk.reload(more=", env: [RAW_TOKEN]")
            first = await desk.pid()
            await desk.reload(more=", env: [RAW_TOKEN]", words="Help a lot.")
            assert await desk.pid() == first
            monkeypatch.setenv("RAW_TOKEN", "new")
            await desk.reload(more=", env: [RAW_TOKEN]")
            assert await desk.pid() != first

    asyncio.run(go())


def test_a_server_that_a_run_still_needs_ends_with_that_run(desk: Desk) -> None:
    """Between its first call of a model and its call of the tool, the run waits; meanwhile the file changes."""
    desk.gateway.script(
        (
            Rule(Use((Tool("late", arguments={"seconds": 0.4}),)), When(turn=1, message="wait")),
            Rule(Use((Tool("pid"),)), When(turn=1)),
            Rule(Say("Done.")),
        )
    )

    async def go() -> None:
        async with desk.team as team:
            first = await desk.pid()
            waiting = asyncio.create_task(team.run("wait"))
            while len(desk.gateway.calls) < 3:  # noqa: ASYNC110  the gateway is in another thread
                await asyncio.sleep(0.01)
            await desk.reload(OTHER)
            assert await desk.pid() != first
            assert is_alive(first)
            result = await waiting
            assert [(call.tool, call.outcome) for call in result.tool_calls] == [("late", "returned")]
            assert result.warnings == ()
            assert not is_alive(first)

    asyncio.run(go())


def test_a_server_that_the_new_file_had_never_used_ends_with_the_last_loop(desk: Desk) -> None:
    async def go() -> int:
        first = await desk.pid()
        await desk.reload(words="Help a lot.")
        assert is_alive(first)
        return first

    assert _gone_within([asyncio.run(go())], 5)
    asyncio.run(desk.pid())


def test_a_server_that_is_no_longer_named_ends(desk: Desk) -> None:
    async def go() -> None:
        async with desk.team as team:
            first = await desk.pid()
            desk.path.write_text(
                "version: 1\nagents: {desk: {instructions: x, model: gpt-4o, provider: openai}}\n"
            )
            assert await team.reload()
            assert not is_alive(first)

    asyncio.run(go())


def test_a_file_that_is_refused_leaves_the_server_as_it_is(desk: Desk) -> None:
    async def go() -> None:
        async with desk.team as team:
            first = await desk.pid()
            desk.write(OTHER, more=", headers: {A: b}")
            with pytest.raises(Exception, match="headers"):
                await team.reload()
            assert await desk.pid() == first

    asyncio.run(go())
