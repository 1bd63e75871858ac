"""`http` and `openapi`: one request to one host, at an address that was looked at before it is connected to.

No redirect is followed, no proxy used, no cookie kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx2

from agents_sahara.clients.transport import explain
from agents_sahara.graph.tools.requests import HttpRequest
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.tools.addresses import refusal
from agents_sahara.tools.callee import Bench
from agents_sahara.tools.connections import Connections, is_harmless
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.hiding import without_secrets
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.reading import body_of
from agents_sahara.tools.writing import written

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_MOST_SHOWN = 500
"""Characters of an answer that says what went wrong."""

_BYTES_A_CHARACTER = 4


class HttpCallee:
    """A request with open parameters."""

    description = ""

    def __init__(self, request: HttpRequest, connections: Connections, most_bytes: int) -> None:
        self.request = request
        self._connections = connections
        self._most_bytes = most_bytes

    @property
    def schema(self) -> dict[str, Any]:
        """The parameters."""
        return dict(self.request.schema)

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """The body of the answer.

        Raises:
            ToolError: the arguments do not fit, the host cannot be reached, or it does not answer with 2xx.
        """
        request = written(self.request, self._fitting(arguments), context.idempotency_key)
        try:
            answer = await self._connections.send(request)
            try:
                text = await body_of(answer, self._most_bytes)
            finally:
                await answer.aclose()
        except (httpx2.HTTPError, OSError) as error:
            raise ToolError(_unanswered(error, request)) from None
        return _judged(answer, without_secrets(text, self.request.secrets()))

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from agents_sahara.routing.validator import validator_of  # loads for as long as a whole run takes

        return validator_of(self.request.schema)

    def _fitting(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        problems = list(self._validator.iter_errors(dict(arguments)))
        if not problems:
            return arguments
        where = ", ".join(
            dict.fromkeys("/".join(map(str, one.path)) or str(one.validator) for one in problems[:10])
        )
        raise ToolError(f"The arguments do not fit the schema: {where}.")


def _unanswered(error: Exception, request: httpx2.Request) -> str:
    """Why there is no answer; of a request that acts, also that it may have been heard."""
    refused = refusal(error)
    if refused is not None:
        return f"{refused}."
    failure = explain(error)
    if failure.is_host_level or isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return f"the host cannot be reached: {failure.reason}."
    return f"{failure.reason}." + ("" if is_harmless(request) else " Whether it acted is not known.")


def _judged(answer: httpx2.Response, text: str) -> str:
    if answer.is_success:
        return text or f"HTTP {answer.status_code}, without content."
    if answer.has_redirect_location:
        raise ToolError(f"HTTP {answer.status_code}: redirects are not followed.")
    shown = " ".join(text.split())[:_MOST_SHOWN]
    raise ToolError(f"HTTP {answer.status_code}. {shown}".strip())


def make(node: ToolNode, bench: Bench) -> HttpCallee:
    """The request that `node` makes."""
    assert isinstance(node.does, HttpRequest)
    return HttpCallee(node.does, bench.connections, _BYTES_A_CHARACTER * (node.max_chars + 1))
