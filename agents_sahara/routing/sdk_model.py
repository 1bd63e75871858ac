"""The model of an agent, as the SDK asks it: the SDK's own chat model, without what it does anew for each call.

What the wire gets and what the SDK gets are what openai-agents 0.24 (checked 2026-11-28) sends and gives. Whatever is
out of the ordinary goes through its own code, which asks through the same guarded seam: traces, debug logs, a host
of OpenAI's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

from agents import (
    AgentOutputSchemaBase,
    Handoff,
    ModelResponse,
    ModelSettings,
    ModelTracing,
    OpenAIChatCompletionsModel,
    Tool,
    TResponseInputItem,
    Usage,
)
from agents.items import TResponseOutputItem, TResponseStreamEvent
from agents.models.chatcmpl_converter import Converter
from agents.models.chatcmpl_helpers import ChatCmplHelpers
from agents.models.fake_id import FAKE_RESPONSES_ID
from agents.models.openai_responses import Converter as ResponsesConverter
from openai import Omit
from openai.types.chat import ChatCompletion
from openai.types.responses import Response, ResponseOutputMessage, ResponseOutputText
from openai.types.responses.response_output_text import Logprob
from openai.types.responses.response_prompt_param import ResponsePromptParam

from agents_sahara.routing.client import Answering, Part, guarded_client
from agents_sahara.routing.sdk_events import events_of
from agents_sahara.routing.sdk_request import Asked, Tools, messages_of, request_of

_SDK_LOGGER = logging.getLogger("openai.agents")


class SaharaModel(OpenAIChatCompletionsModel):
    """The model of one agent, whose calls `caller` makes."""

    def __init__(self, model: str, caller: Answering, base_url: str) -> None:
        client = guarded_client(caller, base_url)
        super().__init__(model, client)
        self._caller = caller
        self._base_url = base_url
        self._tools = Tools()
        self._is_openai = ChatCmplHelpers.is_openai(client)

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002  the SDK's name
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        previous_response_id: str | None = None,
        conversation_id: str | None = None,
        prompt: ResponsePromptParam | None = None,
    ) -> ModelResponse:
        """A whole answer.

        Raises:
            SaharaError: there is none, as `Caller.answer` says.
            UserError: the request cannot be said to a chat model.
        """
        elsewhere = previous_response_id, conversation_id, prompt
        if not self._is_ordinary(model_settings, tracing, elsewhere):
            return await super().get_response(
                system_instructions,
                input,
                model_settings,
                tools,
                output_schema,
                handoffs,
                tracing,
                *elsewhere,
            )
        asked = Asked(system_instructions, input, model_settings, tools, output_schema, handoffs)
        return _response(await self._caller.answer(self._request(asked, is_stream=False)), self.model)

    def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002  the SDK's name
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        previous_response_id: str | None = None,
        conversation_id: str | None = None,
        prompt: ResponsePromptParam | None = None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The events of an answer as it comes; reading them raises what `get_response` raises."""
        elsewhere = previous_response_id, conversation_id, prompt
        if not self._is_ordinary(model_settings, tracing, elsewhere):
            return super().stream_response(
                system_instructions,
                input,
                model_settings,
                tools,
                output_schema,
                handoffs,
                tracing,
                *elsewhere,
            )
        asked = Asked(system_instructions, input, model_settings, tools, output_schema, handoffs)
        return events_of(lambda: self._begun(asked), self.model)

    def _is_ordinary(
        self, settings: ModelSettings, tracing: ModelTracing, elsewhere: tuple[object, ...]
    ) -> bool:
        """Whether the SDK's own code would do nothing beside what is done here."""
        reasoning = settings.reasoning
        is_plain = reasoning is None or not (
            getattr(reasoning, "mode", None) or getattr(reasoning, "context", None)
        )
        return (
            tracing.is_disabled()
            and not any(elsewhere)
            and is_plain
            and settings.preserve_raw_usage is not True
            and not self._is_openai
            and not _SDK_LOGGER.isEnabledFor(logging.DEBUG)
        )

    def _request(self, asked: Asked, *, is_stream: bool) -> dict[str, Any]:
        messages = messages_of(asked, self.model, self._base_url)
        return request_of(asked, self.model, messages, self._tools, is_stream=is_stream)

    def _begun(self, asked: Asked) -> tuple[AsyncGenerator[Part], Response]:
        """An answer that is to come, and what it is to be told in."""
        request = self._request(asked, is_stream=True)
        settings = asked.settings
        choice: Any = ResponsesConverter.convert_tool_choice(settings.tool_choice)
        response = Response(
            id=FAKE_RESPONSES_ID,
            created_at=time.time(),
            model=self.model,
            object="response",
            output=[],
            tool_choice="auto" if choice is None or isinstance(choice, Omit) else choice,
            top_p=settings.top_p,
            temperature=settings.temperature,
            tools=[],
            parallel_tool_calls=request.get("parallel_tool_calls") or False,
            reasoning=settings.reasoning,
        )
        return self._caller.stream(request), response


def _response(completion: ChatCompletion, model: str) -> ModelResponse:
    """What the SDK makes of a completion that was judged."""
    choice, used = completion.choices[0], completion.usage
    said = {"model": model, "response_id": completion.id}
    items = Converter.message_to_output_items(choice.message, provider_data=said)
    if choice.logprobs is not None and choice.logprobs.content:
        _add_logprobs(items, ChatCmplHelpers.convert_logprobs_for_output_text(choice.logprobs.content))
    usage = Usage(requests=1)
    if used is not None:
        usage = Usage(
            requests=1,
            input_tokens=used.prompt_tokens or 0,
            output_tokens=used.completion_tokens or 0,
            total_tokens=used.total_tokens or 0,
            input_tokens_details=cast("Any", used.prompt_tokens_details),  # `Usage` reads these types too
            output_tokens_details=cast("Any", used.completion_tokens_details),
        )
    return ModelResponse(
        output=items, usage=usage, response_id=None, request_id=getattr(completion, "_request_id", None)
    )


def _add_logprobs(items: list[TResponseOutputItem], logprobs: list[Logprob] | None) -> None:
    """Put them to the first text."""
    texts = (
        content
        for item in items
        if isinstance(item, ResponseOutputMessage)
        for content in item.content
        if isinstance(content, ResponseOutputText)
    )
    first = next(texts, None)
    if first is not None and logprobs:
        first.logprobs = logprobs
