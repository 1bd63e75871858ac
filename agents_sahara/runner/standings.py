"""Which standing of a team new runs begin on, and those before it that runs still end on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from agents_sahara.errors import UsageError
from agents_sahara.graph.values import AgentGraph, Endpoint
from agents_sahara.runner.standing import Ground, Standing


class Standings:
    """All of one team; safe from several threads."""

    def __init__(self, first: Standing, ground: Ground, source: Callable[[], AgentGraph] | None) -> None:
        self.now = first
        """On which new runs begin."""
        self._ground = ground
        self._source = source
        self._retired: list[Standing] = []
        self._changing, self._reading = threading.Lock(), threading.Lock()

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[Standing]:
        """What a run begins on, and ends on."""
        with self._changing:
            standing = self.now
            standing.enter()
        try:
            yield standing
        finally:
            await standing.leave()

    async def renew(self) -> bool:
        """Stand as the source says now; whether that is another than before.

        Raises:
            SpecError, SettingsError: as the source; nothing changes.
            UsageError: there is no source, or the team is closed.
        """
        is_new = await asyncio.to_thread(self._read_again)
        with self._changing:
            retired = list(self._retired)
        for standing in retired:
            await standing.settle()
        with self._changing:
            self._retired = [standing for standing in self._retired if not standing.is_over]
        return is_new

    def _read_again(self) -> bool:
        if self._source is None or self.now.is_team_over:
            what = "is closed" if self.now.is_team_over else "was not read from a file"
            raise UsageError(f"the team {what}, so it cannot be read again", mend="use load_team(...)")
        with self._reading:
            graph, before = self._source(), self.now
            if graph == before.graph:
                return False
            after = Standing(graph, self._ground, before)
            for provider in _moved(before.graph, graph):
                self._ground.state.forget(provider)
            with self._changing:
                self.now = after
                self._retired.append(before)
            before.retire()
            return True

    async def aclose(self, *, waiting: asyncio.AbstractEventLoop | None) -> None:
        """Close all that is open; what stands now can be used again."""
        with self._changing:
            retired, self._retired = self._retired, []
        for standing in (*retired, self.now):
            await standing.aclose(waiting=waiting)

    def end(self) -> None:
        """No run begins any more."""
        self.now.is_team_over = True


def _moved(before: AgentGraph, after: AgentGraph) -> set[str]:
    """Providers that are somebody else now, of whom nothing is known."""

    def address(endpoint: Endpoint | None) -> tuple[str | None, str | None]:
        return (None, None) if endpoint is None else (endpoint.base_url, endpoint.api_key_env)

    names = before.endpoints.keys() | after.endpoints.keys()
    return {
        name for name in names if address(before.endpoints.get(name)) != address(after.endpoints.get(name))
    }
