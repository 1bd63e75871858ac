"""`http` and `openapi`: one request to one host, at an address that was looked at before it is connected to.

No redirect is followed, no proxy used, no cookie kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from agents_sahara.clients.transport import tls_context
from agents_sahara.graph.tools.requests import HttpRequest
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.routing.validator import validator_of
from agents_sahara.tools.addresses import hold_to, refusal
from agents_sahara.tools.callee import Bench
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.hiding import without_secrets
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.writing import written

_MOST_SHOWN = 500
"""Characters of an answer that says what went wrong."""

_BYTES_A_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class HttpCallee:
    """A request with open parameters."""

    request: HttpRequest
    hosts: frozenset[str]
    """What the operator allowed."""
    most_bytes: int
    description: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """The parameters."""
        return dict(self.request.schema)

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """The body of the answer.

        Raises:
            ToolError: the arguments do not fit, the host cannot be reached, or it does not answer with 2xx.
        """
        given = self._fitting(arguments)
        request = written(self.request, given, context.idempotency_key)
        transport = httpx2.AsyncHTTPTransport(
            verify=tls_context() if request.url.scheme == "https" else False, trust_env=False
        )
        hold_to(transport, self.hosts)
        client = httpx2.AsyncClient(
            transport=transport, trust_env=False, follow_redirects=False, timeout=None
        )
        try:
            async with client:
                answer = await client.send(request, stream=True)
                return self._judged(answer, await self._body(answer))
        except (httpx2.HTTPError, OSError) as error:
            refused = refusal(error)
            raise ToolError("the host cannot be reached." if refused is None else f"{refused}.") from None

    def _fitting(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        problems = list(validator_of(self.request.schema).iter_errors(dict(arguments)))
        if not problems:
            return arguments
        where = ", ".join(
            dict.fromkeys("/".join(map(str, one.path)) or str(one.validator) for one in problems[:10])
        )
        raise ToolError(f"The arguments do not fit the schema: {where}.")

    async def _body(self, answer: httpx2.Response) -> str:
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise ToolError("the answer is packed, which was not asked for.")
        parts, size = [], 0
        async for part in answer.aiter_raw():
            parts.append(part)
            size += len(part)
            if size > self.most_bytes:
                break
        data = b"".join(parts)[: self.most_bytes]
        if b"\0" in data:
            raise ToolError("the answer is no text.")
        text = data.decode("utf-8", "replace")
        return without_secrets(text, self.request.headers)

    def _judged(self, answer: httpx2.Response, text: str) -> str:
        if answer.is_success:
            return text
        if answer.has_redirect_location:
            raise ToolError(f"HTTP {answer.status_code}: redirects are not followed.")
        shown = " ".join(text.split())[:_MOST_SHOWN]
        raise ToolError(f"HTTP {answer.status_code}. {shown}".strip())


def make(node: ToolNode, bench: Bench) -> HttpCallee:
    """The request that `node` makes."""
    assert isinstance(node.does, HttpRequest)
    return HttpCallee(node.does, bench.graph.consent.hosts, _BYTES_A_CHARACTER * (node.max_chars + 1))
