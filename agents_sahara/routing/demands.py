"""What is needed of an agent's whole answer, beyond that it may be believed: JSON that fits, and control given back.

One object a model call. An answer that does not fit is shown to the model once, with what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat import ChatCompletionMessageFunctionToolCall as ToolCall

from agents_sahara.errors import BadRequestError, GatewayError, MisfitError
from agents_sahara.routing.announced import Announced, announced, may_become_call
from agents_sahara.routing.answers import StreamJudge, called
from agents_sahara.routing.failures import Callee, unusable
from agents_sahara.routing.fitting import MisfitJsonError
from agents_sahara.routing.handing import answer_with, given_by_tool, hand_back, hand_back_in_parts
from agents_sahara.routing.held import Held
from agents_sahara.routing.ladder import Ladder, asking, fitted, is_json, repair
from agents_sahara.routing.pool import Member, Pool
from agents_sahara.types import JsonObject

_STRAY = "the answer calls a tool that was not offered"


class Demands:
    """Asks for answers that fit, judges those that come, and gives control back with them."""

    def __init__(self, pool: Pool, ladder: Ladder, return_to: str | None) -> None:
        self.pool = pool
        self._shape = pool.output
        self._return_to = return_to
        self._ladder = ladder
        self._repair: Sequence[JsonObject] = ()
        """What the model is told about its last answer."""
        self._misfitting: Member | None = None
        """Whose answer that was."""
        self._has_repaired = False
        self._has_asked = False
        self._may_be_call = bool(pool.callings)

    def may_show(self, following: StreamJudge) -> bool:
        """Whether what has come of a stream goes to the caller now: never a text that is still to be judged."""
        is_under_way = following.has_text and following.finish_reason is None
        if not is_under_way or self._shape is not None or self._return_to is not None:
            return False
        self._may_be_call = self._may_be_call and may_become_call(following.text, self.pool.callings)
        return not self._may_be_call

    def asking(self, member: Member, request: Mapping[str, Any]) -> dict[str, Any]:
        """`request` as `member` is asked for an answer that fits."""
        if self._shape is None:
            return dict(request)
        rung = self._ladder.rung(member.pair, member.way, self._shape)
        in_words = self._has_repaired or self._ladder.is_told(member.pair, rung)
        repaired = self._repair if member is self._misfitting else ()
        return asking(request, self._shape, rung, in_words=in_words, repair=repaired)

    def announced(self, text: str) -> Announced | None:
        """The handoff that an answer in `text` says or spells and does not make; at most once in a call."""
        if self._has_asked or self._fits(text):
            return None
        found = announced(text, self.pool.callings)
        self._has_asked = found is not None
        return found

    def _fits(self, text: str) -> bool:
        """Whether an answer in `text` is one that the agent's schema asks for, whatever else it could mean."""
        if self._shape is None:
            return False
        try:
            fitted(text, self._shape)
        except MisfitJsonError:
            return False
        return True

    def judge(self, answer: ChatCompletion, callee: Callee, member: Member) -> GatewayError | None:
        """Why a whole answer does not fit, or None; of one that fits only the JSON is left."""
        message = answer.choices[0].message
        if self._is_stray(called(answer)):
            return unusable(_STRAY, callee)
        if message.tool_calls or message.refusal or self._shape is None:
            return None
        text = message.content or ""
        try:
            message.content = fitted(text, self._shape)
        except MisfitJsonError as reason:
            return self._misfit(text, reason, callee, member)
        return None

    def judge_stream(self, following: StreamJudge, held: Held, member: Member) -> GatewayError | None:
        """The same for a streamed answer, all of whose text is still held back."""
        if self._is_stray(following.called()):
            return unusable(_STRAY, following.callee)
        if following.calls or following.has_refusal or self._shape is None:
            return None
        try:
            held.say(fitted(following.text, self._shape))
        except MisfitJsonError as reason:
            return self._misfit(following.text, reason, following.callee, member)
        return None

    def _is_stray(self, names: Sequence[str]) -> bool:
        """Whether the model calls the tool that gives control back, which it was never offered."""
        return self.pool.handing is not None and self.pool.handing.return_tool in names

    def of_tool(self, request: Mapping[str, Any], failed: Collection[str]) -> ChatCompletion | None:
        """The agent's answer where a tool has just given it; None where a model is to be asked.

        Raises:
            MisfitError: it does not fit the agent's output schema.
        """
        is_last = self.pool.is_last_tool
        if is_last is None:
            return None
        handoffs = frozenset[str]() if self.pool.handing is None else self.pool.handing.tools
        text = given_by_tool(
            request["messages"], lambda name, call: is_last(name) and call not in failed, handoffs
        )
        if text is None:
            return None
        if self._shape is not None:
            try:
                text = fitted(text, self._shape)
            except MisfitJsonError as reason:
                problem = (
                    f"agent {self.pool.agent!r}: what its tool gave does not fit its output schema: {reason}"
                )
                raise MisfitError(problem, agent=self.pool.agent) from None
        return self.finish(answer_with(text, request["model"]))

    def handing_over(self, answer: ChatCompletion, text: str | None) -> ChatCompletion | None:
        """`answer` with its handoffs alone, and `text` beside them; None where it makes none."""
        message = answer.choices[0].message
        calls = [call for call in message.tool_calls or () if isinstance(call, ToolCall)]
        handoffs = [call for call in calls if call.function.name in self.pool.callings]
        if not handoffs:
            return None
        message.tool_calls, message.content = [*handoffs], text
        return answer

    def finish(self, answer: ChatCompletion) -> ChatCompletion:
        """An accepted answer, which hands control back where another agent waits for it."""
        message, handing = answer.choices[0].message, self.pool.handing
        is_answer = not (message.tool_calls or message.refusal)
        if is_answer and self._return_to is not None and handing is not None:
            hand_back(answer, handing.return_tool, self._return_to)
        return answer

    def finish_parts(
        self, parts: Iterator[ChatCompletionChunk], following: StreamJudge
    ) -> Iterator[ChatCompletionChunk]:
        """The same for the parts of a stream."""
        is_answer = not (following.calls or following.has_refusal)
        if is_answer and self._return_to is not None and self.pool.handing is not None:
            return hand_back_in_parts(parts, self.pool.handing.return_tool, self._return_to)
        return parts

    def _misfit(self, text: str, reason: MisfitJsonError, callee: Callee, member: Member) -> MisfitError:
        if not self._has_repaired and not is_json(text):
            self._ladder.passed_over(member.pair)
        asked = ", also when it was told so" if member is self._misfitting else ""
        failure = MisfitError(
            f"agent {callee.agent!r}: {callee.model!r} on {callee.provider!r}: the answer does not fit the agent's "
            f"output schema{asked}: {reason}",
            mend="try again; if it stays, say more in `instructions`, loosen the schema, or try another model",
            agent=callee.agent,
            provider=callee.provider,
            model=callee.model,
            status=200,
        )
        failure.partial_text = text
        self._repair, self._misfitting = repair(text, reason), member
        return failure

    def may_ask_otherwise(self, failure: GatewayError, member: Member, request: Mapping[str, Any]) -> bool:
        """Whether `member` is worth another question: in a way that it does not refuse, or with what was wrong."""
        if isinstance(failure, MisfitError):
            is_first, self._has_repaired = not self._has_repaired, True
            return is_first
        if self._shape is None or member.way != "auto" or not isinstance(failure, BadRequestError):
            return False
        return self._ladder.refused(member.pair, request, failure.message)


def said_by(outcome: ChatCompletion | GatewayError) -> str:
    """The text of an answer that is text alone, whether it fits or not; empty for any other."""
    if isinstance(outcome, GatewayError):
        return outcome.partial_text if isinstance(outcome, MisfitError) else ""
    message = outcome.choices[0].message
    return "" if message.tool_calls or message.refusal else message.content or ""


def said_in(following: StreamJudge, failure: GatewayError | None) -> str:
    """The same for an answer that was streamed."""
    is_text = not (following.calls or following.has_refusal)
    return following.text if is_text and (failure is None or isinstance(failure, MisfitError)) else ""


def without_text(answer: ChatCompletion, *, is_shown: bool) -> ChatCompletion:
    """`answer` without its text where that was shown before."""
    if is_shown:
        answer.choices[0].message.content = None
    return answer
