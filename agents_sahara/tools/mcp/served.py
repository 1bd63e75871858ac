"""One tool of a server, ready to be called by a model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents_sahara.settings import Secret
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.hiding import without_secrets
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.mcp.answers import answer_text
from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.problems import CallError
from agents_sahara.tools.mcp.servers import Servers

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
            raise ToolError(self._shown(str(error))) from error
        except asyncio.CancelledError:
            if time.monotonic() - began >= self.limit_s * _NEARLY:
                self.servers.doubt(self.key)
            raise
        if answer.is_error:
            raise ToolError(self._shown(answer_text(answer)))
        return self._shown(answer_text(answer))

    def _shown(self, text: str) -> str:
        return without_secrets(text, self.headers)
