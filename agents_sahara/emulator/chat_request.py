"""Read the body of a chat completion: all of it is checked before anything is answered.

The fields are OpenAI's (API reference, "Create chat completion", read 2026-11-22), since the Sahara API
documentation calls its endpoint OpenAI-compatible. Unknown fields are let through, as gateways do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from agents_sahara.emulator.chat_messages import check_messages
from agents_sahara.emulator.chat_options import check_options
from agents_sahara.emulator.chat_tools import check_tools
from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.types import Json, JsonObject


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A checked request, and what the gateway itself needs of it."""

    body: JsonObject
    model: str
    messages: Sequence[JsonObject]
    tools: Sequence[JsonObject]
    is_stream: bool
    include_usage: bool
    n: int
    stop: tuple[str, ...]
    max_tokens: int | None
    digest: str
    """Hexadecimal hash of the body as it was sent; ids are made of it."""


def read_json(raw: bytes) -> Json:
    """The JSON value of a body.

    Raises:
        RefusalError: 400, the body is not JSON.
    """
    try:
        value: Json = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RefusalError(400, f"The body is not valid JSON: {reason}.", code="invalid_json") from None
    return value


def read_chat(raw: bytes, value: Json) -> ChatRequest:
    """The checked request of a decoded body.

    Raises:
        RefusalError: 400, with the field in `param`.
    """
    if not isinstance(value, Mapping):
        raise RefusalError(400, f"The body must be a JSON object, not {_kind(value)}.")
    model = value.get("model")
    if model is None or model == "":
        raise RefusalError(400, "you must provide a model parameter", param="model")
    if not isinstance(model, str):
        raise RefusalError(400, f"'model' must be a string, not {_kind(model)}.", param="model")
    messages = check_messages(value.get("messages"))
    tools = check_tools(value.get("tools"), value.get("tool_choice"))
    options = check_options(value)
    return ChatRequest(
        body=value,
        model=model,
        messages=messages,
        tools=tools,
        is_stream=options.is_stream,
        include_usage=options.include_usage,
        n=options.n,
        stop=options.stop,
        max_tokens=options.max_tokens,
        digest=hashlib.blake2b(raw, digest_size=24).hexdigest(),
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _kind(value: Json) -> str:
    return "null" if value is None else type(value).__name__
