"""Check the options of a chat request: sampling, streaming, length, stop words, response format.

One table says what each option may be. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agents_sahara.emulator.chat_messages import is_list
from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.types import Json, JsonObject

MOST_CHOICES = 16
"""`n` above this is refused: every choice is the same text."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the gateway itself acts on."""

    is_stream: bool
    include_usage: bool
    n: int
    stop: tuple[str, ...]
    max_tokens: int | None


def check_options(body: JsonObject) -> Options:
    """The options; null counts as absent.

    Raises:
        RefusalError: 400, naming the option.
    """
    for name, check in _OPTIONS.items():
        value = body.get(name)
        if value is not None and (problem := check(value)):
            raise RefusalError(400, f"Invalid '{name}': {problem}.", param=name)
    is_stream = body.get("stream") is True
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    n = body.get("n")
    return Options(
        is_stream=is_stream,
        include_usage=_include_usage(body.get("stream_options"), is_stream=is_stream),
        n=n if isinstance(n, int) else 1,
        stop=_stop_words(body.get("stop")),
        max_tokens=limit if isinstance(limit, int) else None,
    )


def _include_usage(options: Json, *, is_stream: bool) -> bool:
    if options is None:
        return False
    if not is_stream:
        problem = "it is only allowed when 'stream' is true"
        raise RefusalError(400, f"Invalid 'stream_options': {problem}.", param="stream_options")
    return isinstance(options, Mapping) and options.get("include_usage") is True


def _stop_words(stop: Json) -> tuple[str, ...]:
    if isinstance(stop, str):
        return (stop,) if stop else ()
    return tuple(word for word in stop if isinstance(word, str) and word) if is_list(stop) else ()


def _number(least: float, most: float) -> Callable[[Json], str]:
    def check(value: Json) -> str:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = is_number and least <= value <= most  # type: ignore[operator]  # is_number narrowed it
        return "" if fits else f"must be a number from {least:g} to {most:g}"

    return check


def _whole(least: int, most: int) -> Callable[[Json], str]:
    def check(value: Json) -> str:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        fits = is_whole and least <= value <= most  # type: ignore[operator]  # is_whole narrowed it
        return "" if fits else f"must be a whole number from {least} to {most}"

    return check


def _of(kind: type | tuple[type, ...], name: str) -> Callable[[Json], str]:
    return lambda value: "" if isinstance(value, kind) else f"must be {name}"


def _stop(value: Json) -> str:
    if isinstance(value, str):
        return ""
    fits = is_list(value) and len(value) <= 4 and all(isinstance(word, str) for word in value)
    return "" if fits else "must be a string or an array of at most 4 strings"


def _stream_options(value: Json) -> str:
    if not isinstance(value, Mapping):
        return "must be an object"
    return "" if isinstance(value.get("include_usage", False), bool) else "'include_usage' must be a boolean"


def _response_format(value: Json) -> str:
    if not isinstance(value, Mapping):
        return "must be an object"
    if value.get("type") in ("text", "json_object"):
        return ""
    if value.get("type") != "json_schema":
        return "'type' must be one of text, json_object, json_schema"
    form = value.get("json_schema")
    if not isinstance(form, Mapping) or not isinstance(form.get("name"), str):
        return "'json_schema.name' is missing"
    return "" if isinstance(form.get("schema"), Mapping | None) else "'json_schema.schema' must be an object"


_MANY = 2**53

_OPTIONS: Mapping[str, Callable[[Json], str]] = {
    "stream": _of(bool, "a boolean"),
    "stream_options": _stream_options,
    "n": _whole(1, MOST_CHOICES),
    "max_tokens": _whole(1, _MANY),
    "max_completion_tokens": _whole(1, _MANY),
    "stop": _stop,
    "temperature": _number(0, 2),
    "top_p": _number(0, 1),
    "presence_penalty": _number(-2, 2),
    "frequency_penalty": _number(-2, 2),
    "seed": _whole(-(2**63), 2**63 - 1),
    "logprobs": _of(bool, "a boolean"),
    "top_logprobs": _whole(0, 20),
    "parallel_tool_calls": _of(bool, "a boolean"),
    "response_format": _response_format,
    "metadata": _of(Mapping, "an object"),
    "user": _of(str, "a string"),
}
