"""One tool of a server, ready to be called by a model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents_sahara.settings import Secret
from agents_sahara.tools.context import ToolContext, current_tools
from agents_sahara.tools.hiding import without_secrets
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.mcp.answers import answer_text
from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.problems import CallError
from agents_sahara.tools.mcp.servers import Servers
from agents_sahara.usage.ledger import current_ledger

_MARGIN_S = 1.0
"""Whoever calls a tool ends the call at its limit; a little later it ends here too, should that one not be there."""

_NEARLY = 0.95
"""Its clock began a little before ours."""


@dataclass(frozen=True, slots=True)
class ServedCallee:
    """A tool of the server `key`."""

    servers: Servers
    key: str
    offer: Offer
    limit_s: float
    headers: Mapping[str, Secret] = field(default_factory=dict)
    """What the server is sent with each request; a model never reads it."""

    @property
    def description(self) -> str:
        """In the server's words."""
        return self.offer.description

    @property
    def schema(self) -> dict[str, Any]:
        """Of its arguments, as the server gives it."""
        return dict(self.offer.schema)

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> str:  # noqa: ARG002  none of it is sent
        """The text of the server's answer.

        Raises:
            ToolError: there is none, or it is an error.
        """
        began = time.monotonic()
        try:
            answer = await self.servers.call(self.key, self.offer, arguments, self.limit_s + _MARGIN_S)
        except CallError as error:
            await self._tell_restart()
            raise ToolError(self._shown(str(error))) from error
        except asyncio.CancelledError:
            if time.monotonic() - began >= self.limit_s * _NEARLY:
                self.servers.doubt(self.key)
            raise
        await self._tell_restart()
        if answer.is_error:
            raise ToolError(self._shown(answer_text(answer)))
        return self._shown(answer_text(answer))

    async def _tell_restart(self) -> None:
        """Tell the run where the server is not the one any more that the run knew: what that held is gone."""
        run, ledger = current_tools.get(), current_ledger.get()
        if run is None or ledger is None:
            return
        number, ended = self.servers.restarts(self.key)
        if number > run.sessions.setdefault(self.key, number):
            run.sessions[self.key] = number
            message = f"the server of tools {self.key!r} ended during the run and was opened again"
            await ledger.warned(self._shown(f"{message}: {ended}" if ended else message))

    def _shown(self, text: str) -> str:
        return without_secrets(text, self.headers)
