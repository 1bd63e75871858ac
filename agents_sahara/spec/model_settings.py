"""The closed table of `settings`: what may be set for a model call, and why the rest may not.

Names are those of the OpenAI Agents SDK; types and ranges those of the chat completions API
(developers.openai.com, API reference "Create chat completion", checked 2026-11-22).
"""

from __future__ import annotations

from typing import cast

from agents_sahara.source import nodes
from agents_sahara.spec.containers import Either, Field, ListOf, LongKey, MapOf, Record
from agents_sahara.spec.shapes import AnyJson, Choice, Number, Shape, Text, Truth, Whole
from agents_sahara.spec.values import SettingsSpec
from agents_sahara.types import Json

_LONGEST_SEED = 2**63

_BY_PACKAGE = "the package writes it itself"
_BY_SETTING = "it has a key of its own in `settings`"

_EXTRA_BODY_REFUSED = {
    "model": "it belongs in `model`",
    "messages": _BY_PACKAGE,
    "stream": _BY_PACKAGE,
    "stream_options": _BY_PACKAGE,
    "tools": "tools come from `handoffs`",
    "functions": "tools come from `handoffs`",
    "function_call": "tools come from `handoffs`",
    "n": "a run reads one answer",
    "response_format": "what answers must be stands in `output` of the agent",
    "logprobs": "`top_logprobs` sets it",
    "reasoning_effort": "it belongs in `reasoning`",
    "max_completion_tokens": "it belongs in `max_tokens`",
}

_HEADERS = "headers are pinned, so that nothing changes where the key goes"
_RETRIES = "retries and time limits belong to the run, not to a model's settings"
_UNREAD = "chat completions do not read it"

REFUSED = {
    "headers": _HEADERS,
    "extra_headers": _HEADERS,
    "extra_query": "the address of a call is pinned",
    "extra_args": "what the table lacks goes into `extra_body`",
    "retry": _RETRIES,
    "retries": _RETRIES,
    "max_retries": _RETRIES,
    "timeout": _RETRIES,
    "request_timeout": _RETRIES,
    "truncation": _UNREAD,
    "store": "nothing is stored at a provider",
    "response_include": _UNREAD,
    "context_management": _UNREAD,
    "prompt_cache_retention": "not every provider knows it: where one does, use `extra_body`",
    "prompt_cache_options": "not every provider knows it: where one does, use `extra_body`",
    "include_usage": "the package asks for usage by itself",
    "preserve_raw_usage": _BY_PACKAGE,
    "max_completion_tokens": "it is called `max_tokens` here",
    "max_output_tokens": "it is called `max_tokens` here",
    "reasoning_effort": "write `reasoning: {effort: ...}`",
    "logprobs": "`top_logprobs` sets it",
    "model": "it belongs beside `settings`",
    "messages": _BY_PACKAGE,
    "tools": "tools come from `handoffs`",
    "stream": _BY_PACKAGE,
    "stream_options": _BY_PACKAGE,
    "n": "a run reads one answer",
    "response_format": "what answers must be stands in `output` of the agent",
    "top_k": "not every provider knows it: where one does, use `extra_body`",
}
"""Keys that look like settings and are none, each with the reason."""


def _plain(**values: object) -> dict[str, Json]:
    return {
        name: cast(Json, value)
        for name, value in values.items()
        if value is not None and name not in ("node", "owner", "slips")
    }


def _settings(node: nodes.Node, owner: nodes.Scalar | None, **values: object) -> SettingsSpec:
    extra = values.get("extra_body")
    if isinstance(extra, dict):
        values["extra_body"] = {name: value for name, (value,) in extra.items()}
    return SettingsSpec(node=node, owner=owner, values=_plain(**values))


_penalty: Shape[float] = Number(-2, 2)
_stop_text = Text(
    may_be_blank=True, pattern=r"[\s\S]", rule="empty-text", expects="a text that stops the answer"
)

_FIELDS = (
    Field("temperature", Number(0, 2), "How much the choice of words may vary."),
    Field("top_p", Number(0, 1), "Share of likely words that are considered."),
    Field("max_tokens", Whole(1, 10_000_000), "Most tokens of one answer."),
    Field("frequency_penalty", _penalty, "Above 0: repeats words less."),
    Field("presence_penalty", _penalty, "Above 0: turns to new topics sooner."),
    Field(
        "tool_choice",
        Text(),
        "`auto`, `required`, `none`, or the name of a tool, such as a handoff's.",
    ),
    Field("parallel_tool_calls", Truth(), "Whether the model may call several tools at once."),
    Field(
        "reasoning",
        Record(
            "reasoning",
            _plain,
            (
                Field(
                    "effort",
                    Choice("none", "minimal", "low", "medium", "high", "xhigh", "max"),
                    "How long a reasoning model thinks.",
                    required=True,
                ),
            ),
            refused=dict.fromkeys(("summary", "generate_summary", "mode", "context"), _UNREAD),
        ),
        "For reasoning models.",
    ),
    Field("verbosity", Choice("low", "medium", "high"), "How long answers tend to be."),
    Field(
        "stop",
        Either[object](_stop_text, ListOf(_stop_text, least=1, most=4)),
        "A text, or up to four, at which the answer ends.",
    ),
    Field("seed", Whole(-_LONGEST_SEED, _LONGEST_SEED - 1), "The same seed tends to give the same answer."),
    Field("top_logprobs", Whole(0, 20), "How many likely alternatives are returned for each token."),
    Field(
        "metadata",
        MapOf(Text(may_be_blank=True, most=512), LongKey(64), most=16),
        "Up to 16 texts that the provider keeps beside the call.",
    ),
)

_OWNED = {field.name: _BY_SETTING for field in _FIELDS}

SETTINGS: Record[SettingsSpec] = Record(
    "settings",
    _settings,
    (
        *_FIELDS,
        Field(
            "extra_body",
            MapOf(AnyJson(), refused=_OWNED | _EXTRA_BODY_REFUSED),
            "More keys of the request, for providers that know them.",
        ),
    ),
    refused=REFUSED,
)
